"""How much of logs and metrics is kept, so that the server's memory is level however many calls.

MiniStack keeps every event and every value for ever. Here the newest events of an account are kept,
more than any lesson writes, so that no account drops another's; and equal values of a metric within
a second are one value with a count, which no statistic can tell apart. Very many values become
exact sums by the minute.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.cloudwatch import cloudwatch
from labkit.sandbox.upstream.logs import cloudwatch_logs

EVENTS = 15_000
"""Log events of an account that are kept: those of about 5,000 calls, the newest."""

EVENT_BYTES = 32 * 1024 * 1024
"""Bytes of log messages of an account that are kept."""

VALUES = 4_000
"""Values of one metric kept apart; of more, the older half is summed by the minute, and those
minutes have no percentiles any more."""

LOOK_BACK = 8
"""Among how many of the newest values an equal one is looked for: counts are ones and zeros."""

Point = dict[str, Any]
Stream = dict[str, Any]


def append(upstream: Callable[..., None], stream: Stream, events: list[dict[str, Any]]) -> None:
    """Add events to a stream, and drop the oldest of all where there are too many."""
    upstream(stream, events)
    _events.note(stream, events)


@dataclass(frozen=True)
class Batch:
    """Log events that came together: how many, and how many bytes their messages have."""

    region: str
    stream: Stream
    events: int
    size: int


@dataclass
class Kept:
    """What is kept of one account's events, the oldest first."""

    batches: deque[Batch] = field(default_factory=deque)
    events: int = 0
    size: int = 0

    def add(self, batch: Batch) -> None:
        """Note a batch."""
        self.batches.append(batch)
        self.events += batch.events
        self.size += batch.size

    def oldest_too_many(self) -> Batch | None:
        """Take out the oldest batch if there is too much; return it."""
        if self.events <= EVENTS and self.size <= EVENT_BYTES:
            return None
        oldest = self.batches.popleft()
        self.events -= oldest.events
        self.size -= oldest.size
        return oldest


class Events:
    """Knows which log events of each account are the oldest, and drops those that are too many."""

    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._lock = threading.Lock()

    def note(self, stream: Stream, added: list[dict[str, Any]]) -> None:
        """Note that `stream` got these events, in the account and Region of the request."""
        account = responses.get_account_id()
        size = sum(len(event.get("message", "")) for event in added)
        with self._lock:
            kept = self._kept.setdefault(account, Kept())
            kept.add(Batch(responses.get_region(), stream, len(added), size))
            while oldest := kept.oldest_too_many():
                _drop(account, oldest)


def _drop(account: str, batch: Batch) -> None:
    events = batch.stream["events"]
    for event in events[: batch.events]:
        cloudwatch_logs._log_records.pop_scoped(account, batch.region, event["eventId"], None)
    del events[: batch.events]


_events = Events()


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


_making = threading.Lock()


def values_of(key: tuple[Any, ...]) -> Values:
    """Return the values of a metric of this account and region, by MiniStack's key of it."""
    values = cloudwatch._metrics.get(key)
    if not isinstance(values, Values):
        with _making:  # several threads may be the first to count
            values = cloudwatch._metrics.get(key)
            if not isinstance(values, Values):
                values = cloudwatch._metrics[key] = Values(values or ())
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
        statistics = cloudwatch._calc_stats(minute)
        first = {name: minute[0][name] for name in ("Timestamp", "Unit", "Dimensions")}
        sums.append(first | {"Value": statistics.get("Average", 0.0), "_stat": statistics})
    return sums
