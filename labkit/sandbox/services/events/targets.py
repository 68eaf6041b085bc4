"""Targets of a rule: how many and which ones, and whether EventBridge may reach one.

Queues, topics, functions and log groups carry policies of their own that have to name EventBridge;
state machines, other buses and API destinations take a role, and every target can have one.
Source: EventBridge User Guide, "Using resource-based policies for Amazon EventBridge", "Amazon
EventBridge quotas" and "Using dead-letter queues to process undelivered events" (error codes).
"""

from __future__ import annotations

import re
from typing import Any

from ministack.core.responses import get_account_id, get_region

from labkit.sandbox.gateway import permissions
from labkit.sandbox.services.events import transformers
from labkit.sandbox.services.events.rules import Problem, check_before, targets_of
from labkit.sandbox.upstream import seams

ID = re.compile(r"[\.\-_A-Za-z0-9]+")
LONGEST_ID = 64

MOST_TARGETS = 5
"""Targets of one rule. Source: EventBridge User Guide, "Amazon EventBridge quotas"."""

ACTIONS = {
    "api-destination": ("events:InvokeApiDestination",),
    "event-bus": ("events:PutEvents",),
    "lambda": ("lambda:InvokeFunction",),
    "logs": ("logs:CreateLogStream", "logs:PutLogEvents"),
    "sns": ("sns:Publish",),
    "sqs": ("sqs:SendMessage",),
    "states": ("states:StartExecution",),
}
"""What reaching a target of each kind takes."""

WITH_ROLE = ("api-destination", "states")
"""Kinds of target that EventBridge reaches with a role only."""

Data = dict[str, Any]


def install() -> None:
    """Take the operations."""
    check_before("_put_targets", _problem)
    seams.replace(
        "ministack.services.eventbridge", "_list_targets_by_rule", list_targets, like="(data)"
    )


def list_targets(data: Data) -> Any:
    """Serve ListTargetsByRule, page by page."""
    from ministack.services import eventbridge

    found = targets_of(data.get("Rule"), data)
    begin = eventbridge._opaque_offset_decode(data.get("NextToken") or "")
    end = begin + int(data.get("Limit") or 100)
    following = eventbridge._opaque_offset_encode(end)
    more = {"NextToken": following} if end < len(found) else {}
    return eventbridge.json_response({"Targets": found[begin:end], **more})


def _problem(data: Data) -> Problem | None:
    given = data.get("Targets", [])
    for number, target in enumerate(given, start=1):
        if text := _id_problem(target["Id"], number):
            return "ValidationException", text
    there = {target["Id"] for target in targets_of(data.get("Rule"), data)}
    if len(there | {target["Id"] for target in given}) > MOST_TARGETS:
        return (
            "LimitExceededException",
            "The requested resource exceeds the maximum number allowed.",
        )
    return next(filter(None, map(target_problem, given)), None)


def _id_problem(identifier: str, number: int) -> str | None:
    rule = None
    if not ID.fullmatch(identifier):
        rule = f"satisfy regular expression pattern: {ID.pattern}"
    elif len(identifier) > LONGEST_ID:
        rule = f"have length less than or equal to {LONGEST_ID}"
    return rule and (
        f"1 validation error detected: Value '{identifier}' at 'targets.{number}.member.id' failed "
        f"to satisfy constraint: Member must {rule}"
    )


def target_problem(target: Data) -> Problem | None:
    """Return why a target is refused; None if it is not."""
    arn = target.get("Arn", "")
    if text := transformers.problem(target):
        return "ValidationException", text
    if kind(arn) in WITH_ROLE and not target.get("RoleArn"):
        return "ValidationException", f"RoleArn is required for target {arn}."
    parameters = target.get("SqsParameters") or {}
    if kind(arn) == "sqs" and arn.endswith(".fifo") and not parameters.get("MessageGroupId"):
        text = f"Parameter(s) SqsParameters must be specified for target: {target.get('Id')}."
        return "ValidationException", text
    return None


def kind(arn: str) -> str:
    """Return the service of a target's ARN; of EventBridge's own targets, what they are."""
    if arn.count(":") < 5:
        return ""
    service, resource = arn.split(":")[2], arn.split(":", 5)[5]
    return resource.partition("/")[0] if service == "events" else service


def unreachable(target: Data, rule_arn: str) -> Problem | None:
    """Return the code and text of what keeps a rule's events from a target; None if nothing does.

    Parameters
    ----------
    target
        As PutTargets takes it.
    rule_arn
        The rule; the policies of targets meet it as `aws:SourceArn`.
    """
    arn = target["Arn"]
    if kind(arn) not in ACTIONS:
        return "UNKNOWN", f"The embedded sandbox has no target of the kind of {arn}."
    if not _exists(arn):
        return "NO_RESOURCE", f"The target {arn} does not exist."
    if not _allowed(target, rule_arn):
        return "NO_PERMISSIONS", f"EventBridge is not authorized to deliver to the target {arn}."
    return None


def _allowed(target: Data, rule_arn: str) -> bool:
    arn, role = target["Arn"], target.get("RoleArn")
    about = f"{arn.removesuffix(':*')}:log-stream:events" if kind(arn) == "logs" else arn
    if role:
        return all(
            permissions.role_may(role, permissions.EVENTS, action, about)
            for action in ACTIONS[kind(arn)]
        )
    return all(
        permissions.resource_allows(permissions.EVENTS, action, about, rule_arn)
        for action in ACTIONS[kind(arn)]
    )


def _exists(arn: str) -> bool:
    """Tell whether a target exists in this account and region; elsewhere nothing is delivered."""
    from ministack.services import cloudwatch_logs, eventbridge, lambda_svc, sns, sqs

    _, _, _, region, account, resource = arn.split(":", 5)
    if (region, account) != (get_region(), get_account_id()):
        return False
    match kind(arn):
        case "sqs":
            return sqs._queue_by_arn(arn) is not None
        case "sns":
            return sns._topic_by_arn_any_scope(arn) is not None
        case "lambda":
            return lambda_svc._get_func_record_for_ref(arn)[0] is not None
        case "logs":
            return log_group(arn) in cloudwatch_logs._log_groups
        case "event-bus":
            return resource.partition("/")[2] in eventbridge._event_buses
        case "states":
            from ministack.services import stepfunctions

            return stepfunctions._resolve_state_machine_arn(arn) is not None
    return True


def log_group(arn: str) -> str:
    """Return the name of a log group from its ARN."""
    return arn.split(":", 5)[5].removeprefix("log-group:").removesuffix(":*")
