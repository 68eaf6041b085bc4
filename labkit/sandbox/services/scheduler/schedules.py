"""Schedules: checked when they are made or changed, and called when they are due.

MiniStack takes every expression, reads all times as UTC, and one expression that it cannot compute
stops every schedule of the server.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.services.scheduler import delivery, rules
from labkit.sandbox.services.scheduler.ticker import Entry, Ticker
from labkit.sandbox.upstream.scheduler import scheduler

Data = dict[str, Any]
Stored = tuple[tuple[str, str, str], Data]


def start() -> None:
    """Look from now on at what is due."""
    Ticker("scheduler", _stored, _entry).start()


def checked(upstream: Callable[[str, Data], Any], name: str, body: Data) -> Any:
    """Make or change a schedule; a stack does so past the pipeline, too.

    Raises
    ------
    labkit.sandbox.gateway.errors.ValidationError
        If AWS would not.
    """
    if body.get("ScheduleExpression") and body.get("Target") and (text := rules.problem(body)):
        raise ValidationError(text)
    return upstream(name, body)


def _stored() -> Iterable[Stored]:
    stored: list[Stored] = scheduler._schedules.all_items()
    return stored


def _is_over(schedule: Data) -> bool:
    end = schedule.get("EndDate")
    return end is not None and time.time() > rules.seconds(end)


def _entry(stored: Stored) -> Entry | None:
    """Read a stored schedule; one that is over has no times, and goes away if it is to."""
    (account, _, _), schedule = stored
    if _is_over(schedule):
        _complete(stored)
        return None
    expression, created = schedule["ScheduleExpression"], float(schedule["CreationDate"])
    start, end = schedule.get("StartDate"), schedule.get("EndDate")
    begins = created if start is None else rules.seconds(start)
    changed = float(schedule["LastModificationDate"])
    return Entry(
        key=(schedule["Arn"], created, expression, schedule["ScheduleExpressionTimezone"], start),
        account=account,
        expression=expression,
        zone=rules.zone(schedule["ScheduleExpressionTimezone"]),
        fire=lambda due: _fire(stored, due),
        enabled=schedule["State"] == "ENABLED",
        begins=begins,
        since=0 if expression.startswith("at(") else max(begins, changed) - 0.001,
        ends=None if end is None else rules.seconds(end),
    )


def _fire(stored: Stored, due: float) -> None:
    """Call the target of a schedule; one that is over then goes away, if it is to."""
    _, schedule = stored
    delivery.deliver(schedule, due)
    if schedule["ScheduleExpression"].startswith("at("):
        _complete(stored)


def _complete(stored: Stored) -> None:
    key, schedule = stored
    if schedule.get("ActionAfterCompletion") == "DELETE":
        scheduler._schedules._data.pop(key, None)
