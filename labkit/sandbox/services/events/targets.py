"""Targets of a rule: how many and which ones, and whether EventBridge may reach one.

Queues, topics, functions and log groups carry policies of their own that have to name EventBridge;
state machines, other buses and API destinations take a role, and every target can have one.
Source: EventBridge User Guide, "Using resource-based policies for Amazon EventBridge", "Amazon
EventBridge quotas" and "Using dead-letter queues to process undelivered events" (error codes).
"""

from __future__ import annotations

import re
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.gateway.errors import ValidationError, refuse
from labkit.sandbox.services.events import transformers
from labkit.sandbox.services.events.buses import page
from labkit.sandbox.services.events.rules import targets_of
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.events import eventbridge
from labkit.sandbox.upstream.lambda_ import lambda_svc
from labkit.sandbox.upstream.logs import cloudwatch_logs
from labkit.sandbox.upstream.sns import sns
from labkit.sandbox.upstream.sqs import sqs
from labkit.sandbox.upstream.stepfunctions import stepfunctions

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
Reason = tuple[str, str]
"""Why an event does not reach a target: a code and a text."""


def listed(data: Data) -> Data:
    """Return a page of a rule's targets."""
    return page("Targets", targets_of(data.get("Rule"), data), data)


def check_put(data: Data) -> None:
    """Check the targets that a rule is given beside those that it has.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If EventBridge refuses one, or there are too many.
    """
    given = data.get("Targets", [])
    for number, target in enumerate(given, start=1):
        _check_id(target["Id"], number)
    there = {target["Id"] for target in targets_of(data.get("Rule"), data)}
    if len(there | {target["Id"] for target in given}) > MOST_TARGETS:
        text = "The requested resource exceeds the maximum number allowed."
        refuse("LimitExceededException", text)
    for target in given:
        check_target(target)


def _check_id(identifier: str, number: int) -> None:
    if not ID.fullmatch(identifier):
        rule = f"satisfy regular expression pattern: {ID.pattern}"
    elif len(identifier) > LONGEST_ID:
        rule = f"have length less than or equal to {LONGEST_ID}"
    else:
        return
    raise ValidationError(
        f"1 validation error detected: Value '{identifier}' at 'targets.{number}.member.id' failed "
        f"to satisfy constraint: Member must {rule}"
    )


def check_target(target: Data) -> None:
    """Check one target.

    Raises
    ------
    labkit.sandbox.gateway.errors.ValidationError
        If EventBridge refuses it.
    """
    arn = target.get("Arn", "")
    if text := transformers.problem(target):
        raise ValidationError(text)
    if kind(arn) in WITH_ROLE and not target.get("RoleArn"):
        raise ValidationError(f"RoleArn is required for target {arn}.")
    parameters = target.get("SqsParameters") or {}
    if kind(arn) == "sqs" and arn.endswith(".fifo") and not parameters.get("MessageGroupId"):
        text = f"Parameter(s) SqsParameters must be specified for target: {target.get('Id')}."
        raise ValidationError(text)


def kind(arn: str) -> str:
    """Return the service of a target's ARN; of EventBridge's own targets, what they are."""
    if arn.count(":") < 5:
        return ""
    service, resource = arn.split(":")[2], arn.split(":", 5)[5]
    return resource.partition("/")[0] if service == "events" else service


def unreachable(target: Data, rule_arn: str) -> Reason | None:
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
    _, _, _, region, account, resource = arn.split(":", 5)
    if (region, account) != (responses.get_region(), responses.get_account_id()):
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
            return stepfunctions._resolve_state_machine_arn(arn) is not None
    return True


def log_group(arn: str) -> str:
    """Return the name of a log group from its ARN."""
    return arn.split(":", 5)[5].removeprefix("log-group:").removesuffix(":*")
