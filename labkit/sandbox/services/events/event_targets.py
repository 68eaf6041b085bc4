"""EventBridge reaches a target only where it may: by the target's policy, or with its role.

Queues, topics and functions carry policies of their own that have to name EventBridge; state
machines and other buses take a role. A refused event is a failed invocation of its rule and goes
nowhere. MiniStack delivers to all; the seam is the call of one target.
Source: EventBridge User Guide, "Using resource-based policies for Amazon EventBridge" and
"Monitoring Amazon EventBridge".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.upstream import seams
from labkit.sandbox.upstream.on_first_request import on_first_request

SERVICE = "events.amazonaws.com"
SCHEDULER = "scheduler.amazonaws.com"
"""EventBridge Scheduler, which assumes the role of each schedule's target."""

ACTIONS = {
    "events": "events:PutEvents",
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
    "states": "states:StartExecution",
}
"""What reaching a target of a service takes."""


def install() -> None:
    """Take the call of a target when EventBridge is first asked."""
    on_first_request("events", _install)


def _install() -> None:
    from ministack.services import cloudwatch

    def invoke(
        target: dict[str, Any], event: dict[str, Any], rule: dict[str, Any], view: Any = None
    ) -> None:
        if allowed(target, rule.get("Arn", "")):
            upstream(target, event, rule, view)
        else:
            name = {"RuleName": rule.get("Name", "")}
            cloudwatch.record_metric("AWS/Events", "FailedInvocations", 1, "Count", name)

    upstream = seams.replace(
        "ministack.services.eventbridge",
        "_invoke_target",
        invoke,
        like="(target, event, rule, view=None)",
    )


def allowed(target: dict[str, Any], rule_arn: str) -> bool:
    """Tell whether EventBridge may hand the events of a rule to `target`."""
    arn = target.get("Arn", "")
    service = arn.split(":")[2] if arn.count(":") > 4 else ""
    action = ACTIONS.get(service)
    if action is None or ":api-destination/" in arn:
        return True
    if role := target.get("RoleArn"):
        principal = SCHEDULER if ":scheduler:" in rule_arn else SERVICE
        trusted = permissions.role_trusts(role, principal)
        return trusted and permissions.role_allows(role, action, arn)
    return permissions.service_allowed(_policy(service, arn), SERVICE, action, arn, rule_arn)


def _policy(service: str, arn: str) -> Any:
    """Return the policy of a target that has one of its own; None otherwise."""
    if service == "lambda":
        from ministack.services import lambda_svc

        return (lambda_svc.function_policy_for_arn(arn) or (None,))[0]
    if service == "sqs":
        from ministack.services import sqs

        return ((sqs._queue_by_arn(arn) or {}).get("attributes") or {}).get("Policy")
    if service == "sns":
        from ministack.services import sns

        return ((sns._topic_by_arn_any_scope(arn) or {}).get("attributes") or {}).get("Policy")
    return None
