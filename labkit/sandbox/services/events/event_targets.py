"""EventBridge reaches a target only where it may: by the target's policy, or with its role.

Queues, topics and functions carry policies of their own that have to name EventBridge; state
machines and other buses take a role. A refused event is a failed invocation of its rule and goes
to its dead letters, if it has any. MiniStack delivers to all. This module takes no seam.
Source: EventBridge User Guide, "Using resource-based policies for Amazon EventBridge" and
"Monitoring Amazon EventBridge".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import permissions

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
