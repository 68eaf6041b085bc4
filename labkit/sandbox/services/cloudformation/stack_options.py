"""Options of a stack's creation and update: types, notifications, alarms that undo an update.

MiniStack takes them and does nothing with them.
Source: CloudFormation API Reference, CreateStack and UpdateStack (`NotificationARNs`,
`ResourceTypes`, `RollbackConfiguration`); User Guide, "Set CloudFormation stack options"; the
message to a topic as CloudFormation writes it, without the line of its principal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

from labkit.sandbox.gateway.errors import Unsupported, ValidationError
from labkit.sandbox.gateway.request import Request, current
from labkit.sandbox.services.cloudformation import callers
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.cloudformation import handlers
from labkit.sandbox.upstream.sns import sns

Members = dict[str, Any]

TOPICS = "NotificationARNs"
"""The parameter, and the key under which records of stacks and change sets keep it."""

SUBJECT = "AWS CloudFormation Notification"

ALARMS = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
ALARM_ARN = re.compile(r"arn:aws[\w-]*:cloudwatch:[\w-]+:\d{12}:alarm:.+")

LINES = (
    *("StackId", "Timestamp", "EventId", "LogicalResourceId", "Namespace", "PhysicalResourceId"),
    *("ResourceProperties", "ResourceStatus", "ResourceStatusReason", "ResourceType", "StackName"),
    "ClientRequestToken",
)
"""The lines of a message."""


def check(request: Request) -> None:
    """Check what a request says of alarms.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        With what AWS answers; an alarm that is to undo an update is not supported.
    """
    configuration = request.parameters.get("RollbackConfiguration") or {}
    for trigger in configuration.get("RollbackTriggers") or []:
        if trigger.get("Type") not in ALARMS:
            raise ValidationError("Rollback Trigger Type not supported")
        if not ALARM_ARN.fullmatch(str(trigger.get("Arn"))):
            raise ValidationError("RelativeId of a Rollback Trigger's ARN is incorrect")
        raise Unsupported(
            "The embedded sandbox rolls no stack back for an alarm: leave RollbackTriggers out"
        )


def check_types(types: Iterable[str]) -> None:
    """Check that the types of a template's resources are among those that the request allows.

    Raises
    ------
    ValueError
        With what AWS answers.
    """
    request = current.get()
    allowed = request.form.texts("ResourceTypes") if request is not None else []
    for one in types if allowed else ():
        if not any(fnmatchcase(one, pattern) for pattern in allowed):
            raise ValueError(
                f"Resource type {one} is not allowed by parameter ResourceTypes "
                f"[{', '.join(allowed)}]"
            )


def remember(stack_name: str, given: list[str] | None) -> None:
    """Keep the topics that a stack tells of its events; none given leaves them as they are."""
    stack = handlers._resolve_stack(stack_name)
    if stack is not None and given is not None:
        stack[TOPICS] = given


def tell(stack: Members, event: Members) -> None:
    """Tell a stack's topics of an event, those that whoever works on the stack may publish to."""
    for topic in stack.get(TOPICS) or ():
        try:
            callers.require("sns:Publish", topic, {})
            sns.publish_internal(topic, _message(event), SUBJECT)
        except (ValueError, sns.SnsPublishError):
            continue


def _message(event: Members) -> str:
    told = event | {
        "Namespace": responses.get_account_id(),
        "ResourceProperties": event.get("_properties") or "null",
    }
    return "".join(f"{name}='{told.get(name, '')}'\n" for name in LINES)
