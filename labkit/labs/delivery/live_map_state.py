"""What the delivery service is doing now: queue depths, environments, failures, as map parts."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from botocore.exceptions import ClientError

from labkit.labs.delivery.architecture import Architecture, Function, discover, prefix_of
from labkit.labs.delivery.delivery_map import DeliveryArrow, DeliveryMapState, Part
from labkit.labs.lab_run import LabRun
from labkit.measure.platform_logs import LogsNotThere, invocations, read_log_events
from labkit.show.words import count

CUSTOMERS = "customers"
LOOK_BACK = timedelta(minutes=15)
OVERLAP = timedelta(seconds=10)
"""CloudWatch Logs may show an event a little later than a younger one."""
MOST_EVENTS = 3000
DISCOVER_EVERY_S = 4.0
COLD_FOR = timedelta(seconds=10)
"""So long after its first call an environment is shown as a cold start."""
VERSION = r"\[(\d+)\]"
"""The number of a published version in the name of a log stream."""
_DEPTH = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


class LogTail:
    """A function's log events of the last minutes, read piece by piece."""

    def __init__(self, logs: Any, group: str) -> None:
        self._logs = logs
        self._group = group
        self._events: dict[str, dict[str, Any]] = {}
        self.exists = False

    def read(self) -> list[dict[str, Any]]:
        """Read what is new, and return what is not older than `LOOK_BACK`, oldest first.

        What was seen is kept when the log itself has gone: a teardown takes it before other parts.
        """
        start = oldest = datetime.now(UTC) - LOOK_BACK
        if self._events:
            last = max(event["timestamp"] for event in self._events.values())
            start = max(start, datetime.fromtimestamp(last / 1000, UTC) - OVERLAP)
        try:
            new = read_log_events(self._logs, self._group, start=start, timeout_s=0)
        except LogsNotThere:
            new = []
        else:
            self.exists = True
        self._events |= {event["eventId"]: event for event in new}
        kept = sorted(self._events.values(), key=lambda event: int(event["timestamp"]))
        kept = [event for event in kept if event["timestamp"] >= oldest.timestamp() * 1000]
        kept = kept[-MOST_EVENTS:]
        self._events = {event["eventId"]: event for event in kept}
        return kept


class Watcher:
    """Looks at a run's delivery service, again and again.

    Parameters
    ----------
    lab
        The run; it is only read.

    Attributes
    ----------
    architecture
        As it was found last.
    """

    def __init__(self, lab: LabRun) -> None:
        self._lab = lab
        self._prefix = prefix_of(lab)
        self._sqs, self._logs = lab.client("sqs"), lab.client("logs")
        self._dynamodb = lab.client("dynamodb")
        for service in ("apigateway", "lambda"):
            lab.client(service)  # clients are made here, in the caller's thread
        self._tails: dict[str, LogTail] = {}
        self._one_at_a_time = threading.Lock()
        self._discovered_at = float("-inf")
        self._calls: dict[str, set[str]] = {}
        self._depths: dict[str, tuple[int, int]] = {}
        self.architecture = Architecture()

    def look(self) -> DeliveryMapState:
        """Return what there is and what it is doing.

        Raises
        ------
        botocore.exceptions.ClientError
            AWS refused to tell.
        """
        with self._one_at_a_time:
            return self._look()

    def _look(self) -> DeliveryMapState:
        if time.monotonic() - self._discovered_at > DISCOVER_EVERY_S:
            self.architecture = discover(self._lab)
            self._discovered_at = time.monotonic()
        if self.architecture.empty:
            return DeliveryMapState(())
        depths = {queue.name: self._depth(queue.url) for queue in self.architecture.queues}
        functions = {one.name: self._invocations(one) for one in self.architecture.functions}
        moving = self._moving(depths, functions)
        return DeliveryMapState(tuple(self._parts(depths, functions)), tuple(self._arrows(moving)))

    def log_lines(self, key: str, most: int = 12) -> list[str]:
        """Return the last lines of the log that belongs to a part, newest first.

        A queue's or an API's are those of the function behind it, a table's of those before it.
        """
        groups = [
            one.log_group
            for one in self.architecture.functions
            if key in (one.name, one.log_group, *one.queues, *map(_table, one.tables))
            or key in self._callers(one)
        ]
        with self._one_at_a_time:
            lines = [
                event
                for group in groups or [one.log_group for one in self.architecture.functions]
                for event in self._tail(group).read()
            ]
        lines.sort(key=lambda event: int(event["timestamp"]))
        return [_written(event) for event in reversed(lines[-most:])]

    def _callers(self, function: Function) -> set[str]:
        direct = {api.name for api in self.architecture.apis if api.calls == function.name}
        fed = {api.name for api in self.architecture.apis if api.calls in function.queues}
        return direct | fed

    def _depth(self, url: str) -> tuple[int, int]:
        try:
            answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(_DEPTH))
        except ClientError:
            return (0, 0)  # deleted since it was discovered
        waiting, in_flight = (int(answer["Attributes"][name]) for name in _DEPTH)
        return waiting, in_flight

    def _invocations(self, function: Function) -> pd.DataFrame:
        return invocations(self._tail(function.log_group).read())

    def _tail(self, group: str) -> LogTail:
        if group not in self._tails:
            self._tails[group] = LogTail(self._logs, group)
        return self._tails[group]

    def _parts(
        self, depths: dict[str, tuple[int, int]], functions: dict[str, pd.DataFrame]
    ) -> list[Part]:
        letters = self.architecture.dead_letter_queues
        parts = [Part(CUSTOMERS, "customers", "customers")] if self.architecture.apis else []
        for api in self.architecture.apis:
            fact = f"POST /{api.url.rpartition('/')[2]}" if api.url else "not deployed"
            parts.append(Part(api.name, "API", self._short(api.name), (fact,)))
        for queue in self.architecture.queues:
            kind = "dead letters" if queue.name in letters else "queue"
            facts, alarm = self._queue_facts(queue.name, depths[queue.name])
            waiting = sum(depths[queue.name])
            name = self._short(queue.name)
            parts.append(Part(queue.name, kind, name, facts, alarm, waiting))
        for function in self.architecture.functions:
            facts, alarm = function_facts(functions[function.name], function.since)
            name = self._short(function.name)
            parts.append(Part(function.name, "function", name, facts, alarm))
            if self._tail(function.log_group).exists:
                calls = f"{count(len(functions[function.name]), 'call')} in 15 min"
                parts.append(Part(function.log_group, "log", f"{name} log", (calls,)))
        parts += [
            Part(_table(table), "table", self._short(table), (self._items(table),))
            for table in self.architecture.tables
        ]
        return parts

    def _items(self, table: str) -> str:
        """Say how many items a table has: counted, as its description is hours old on AWS."""
        try:
            answer = self._dynamodb.scan(TableName=table, Select="COUNT")
        except ClientError:
            return "not ready"
        more = "more than " if "LastEvaluatedKey" in answer else ""
        return f"{more}{count(answer['Count'], 'item')}"

    def _queue_facts(self, name: str, depth: tuple[int, int]) -> tuple[tuple[str, ...], bool]:
        facts = [f"{depth[0]} waiting", f"{depth[1]} in flight"]
        sources = [queue for queue in self.architecture.queues if queue.letters_to == name]
        facts += [f"after {queue.receives}× received" for queue in sources]
        return tuple(facts), bool(sources) and sum(depth) > 0

    def _arrows(self, moving: set[str]) -> list[DeliveryArrow]:
        arrows = []
        for api in self.architecture.apis:
            behind = api.calls if self._known(api.calls) else None
            arrows.append(DeliveryArrow(CUSTOMERS, api.name, behind in moving))
            if behind:
                arrows.append(DeliveryArrow(api.name, behind, behind in moving))
        for queue in self.architecture.queues:
            if self._known(queue.letters_to):
                target = str(queue.letters_to)
                arrows.append(DeliveryArrow(queue.name, target, target in moving))
        for function in self.architecture.functions:
            arrows += [
                DeliveryArrow(name, function.name, function.name in moving)
                for name in function.queues
                if self._known(name)
            ]
            if self._tail(function.log_group).exists:
                arrows.append(
                    DeliveryArrow(function.name, function.log_group, function.name in moving)
                )
            arrows += [
                DeliveryArrow(function.name, _table(table), function.name in moving)
                for table in function.tables
            ]
        return arrows

    def _known(self, name: str | None) -> bool:
        queues = {queue.name for queue in self.architecture.queues}
        return name in queues | {function.name for function in self.architecture.functions}

    def _moving(
        self, depths: dict[str, tuple[int, int]], functions: dict[str, pd.DataFrame]
    ) -> set[str]:
        """Return the parts that got something since the last look."""
        calls = {name: set(frame["request_id"]) for name, frame in functions.items()}
        called = {name for name, ids in calls.items() if ids - self._calls.get(name, ids)}
        under_way = (name for name, frame in functions.items() if frame["ended_at"].isna().any())
        moving = called.union(under_way)
        moving |= {
            name for name, now in depths.items() if sum(now) > sum(self._depths.get(name, now))
        }
        for function in self.architecture.functions:
            if function.name in called:
                moving |= set(function.queues)
        self._calls, self._depths = calls, depths
        return moving

    def _short(self, name: str) -> str:
        return name.removeprefix(self._prefix)


def _table(name: str) -> str:
    """Return a table's key: a queue of the service may have the same name."""
    return f"table {name}"


def _written(event: dict[str, Any]) -> str:
    at = datetime.fromtimestamp(event["timestamp"] / 1000)
    return f"{at:%H:%M:%S} {event['message'].strip()}"


def function_facts(calls: pd.DataFrame, since: datetime) -> tuple[tuple[str, ...], bool]:
    """Say of a function's recent calls which environments there are and what failed.

    Parameters
    ----------
    calls
        As `labkit.measure.platform_logs.invocations` gives them.
    since
        When the function was last changed: environments of before are gone.

    Returns
    -------
    tuple of str
        A few words each.
    bool
        Whether a call failed in the last minute.
    """
    now = pd.Timestamp.now(tz="UTC")
    current = calls[calls["started_at"] >= pd.Timestamp(since).floor("s")]
    states = [_environment(frame, now) for _, frame in current.groupby("log_stream")]
    number = Counter(states)
    facts = [
        f"{words} {sign}"
        for state, words, sign in (
            ("busy", f"{number['busy']} busy", "●"),
            ("cold", count(number["cold"], "cold start"), "✳"),
            ("warm", f"{number['warm']} warm", "○"),
        )
        if number[state]
    ]
    failed = calls["status"].notna() & (calls["status"] != "success")
    recent = failed & (calls["ended_at"] > now - pd.Timedelta(minutes=1))
    if failed.any():
        facts.insert(0, f"{int(failed.sum())} failed")
    if len(met := by_version(calls)) > 1:
        facts.insert(0, " · ".join(f"v{version}: {number}" for version, number in met.items()))
    return tuple(facts) or ("no environment yet",), bool(recent.any())


def by_version(calls: pd.DataFrame) -> dict[str, int]:
    """Return how many calls each published version of a function has met, by its number."""
    versions = calls["log_stream"].str.extract(VERSION)[0].dropna()
    counted = versions.value_counts()
    return {number: int(counted[number]) for number in sorted(counted.index, key=int)}


def _environment(calls: pd.DataFrame, now: pd.Timestamp) -> str:
    if now - calls["started_at"].min() < COLD_FOR:
        return "cold"
    return "busy" if calls["ended_at"].isna().any() else "warm"
