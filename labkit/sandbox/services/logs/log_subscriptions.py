"""Subscription filters: to a function that lets CloudWatch Logs invoke it, two of a group at most.

MiniStack takes any destination and pattern, and asks no function, neither when a filter is made nor
when events are sent.
Source: CloudWatch Logs API Reference, "PutSubscriptionFilter"; CloudWatch Logs User Guide,
"Log group-level subscription filters" and "CloudWatch Logs quotas".
"""

from __future__ import annotations

import base64
import gzip
import json
import uuid
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.services.lambda_ import asynchronous_sources
from labkit.sandbox.services.logs.log_filters import compile_pattern
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.logs import cloudwatch_logs

MOST = 2
"""Filters of one log group."""

VENDORS = ("lambda", "kinesis", "firehose", "logs")
OTHER_VENDOR = "PutSubscriptionFilter operation cannot work with destinationArn for vendor {}"
ROLE = "destinationArn for vendor lambda cannot be used with roleArn"
"""What AWS says, as others have recorded it."""


def put(upstream: Callable[[dict[str, Any]], Any], data: dict[str, Any]) -> Any:
    """Make a filter.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there are too many, its pattern cannot be matched, or its function does not let
        CloudWatch Logs invoke it.
    """
    group, name = data.get("logGroupName", ""), data.get("filterName")
    there = (cloudwatch_logs._log_groups.get(group) or {}).get("subscriptionFilters") or {}
    if name not in there and len(there) >= MOST:
        refuse("LimitExceededException", "Resource limit exceeded.")
    compile_pattern(data.get("filterPattern", ""))
    vendor = (data["destinationArn"].split(":") + [""] * 3)[2]
    if vendor not in VENDORS:
        refuse("InvalidParameterException", OTHER_VENDOR.format(vendor))
    if vendor == "lambda" and data.get("roleArn"):
        refuse("InvalidParameterException", ROLE)
    if vendor != "lambda":
        refuse(
            "InvalidParameterException",
            "The embedded sandbox sends log events to functions alone, and not to "
            f"{data['destinationArn']}. Nothing was done.",
        )
    if group in cloudwatch_logs._log_groups and not _may_invoke(group, data["destinationArn"]):
        refuse(
            "InvalidParameterException",
            "Could not execute the lambda function. Make sure you have given CloudWatch Logs "
            "permission to execute your function.",
        )
    return upstream(data)


def _may_invoke(group: str, destination: str) -> bool:
    """Tell whether a function lets CloudWatch Logs invoke it for `group`."""
    region = responses.get_region()
    source = f"arn:aws:logs:{region}:{responses.get_account_id()}:log-group:{group}:*"
    return any(
        permissions.resource_allows(service, permissions.INVOKE, destination, source)
        for service in (permissions.LOGS, f"logs.{region}.amazonaws.com")
    )


def deliver(group: str, stream: str, events: list[dict[str, Any]]) -> None:
    """Send what matches to the functions that subscribed to a group, and still let it."""
    filters = (cloudwatch_logs._log_groups.get(group) or {}).get("subscriptionFilters") or {}
    for one in list(filters.values()):
        function = one.get("destinationArn", "")
        if not _is_other_function(group, function) or not _may_invoke(group, function):
            continue
        matches = compile_pattern(one.get("filterPattern", ""))
        matching = [event for event in events if matches(event.get("message", ""))]
        if matching:
            event = _event(group, stream, one.get("filterName", ""), matching)
            asynchronous_sources.call(function, event)


def _is_other_function(group: str, destination: str) -> bool:
    """Tell whether a destination is a function, and not the one whose log this is."""
    _, found, name = destination.partition(":function:")
    return bool(found) and group != f"/aws/lambda/{name.partition(':')[0]}"


def _event(group: str, stream: str, name: str, events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what a function gets: the events, as compressed JSON in base64."""
    content = {
        "messageType": "DATA_MESSAGE",
        "owner": responses.get_account_id(),
        "logGroup": group,
        "logStream": stream,
        "subscriptionFilters": [name],
        "logEvents": [
            {
                "id": uuid.uuid4().hex,
                "timestamp": event["timestamp"],
                "message": event.get("message", ""),
            }
            for event in events
        ],
    }
    packed = gzip.compress(json.dumps(content).encode())
    return {"awslogs": {"data": base64.b64encode(packed).decode()}}
