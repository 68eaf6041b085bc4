"""What a rule may say, and when it may go.

MiniStack takes schedules that AWS refuses, and deletes a rule with its targets. The seams are the
two operations.
Source: EventBridge API Reference, PutRule and DeleteRule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import eventbridge

from labkit.sandbox.languages import schedule_expressions
from labkit.sandbox.upstream import seams

MODULE = eventbridge.__name__

DEFAULT_BUS = "default"

Data = dict[str, Any]
Problem = tuple[str, str]
"""A code and a text."""


def install() -> None:
    """Take the two operations."""
    check_before("_put_rule", schedule_problem)
    check_before("_delete_rule", _deletion_problem)


def check_before(operation: str, check: Callable[[Data], Problem | None]) -> None:
    """Let `check` look at the requests for an operation before MiniStack does."""

    def checked(data: Data) -> Any:
        if problem := check(data):
            return eventbridge.error_response_json(*problem, 400)
        return upstream(data)

    upstream = seams.replace(MODULE, operation, checked, like="(data)")


def schedule_problem(data: Data) -> Problem | None:
    """Return why the schedule of a rule is refused; None if it is not."""
    text = data.get("ScheduleExpression")
    if not text:
        return None
    if data.get("EventBusName", DEFAULT_BUS) != DEFAULT_BUS:
        return (
            "ValidationException",
            "ScheduleExpression is supported only on the default event bus.",
        )
    if not _is_schedule(text):
        return "ValidationException", "Parameter ScheduleExpression is not valid."
    return None


def _is_schedule(text: str) -> bool:
    """Tell whether a text is a rate, whose unit agrees with its number, or a cron expression."""
    try:
        parsed = schedule_expressions.parse(text)
    except schedule_expressions.InvalidExpressionError:
        return False
    if isinstance(parsed, schedule_expressions.Rate):
        return parsed.agrees
    return isinstance(parsed, schedule_expressions.Cron)


def _deletion_problem(data: Data) -> Problem | None:
    if targets_of(data.get("Name"), data):
        return "ValidationException", "Rule can't be deleted since it has targets."
    return None


def targets_of(rule: Any, data: Data) -> list[Data]:
    """Return the targets of a rule that a request names."""
    key = eventbridge._rule_key(rule, data.get("EventBusName", DEFAULT_BUS))
    found: list[Data] = eventbridge._targets.get(key, [])
    return found
