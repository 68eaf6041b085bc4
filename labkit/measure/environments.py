"""Which execution environment ran a call, from the function's log: each has a stream of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from labkit.measure.calls import CALL_COLUMNS, derived
from labkit.measure.frames import typed_frame
from labkit.measure.platform_logs import parse, read_log_events
from labkit.measure.platform_logs.records import InitStart, Report, Start

_TOLD = {
    name: CALL_COLUMNS[name] for name in ("environment", "initialized_at", "initialization_type")
}


def with_environments(calls: pd.DataFrame, events: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Add from the log which environment ran each call and when it was initialised.

    What a probe in the function already said stays.

    Parameters
    ----------
    calls : pandas.DataFrame
        As `call_frame` gives it.
    events : iterable of mapping
        The function's log events, oldest first, as `read_log_events` gives them.

    Returns
    -------
    pandas.DataFrame
        The same calls, classified again.
    """
    records = parse(events).records
    streams = {r.request_id: r.log_stream for r in records if isinstance(r, Start)}
    inits = {r.log_stream: r for r in reversed(records) if isinstance(r, InitStart)}
    rows = []
    for request_id in calls["request_id"]:
        stream = streams.get(str(request_id))
        init = inits.get(stream)
        rows.append(
            {
                "environment": stream,
                "initialized_at": init.at if init else None,
                "initialization_type": init.initialization_type if init else None,
            }
        )
    told = typed_frame(rows, _TOLD).set_index(calls.index)
    completed = calls.copy()
    for name in _TOLD:
        completed[name] = calls[name].fillna(told[name])
    return derived(completed)


def look_up_environments(
    calls: pd.DataFrame, logs_client: Any, log_group: str, timeout_s: float = 30.0
) -> pd.DataFrame:
    """Wait until the log tells of all these calls, then do as `with_environments`.

    Raises
    ------
    labkit.measure.platform_logs.LogsNotThere
        If the log does not tell of them in time.
    """
    wanted = set(calls.loc[calls["duration_ms"].notna(), "request_id"])

    def complete(events: list[dict[str, Any]]) -> bool:
        reports = {r.request_id for r in parse(events).records if isinstance(r, Report)}
        return wanted <= reports

    events = read_log_events(logs_client, log_group, until=complete, timeout_s=timeout_s)
    return with_environments(calls, events)
