"""Functions and event source mappings of a stack, held to the rules of Lambda's own API.

MiniStack's stacks write both straight into its stores, past every rule, and take a package that
does not exist for an empty one, and do not wait for an update.
Source: CloudFormation Template Reference, AWS::Lambda::Function and
AWS::Lambda::EventSourceMapping; Lambda API Reference.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.services import lambda_svc, s3

from labkit.sandbox.cloudformation.handlers import (
    Properties,
    await_after_update,
    check_before,
    failed,
)
from labkit.sandbox.event_sources import mappings
from labkit.sandbox.functions import rules

NUMBERS = ("BatchSize", "MaximumBatchingWindowInSeconds", "MemorySize", "Timeout")
"""Properties that a template may hold as text and the API holds as numbers."""


def install() -> None:
    """Look at functions and mappings before they are made."""
    check_before("AWS::Lambda::Function", check_function)
    await_after_update("AWS::Lambda::Function", _end_update)
    check_before("AWS::Lambda::EventSourceMapping", check_mapping, updates=False)


def check_function(name: str, properties: Properties) -> None:
    """Check a function's settings, and that its package can be read.

    Raises
    ------
    ValueError
        With Lambda's reason.
    """
    if refusal := rules.settings(_as_request(properties)):
        raise failed(refusal.message)
    code = properties.get("Code") or {}
    bucket, key = code.get("S3Bucket"), code.get("S3Key")
    if not bucket or not key:
        return
    if lambda_svc._fetch_code_from_s3(bucket, key, version_id=code.get("S3ObjectVersion")) is None:
        missing = ("NoSuchKey", "key") if bucket in s3._buckets else ("NoSuchBucket", "bucket")
        raise failed(
            f"Error occurred while GetObject. S3 Error Code: {missing[0]}. "
            f"S3 Error Message: The specified {missing[1]} does not exist"
        )


def check_mapping(name: str, properties: Properties) -> None:
    """Check a new mapping as CreateEventSourceMapping does.

    Raises
    ------
    ValueError
        With Lambda's reason.
    """
    if (refusal := mappings.refusal(_as_request(properties))) is not None:
        raise failed(json.loads(refusal[2]).get("message", ""))


def _end_update(name: str) -> None:
    """Make the update complete, as it is when CloudFormation goes on to the next resource."""
    if record := lambda_svc._functions.get(name):
        record["config"].update({"State": "Active", "LastUpdateStatus": "Successful"})


def _as_request(properties: Properties) -> dict[str, Any]:
    numbers = {name: int(properties[name]) for name in NUMBERS if name in properties}
    return properties | numbers
