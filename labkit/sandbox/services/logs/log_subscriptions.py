"""Subscription filters: to a function that lets CloudWatch Logs invoke it, two of a group at most.

MiniStack takes any destination and pattern, and asks no function. The seam is the making of a
filter.
Source: CloudWatch Logs API Reference, "PutSubscriptionFilter"; CloudWatch Logs User Guide,
"Log group-level subscription filters" and "CloudWatch Logs quotas".
"""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch_logs, lambda_svc

from labkit.sandbox.gateway import permissions
from labkit.sandbox.services.logs.log_filters import InvalidPatternError, compile_pattern
from labkit.sandbox.upstream import seams

MODULE = cloudwatch_logs.__name__

SERVICE = "logs.amazonaws.com"

MOST = 2
"""Filters of one log group."""


def install() -> None:
    """Take the making of a filter."""

    def put(data: dict[str, Any]) -> Any:
        if problem := _problem(data):
            return cloudwatch_logs.error_response_json(*problem, 400)
        return upstream(data)

    upstream = seams.replace(MODULE, "_put_subscription_filter", put, like="(data)")


def _problem(data: dict[str, Any]) -> tuple[str, str] | None:
    group, name = data.get("logGroupName", ""), data.get("filterName")
    there = (cloudwatch_logs._log_groups.get(group) or {}).get("subscriptionFilters") or {}
    if name not in there and len(there) >= MOST:
        return "LimitExceededException", "Resource limit exceeded."
    try:
        compile_pattern(data.get("filterPattern", ""))
    except InvalidPatternError as error:
        return "InvalidParameterException", str(error)
    if group in cloudwatch_logs._log_groups and not _may_invoke(group, data["destinationArn"]):
        return (
            "InvalidParameterException",
            "Could not execute the lambda function. Make sure you have given CloudWatch Logs "
            "permission to execute your function.",
        )
    return None


def _may_invoke(group: str, destination: str) -> bool:
    """Tell whether a function lets CloudWatch Logs invoke it for `group`; others are not asked."""
    if ":function:" not in destination:
        return True
    policy, _ = lambda_svc.function_policy_for_arn(destination) or (None, "")
    source = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}:*"
    action = "lambda:InvokeFunction"
    return permissions.service_allowed(policy, SERVICE, action, destination, source)
