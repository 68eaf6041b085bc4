"""What a rule may say, and when it may go.

MiniStack takes schedules that AWS refuses, and deletes a rule with its targets.
Source: EventBridge API Reference, PutRule and DeleteRule.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.languages import schedule_expressions
from labkit.sandbox.upstream.events import eventbridge

DEFAULT_BUS = "default"

Data = dict[str, Any]


def check_new(data: Data) -> None:
    """Check what a rule goes by: a pattern, a schedule, or both.

    Raises
    ------
    labkit.sandbox.gateway.errors.ValidationError
        If EventBridge refuses it.
    """
    text = data.get("ScheduleExpression")
    if not text and data.get("EventPattern") in (None, ""):
        raise ValidationError("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if not text:
        return
    if data.get("EventBusName", DEFAULT_BUS) != DEFAULT_BUS:
        raise ValidationError("ScheduleExpression is supported only on the default event bus.")
    if not _is_schedule(text):
        raise ValidationError("Parameter ScheduleExpression is not valid.")


def _is_schedule(text: str) -> bool:
    """Tell whether a text is a rate, whose unit agrees with its number, or a cron expression."""
    try:
        parsed = schedule_expressions.parse(text)
    except schedule_expressions.InvalidExpressionError:
        return False
    if isinstance(parsed, schedule_expressions.Rate):
        return parsed.agrees
    return isinstance(parsed, schedule_expressions.Cron)


def check_deletion(data: Data) -> None:
    """Check that a rule may go.

    Raises
    ------
    labkit.sandbox.gateway.errors.ValidationError
        If it has targets.
    """
    if targets_of(data.get("Name"), data):
        raise ValidationError("Rule can't be deleted since it has targets.")


def targets_of(rule: Any, data: Data) -> list[Data]:
    """Return the targets of a rule that a request names."""
    key = eventbridge._rule_key(rule, data.get("EventBusName", DEFAULT_BUS))
    found: list[Data] = eventbridge._targets.get(key, [])
    return found
