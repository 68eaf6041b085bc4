"""Reading a function's log from CloudWatch, where lines arrive seconds after they were written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from labkit.polling import NotInTime, wait_until

LogEvents = list[dict[str, Any]]


class LogsNotThere(NotInTime):
    """What was waited for did not appear in the log in time.

    Attributes
    ----------
    events : list of dict
        The events that were there at the last look.
    """

    def __init__(self, message: str, events: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(message)
        self.events = list(events)


def read_log_events(
    logs_client: Any,
    log_group: str,
    start: datetime | None = None,
    until: Callable[[LogEvents], bool] | None = None,
    timeout_s: float = 30.0,
) -> LogEvents:
    """Read all events of a log group, waiting until they show what is waited for.

    Parameters
    ----------
    logs_client : boto3 CloudWatch Logs client
    log_group : str
        For example ``/aws/lambda/`` followed by the function's name.
    start : datetime, optional
        Leave out events older than this; aware, to the millisecond.
    until : callable, optional
        Gets the events read so far; reading goes on until it returns True. Without it the log is
        read once.
    timeout_s : float
        How long to go on reading, in seconds.

    Returns
    -------
    list of dict
        The events, oldest first, as ``filter_log_events`` gives them.

    Raises
    ------
    LogsNotThere
        If the condition does not hold in time, or if there is no such log group.
    """
    events: LogEvents | None = None

    def look() -> bool:
        nonlocal events
        events = _read_once(logs_client, log_group, start)
        return events is not None and (until is None or until(events))

    with suppress(NotInTime):
        wait_until(look, timeout_s if until is not None else 0)
        return events or []
    if events is None:
        raise LogsNotThere(
            f"There is no log group {log_group}. Lambda makes it when a function runs for the "
            "first time: check the name, that the function was invoked, and that its role may "
            "write logs (AWSLambdaBasicExecutionRole)."
        )
    raise LogsNotThere(
        f"After {timeout_s:g} s the log group {log_group} holds {_counted(events)}, but not yet "
        "what was waited for. Look at what is there (the error's .events), or wait longer with "
        "timeout_s.",
        events,
    )


def _read_once(logs_client: Any, log_group: str, start: datetime | None) -> LogEvents | None:
    """Read every page; None if the log group does not exist."""
    query: dict[str, Any] = {"logGroupName": log_group}
    if start is not None:
        query["startTime"] = int(start.timestamp() * 1000)
    events: LogEvents = []
    try:
        for page in logs_client.get_paginator("filter_log_events").paginate(**query):
            events += page["events"]
    except logs_client.exceptions.ResourceNotFoundException:
        return None
    return sorted(events, key=lambda event: int(event["timestamp"]))


def _counted(events: LogEvents) -> str:
    return "1 event" if len(events) == 1 else f"{len(events):,} events"
