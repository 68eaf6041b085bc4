"""What a schedule may say: its expression, time zone, window, dates and target.

The texts of refusals are AWS's where somebody has recorded them: of expressions, roles and ARNs.
Source: EventBridge Scheduler API Reference, CreateSchedule; Service Quotas of Scheduler.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from labkit.sandbox.gateway import permissions
from labkit.sandbox.languages import schedule_expressions
from labkit.sandbox.services.scheduler import targets

WINDOW_MINUTES = range(1, 1441)
RETRIES = range(186)
AGE_SECONDS = range(60, 86_401)
INPUT_BYTES = 256 * 1024

QUEUE = re.compile(r"^arn:aws(-[a-z]+)?:sqs:[a-z0-9\-]+:\d{12}:[a-zA-Z0-9\-_]+$")
"""What a queue of dead letters is called (botocore's model)."""

Data = dict[str, Any]


def problem(schedule: Data) -> str | None:
    """Return why a schedule is refused; None if it is not.

    Parameters
    ----------
    schedule
        What CreateSchedule or UpdateSchedule is asked for.
    """
    for check in (_expression, _zone, _window, _dates, _target, _retries, _dead_letters, _role):
        if found := check(schedule):
            return found
    return None


def zone(name: str | None) -> ZoneInfo:
    """Return the time zone of an IANA name; UTC for none."""
    return ZoneInfo(name or "UTC")


def _expression(schedule: Data) -> str | None:
    text = str(schedule.get("ScheduleExpression", ""))
    try:
        schedule_expressions.parse(text)
    except schedule_expressions.InvalidExpressionError:
        return f"Invalid Schedule Expression {text}."
    return None


def _zone(schedule: Data) -> str | None:
    name = schedule.get("ScheduleExpressionTimezone")
    try:
        zone(name)
    except (OSError, ValueError, ZoneInfoNotFoundError):
        return f"Invalid Schedule Expression Timezone {name}."
    return None


def _window(schedule: Data) -> str | None:
    window = schedule.get("FlexibleTimeWindow") or {}
    mode, minutes = window.get("Mode"), window.get("MaximumWindowInMinutes")
    if mode not in ("OFF", "FLEXIBLE"):
        return _constraint("flexibleTimeWindow.mode", "enum value set: [OFF, FLEXIBLE]")
    if mode == "OFF" and minutes is not None:
        return "A maximum window cannot be set when the flexible time window is OFF."
    if mode == "FLEXIBLE" and minutes not in WINDOW_MINUTES:
        return "A flexible time window takes MaximumWindowInMinutes from 1 to 1440."
    return None


def _dates(schedule: Data) -> str | None:
    start, end = schedule.get("StartDate"), schedule.get("EndDate")
    if start is not None and end is not None and seconds(end) <= seconds(start):
        return "The StartDate has to be before the EndDate."
    return None


def seconds(date: Any) -> float:
    """Return a date of a request as seconds since 1970.

    Raises
    ------
    ValueError
        If it is neither a number nor an ISO 8601 text.
    """
    if isinstance(date, int | float):
        return float(date)
    return dt.datetime.fromisoformat(str(date)).timestamp()


def _target(schedule: Data) -> str | None:
    target = schedule.get("Target") or {}
    arn, given = str(target.get("Arn", "")), target.get("Input")
    if not targets.ARN.fullmatch(arn):
        return "Provided Arn is not in correct format."
    if targets.is_read(arn):
        return f"The operation of {arn} only reads; a universal target takes none that does."
    if not targets.knows(arn):
        return f"The embedded sandbox has no such target: {arn}. Nothing was done."
    if given is not None and len(given.encode()) > INPUT_BYTES:
        return "The input of a target has at most 256 KB."
    if given is not None and targets.is_universal(arn) and not _is_object(given):
        return "The input of a universal target has to be a JSON object."
    if ":events:" in arn and not (target.get("EventBridgeParameters") or {}).get("Source"):
        return "A target that is an event bus takes EventBridgeParameters."
    if arn.endswith(".fifo") and not (target.get("SqsParameters") or {}).get("MessageGroupId"):
        return "A target that is a FIFO queue takes SqsParameters with a MessageGroupId."
    return None


def _retries(schedule: Data) -> str | None:
    policy = (schedule.get("Target") or {}).get("RetryPolicy") or {}
    if policy.get("MaximumRetryAttempts", RETRIES[-1]) not in RETRIES:
        return _constraint("target.retryPolicy.maximumRetryAttempts", "value between 0 and 185")
    if policy.get("MaximumEventAgeInSeconds", AGE_SECONDS[-1]) not in AGE_SECONDS:
        name = "target.retryPolicy.maximumEventAgeInSeconds"
        return _constraint(name, "value between 60 and 86400")
    return None


def _dead_letters(schedule: Data) -> str | None:
    """Say what is wrong with the queue of dead letters (API Reference, DeadLetterConfig)."""
    config = (schedule.get("Target") or {}).get("DeadLetterConfig") or {}
    arn = config.get("Arn")
    if arn is None or QUEUE.fullmatch(arn):
        return None
    return _constraint(
        "target.deadLetterConfig.arn", f"regular expression pattern: {QUEUE.pattern}"
    )


def _role(schedule: Data) -> str | None:
    role = str((schedule.get("Target") or {}).get("RoleArn", ""))
    if permissions.role_trusts(role, permissions.SCHEDULER):
        return None
    return "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _constraint(name: str, rule: str) -> str:
    return (
        f"1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must "
        f"satisfy {rule}"
    )
