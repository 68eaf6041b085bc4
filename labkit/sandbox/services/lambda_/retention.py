"""How much of logs and metrics is kept, so that the server's memory is level however many calls.

MiniStack keeps every event and every value for ever. Here the newest events of a Region are kept,
more than any lesson writes, and equal values of a metric within a second are one value with a
count, which no statistic can tell apart. Very many values become exact sums by the minute.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from labkit.sandbox.upstream import seams

LOGS, METRICS = "ministack.services.cloudwatch_logs", "ministack.services.cloudwatch"

EVENTS = 15_000
"""Log events kept in all: those of about 5,000 calls, the newest."""

VALUES = 4_000
"""Values of one metric kept apart; of more, the older half is summed by the minute, and those
minutes have no percentiles any more."""

LOOK_BACK = 8
"""Among how many of the newest values an equal one is looked for: counts are ones and zeros."""

Point = dict[str, Any]
Stream = dict[str, Any]

_records = seams.use(LOGS, "_log_records", like="AccountRegionScopedDict")
_metrics = seams.use(METRICS, "_metrics", like="AccountRegionScopedDict")
_statistics = seams.use(METRICS, "_calc_stats", like="(points)")


def install() -> None:
    """Bound what MiniStack keeps of logs and metrics."""
    events = Events()

    def append(stream: Stream, added: list[dict[str, Any]]) -> None:
        upstream(stream, added)
        events.note(stream, len(added))

    upstream = seams.replace(LOGS, "_append_log_events", append, like="(stream, events)")
    seams.replace(METRICS, "_metric_bucket", values_of, like="(key)")


class Events:
    """Knows which log events are the oldest, and drops those that are too many."""

    def __init__(self) -> None:
        self._batches: deque[tuple[str, str, Stream, int]] = deque()
        self._kept = 0
        self._lock = threading.Lock()

    def note(self, stream: Stream, added: int) -> None:
        """Note that `stream` got so many events, in the account and Region of the request."""
        from ministack.core.responses import get_account_id, get_region

        with self._lock:
            self._batches.append((get_account_id(), get_region(), stream, added))
            self._kept += added
            while self._kept > EVENTS:
                account, region, oldest, count = self._batches.popleft()
                self._kept -= count
                for event in oldest["events"][:count]:
                    _records.pop_scoped(account, region, event["eventId"], None)
                del oldest["events"][:count]


class Values(list[Point]):
    """The values of one metric, as MiniStack's list of them, but of a bounded size."""

    def __init__(self, points: Iterable[Point] = ()) -> None:
        super().__init__(points)
        self._lock = threading.Lock()

    def append(self, point: Point) -> None:
        """Add a value, as one more of an equal one of the same second where there is one."""
        with self._lock:
            if self:
                point = _sharing_dimensions(point, self[-1])
            for known in self[: -LOOK_BACK - 1 : -1]:  # the newest is the likeliest
                if _are_one(known, point):
                    known["Count"] = known.get("Count", 1.0) + point.get("Count", 1.0)
                    return
            super().append(point)
            if len(self) > VALUES:
                half = len(self) // 2
                self[:half] = _by_the_minute(self[:half])


def values_of(key: tuple[Any, ...]) -> Values:
    """Return the values of a metric of this account and region, by MiniStack's key of it."""
    values = _metrics.get(key)
    if not isinstance(values, Values):
        values = _metrics[key] = Values(values or ())
    return values


def _sharing_dimensions(point: Point, known: Point) -> Point:
    shared = known["Dimensions"]
    if point["Dimensions"] is shared or point["Dimensions"] != shared:
        return point
    return point | {"Dimensions": shared}


def _are_one(known: Point, point: Point) -> bool:
    return (
        known["Value"] == point["Value"]
        and "_stat" not in known
        and "_stat" not in point
        and known["Unit"] == point["Unit"]
        and int(known["Timestamp"]) == int(point["Timestamp"])
    )


def _by_the_minute(points: list[Point]) -> list[Point]:
    """Return statistic sets of `points`: sample count, sum, least and greatest value are exact."""
    sums = []
    for _, group in groupby(points, key=lambda point: int(point["Timestamp"] // 60)):
        minute = list(group)
        statistics = _statistics(minute)
        first = {name: minute[0][name] for name in ("Timestamp", "Unit", "Dimensions")}
        sums.append(first | {"Value": statistics.get("Average", 0.0), "_stat": statistics})
    return sums
