"""Executions of state machines: run one, and read from its history what ran, how often and when.

Every event of a history names the one before it (`previousEventId`), also where iterations of a Map
run side by side; so each attempt finds its state, and each state its iteration.
Source: Step Functions API Reference, HistoryEvent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from labkit.measure.frames import COUNT, TEXT, UTC_TIME, typed_frame
from labkit.polling import wait_until

STATE_COLUMNS = {
    "entry": COUNT,
    "state": TEXT,
    "kind": TEXT,
    "iteration": COUNT,
    "entered_at": UTC_TIME,
    "left_at": UTC_TIME,
    "outcome": TEXT,
    "error": TEXT,
}
ATTEMPT_COLUMNS = {
    "entry": COUNT,
    "state": TEXT,
    "iteration": COUNT,
    "attempt": COUNT,
    "started_at": UTC_TIME,
    "ended_at": UTC_TIME,
    "outcome": TEXT,
    "error": TEXT,
}

SUCCEEDED, FAILED, CAUGHT, RUNNING = "succeeded", "failed", "caught", "running"
ABORTED = "aborted"

ENTERED, EXITED = "StateEntered", "StateExited"
ABORTS = ("TaskStateAborted", "WaitStateAborted")
STARTS = ("TaskScheduled", "LambdaFunctionScheduled")
ENDS = {
    "TaskSucceeded": SUCCEEDED,
    "TaskFailed": FAILED,
    "TaskSubmitFailed": FAILED,
    "TaskStartFailed": FAILED,
    "TaskTimedOut": FAILED,
    "LambdaFunctionSucceeded": SUCCEEDED,
    "LambdaFunctionFailed": FAILED,
    "LambdaFunctionScheduleFailed": FAILED,
    "LambdaFunctionStartFailed": FAILED,
    "LambdaFunctionTimedOut": FAILED,
}
"""How an attempt at a task ends, by the type of its last event."""

MOST_EVENTS = 1000
"""Events in one page (Step Functions API Reference, GetExecutionHistory)."""

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Execution:
    """A Standard execution that has ended.

    Attributes
    ----------
    arn
        Its ARN.
    status
        "SUCCEEDED", "FAILED", "TIMED_OUT" or "ABORTED".
    error, cause
        Why it failed; empty where it did not.
    events
        Its history, oldest first.
    """

    arn: str
    status: str
    error: str
    cause: str
    events: tuple[Event, ...]

    @property
    def path(self) -> list[str]:
        """The names of the states that were entered, in order, those in a Map left out."""
        states = states_entered(self.events)
        return states.loc[states["iteration"].isna(), "state"].tolist()


def execute(
    stepfunctions: Any, machine_arn: str, given: Any, name: str | None = None, seconds: float = 120
) -> Execution:
    """Start a Standard execution, wait for its end, and read its history.

    AWS may run one by the definition from before a change, for some seconds after it (API
    Reference, UpdateStateMachine). One without a name is then started again.

    Parameters
    ----------
    stepfunctions : boto3 Step Functions client
    machine_arn : str
    given
        The input, sent as JSON.
    name : str, optional
        The execution's name; AWS makes one up without it.
    seconds : float
        How long to wait at most.

    Raises
    ------
    labkit.polling.NotInTime
        It has not ended by then; it goes on.
    """
    named = {"name": name} if name else {}
    text = json.dumps(given, ensure_ascii=False)

    def ended() -> Any:
        started = stepfunctions.start_execution(stateMachineArn=machine_arn, input=text, **named)
        found = _end(stepfunctions, started["executionArn"], seconds)
        return found if name or _is_current(stepfunctions, machine_arn, found) else None

    found = wait_until(ended, seconds, what="an execution by the current definition")
    events = tuple(read_history(stepfunctions, found["executionArn"]))
    return Execution(
        found["executionArn"],
        found["status"],
        found.get("error", ""),
        found.get("cause", ""),
        events,
    )


def _end(stepfunctions: Any, execution_arn: str, seconds: float) -> Mapping[str, Any]:
    """Wait for an execution's end; return its description."""

    def ended() -> Any:
        answer = stepfunctions.describe_execution(executionArn=execution_arn)
        return answer["status"] != "RUNNING" and answer

    found: Mapping[str, Any] = wait_until(ended, seconds, what="the execution to end")
    return found


def _is_current(stepfunctions: Any, machine_arn: str, execution: Mapping[str, Any]) -> bool:
    """Whether an execution ran by the definition that its machine has now."""
    arn = execution["executionArn"]
    ran_by = stepfunctions.describe_state_machine_for_execution(executionArn=arn)["definition"]
    now = stepfunctions.describe_state_machine(stateMachineArn=machine_arn)["definition"]
    return bool(ran_by == now)


def read_history(stepfunctions: Any, execution_arn: str) -> Iterator[Event]:
    """Yield the events of a Standard execution, oldest first."""
    pages = stepfunctions.get_paginator("get_execution_history").paginate(
        executionArn=execution_arn, PaginationConfig={"PageSize": MOST_EVENTS}
    )
    for page in pages:
        yield from page["events"]


def transitions(events: Iterable[Event]) -> int:
    """Count what AWS bills of a Standard execution: each state entered, and each retry.

    Source: AWS Step Functions Pricing ("a state transition each time a step of your workflow is
    executed", retries included).
    """
    listed = list(events)
    retries = attempts(listed)["attempt"] > 1
    return len(states_entered(listed)) + int(retries.sum())


def states_entered(events: Iterable[Event]) -> pd.DataFrame:
    """Find every state that an execution entered.

    Parameters
    ----------
    events : iterable of mapping
        As `read_history` yields them; also the beginning of a history.

    Returns
    -------
    pandas.DataFrame
        One row per entry, in order: ``entry`` (its event's id); ``state``; ``kind`` ("Task", "Map",
        …); ``iteration`` (of the Map that it is in, from 0; missing outside); ``entered_at``,
        ``left_at`` (UTC); ``outcome``: "succeeded", "caught" (it failed, and a Catch went on),
        "failed", "aborted" (another branch or iteration failed), or "running" where the history
        ends before; ``error``: the last one's name.
    """
    history = _EventHistory(list(events))
    return typed_frame(history.states(), STATE_COLUMNS)


def attempts(events: Iterable[Event]) -> pd.DataFrame:
    """Find every attempt at a task.

    Returns
    -------
    pandas.DataFrame
        One row per attempt, in order: ``entry``, ``state``, ``iteration`` (as in `states_entered`),
        ``attempt`` (from 1), ``started_at``, ``ended_at`` (UTC), ``outcome`` ("succeeded",
        "failed", "aborted" or "running"), ``error`` (its name).
    """
    history = _EventHistory(list(events))
    return typed_frame(history.attempts(), ATTEMPT_COLUMNS)


class _EventHistory:
    """The events of one execution, by id and by the state that they belong to."""

    def __init__(self, events: list[Event]) -> None:
        self._events = events
        self._by_id = {event["id"]: event for event in events}

    def states(self) -> Iterator[dict[str, Any]]:
        left, aborted = self._exits(), set(self._aborted())
        last_error = {attempt["entry"]: attempt["error"] for attempt in self.attempts()}
        for event in self._events:
            if not event["type"].endswith(ENTERED):
                continue
            name, kind = event["stateEnteredEventDetails"]["name"], event["type"][: -len(ENTERED)]
            error = last_error.get(event["id"]) or self._own_error(name, kind)
            yield {
                "entry": event["id"],
                "state": name,
                "kind": kind,
                "iteration": self._iteration(event),
                "entered_at": _utc(event["timestamp"]),
                "left_at": left.get(event["id"]),
                "outcome": _outcome(event["id"] in left, event["id"] in aborted, error),
                "error": error,
            }

    def attempts(self) -> Iterator[dict[str, Any]]:
        open_attempts: dict[int, dict[str, Any]] = {}
        found = []
        for event in self._events:
            if event["type"] in STARTS:
                entered = self._entry_of(event)
                attempt = self._attempt(event, entered, open_attempts.get(entered["id"]))
                open_attempts[entered["id"]] = attempt
                found.append(attempt)
            elif event["type"] in ENDS:
                attempt = open_attempts[self._entry_of(event)["id"]]
                attempt["ended_at"] = _utc(event["timestamp"])
                attempt["outcome"] = ENDS[event["type"]]
                attempt["error"] = _details(event).get("error")
            elif event["type"] in ABORTS:
                under_way = open_attempts.get(self._entry_of(event)["id"])
                if under_way and under_way["outcome"] == RUNNING:
                    under_way |= {"ended_at": _utc(event["timestamp"]), "outcome": ABORTED}
        yield from found

    def _attempt(
        self, event: Event, entered: Event, before: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        return {
            "entry": entered["id"],
            "state": entered["stateEnteredEventDetails"]["name"],
            "iteration": self._iteration(entered),
            "attempt": before["attempt"] + 1 if before else 1,
            "started_at": _utc(event["timestamp"]),
            "outcome": RUNNING,
            "error": None,
        }

    def _exits(self) -> dict[int, datetime]:
        """When each entry was left, by the entering event's id."""
        left: dict[int, datetime] = {}
        for event in self._events:
            if event["type"].endswith(EXITED):
                left[self._entry_left(event, left)] = _utc(event["timestamp"])
        return left

    def _aborted(self) -> Iterator[int]:
        """Yield the ids of the events that entered states which were then aborted."""
        for event in self._events:
            if event["type"] in ABORTS:
                yield self._entry_of(event)["id"]

    def _entry_left(self, exit_event: Event, left: Mapping[int, datetime]) -> int:
        """Return the id of the entry that an exit belongs to.

        The line that leads back from a Map or Parallel state goes through its iterations or
        branches: there the name has to do.
        """
        if not exit_event["type"].startswith(("Map", "Parallel")):
            return int(self._entry_of(exit_event)["id"])
        name = exit_event["stateExitedEventDetails"]["name"]
        entered = (event for event in self._events if event["type"].endswith(ENTERED))
        return next(
            int(event["id"])
            for event in entered
            if event["stateEnteredEventDetails"]["name"] == name and event["id"] not in left
        )

    def _entry_of(self, event: Event) -> Event:
        """Return the event that entered the state which an event belongs to."""
        while not event["type"].endswith(ENTERED):
            event = self._by_id[event["previousEventId"]]
        return event

    def _iteration(self, entered: Event) -> int | None:
        event = self._by_id.get(entered.get("previousEventId", 0))
        while event is not None and not event["type"].startswith("MapState"):
            if event["type"] == "MapIterationStarted":
                return int(event["mapIterationStartedEventDetails"]["index"])
            event = self._by_id.get(event.get("previousEventId", 0))
        return None

    def _own_error(self, name: str, kind: str) -> str | None:
        """Return the error of a Fail state, or of the first iteration of a Map that failed."""
        if kind == "Fail":
            return next(self._errors("ExecutionFailed"), None)
        if kind != "Map":
            return None
        failed = [
            details["index"]
            for event in self._events
            if event["type"] == "MapIterationFailed"
            and (details := _details(event))["name"] == name
        ]
        last = {attempt["iteration"]: attempt["error"] for attempt in self.attempts()}
        return next((last[index] for index in failed if last.get(index)), None)

    def _errors(self, event_type: str) -> Iterator[str | None]:
        return (
            _details(event).get("error") for event in self._events if event["type"] == event_type
        )


def _details(event: Event) -> Mapping[str, Any]:
    """Return what an event says beyond type and time, whatever its type."""
    found = (value for key, value in event.items() if key.endswith("EventDetails"))
    details: Mapping[str, Any] = next(found, {})
    return details


def _outcome(left: bool, aborted: bool, error: str | None) -> str:
    if aborted:
        return ABORTED
    if left:
        return CAUGHT if error else SUCCEEDED
    return FAILED if error else RUNNING


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)
