"""A bucket tells a queue, a topic or a function of its objects only if that lets S3.

A configuration with a destination that does not is refused, and what stops letting S3 later gets
nothing. MiniStack asks no function, and takes a topic's default policy for one that lets S3: its
condition, `aws:SourceOwner`, is one that S3 does not meet.
Source: S3 User Guide, "Granting permissions to publish event notification messages to a
destination"; SNS Developer Guide, "aws:SourceAccount versus aws:SourceOwner".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.upstream.app import responses

Configuration = dict[str, Any]


def check(
    upstream: Callable[..., Any],
    configurations: list[Configuration],
    region: str,
    bucket: str = "",
    skip_destination_validation: bool = False,
) -> Any:
    """Check a bucket's notifications; return MiniStack's refusal, or None.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If S3 may not tell a destination.
    """
    if refused := upstream(configurations, region, bucket, skip_destination_validation):
        return refused
    functions = [one["arn"] for one in configurations if one["type"] == "lambda"]
    closed = [arn for arn in functions if not _may_invoke(arn, bucket)]
    if closed and not skip_destination_validation:
        text = "Unable to validate the following destination configurations: "
        refuse("InvalidArgument", text + ", ".join(closed))
    return None


def call_function(
    upstream: Callable[..., None], function: str, event: dict[str, Any], region: str
) -> None:
    """Tell a function of an object, if its policy still lets S3."""
    if _may_invoke(function, event["Records"][0]["s3"]["bucket"]["name"]):
        upstream(function, event, region)


def topic_allows(topic: str, service: str, source: str, account: str) -> bool:
    """Tell whether a topic lets a service publish."""
    return permissions.resource_allows(service, "sns:Publish", topic, source, SourceAccount=account)


def _may_invoke(function: str, bucket: str) -> bool:
    return permissions.resource_allows(
        permissions.S3,
        permissions.INVOKE,
        function,
        f"arn:aws:s3:::{bucket}",
        SourceAccount=responses.get_account_id(),
    )
