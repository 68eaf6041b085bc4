"""Packages in S3: one that is not there is refused when a function or a layer is to have it.

MiniStack makes a function without code then.
Source: Lambda API Reference, FunctionCode and LayerVersionContentInput; the texts as AWS answers
them.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.upstream.lambda_ import lambda_svc
from labkit.sandbox.upstream.s3 import s3

INVALID = "InvalidParameterValueException"

MISSING = "Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {}"
NO_KEY = MISSING.format("NoSuchKey", "The specified key does not exist.")
NO_BUCKET = MISSING.format("NoSuchBucket", "The specified bucket does not exist")


def missing(code: dict[str, Any]) -> str:
    """Return why a package cannot be read; empty if it can, or does not lie in S3."""
    bucket, key = code.get("S3Bucket"), code.get("S3Key")
    if not bucket or not key:
        return ""
    found = lambda_svc._fetch_code_from_s3(bucket, key, version_id=code.get("S3ObjectVersion"))
    if found is not None:
        return ""
    return NO_KEY if bucket in s3._buckets else NO_BUCKET


def check(code: dict[str, Any]) -> None:
    """Check that a package is where it is said to be.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is not.
    """
    if reason := missing(code):
        raise AwsError(reason, INVALID)
