"""Executions: what their history says of states, attempts and transitions, and how it is drawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from labkit.labs.workflows.execution_timeline import execution_timeline
from labkit.labs.workflows.executions import attempts, states_entered, transitions
from labkit.labs.workflows.state_graph import places, state_graph
from labkit.labs.workflows.state_graph import transitions as ways

NOON = datetime(2026, 3, 6, 12, 0, tzinfo=UTC)

SAGA: dict[str, Any] = {
    "StartAt": "Reserve",
    "States": {
        "Reserve": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "One",
                "States": {"One": {"Type": "Task", "Resource": "x", "End": True}},
            },
            "Catch": [{"ErrorEquals": ["KitchenClosed"], "Next": "Release"}],
            "Next": "Charge",
        },
        "Charge": {
            "Type": "Task",
            "Resource": "x",
            "Catch": [{"ErrorEquals": ["CardDeclined"], "Next": "Release"}],
            "Next": "Dispatch",
        },
        "Dispatch": {
            "Type": "Task",
            "Resource": "x",
            "Catch": [{"ErrorEquals": ["NoCourier"], "Next": "Refund"}],
            "End": True,
        },
        "Refund": {"Type": "Task", "Resource": "x", "Next": "Release"},
        "Release": {"Type": "Task", "Resource": "x", "Next": "Cancelled"},
        "Cancelled": {"Type": "Fail", "Error": "OrderCancelled"},
    },
}


class History:
    """Writes events as GetExecutionHistory gives them, one second apart."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.add("ExecutionStarted")

    def add(self, kind: str, after: int | None = None, **details: Any) -> int:
        number = len(self.events) + 1
        event: dict[str, Any] = {
            "id": number,
            "type": kind,
            "timestamp": NOON + timedelta(seconds=number - 1),
            "previousEventId": number - 1 if after is None else after,
        }
        if details:
            event[details.pop("named", f"{kind[0].lower()}{kind[1:]}EventDetails")] = details
        self.events.append(event)
        return number

    def enter(self, kind: str, name: str, after: int | None = None) -> int:
        named = "stateEnteredEventDetails"
        return self.add(f"{kind}StateEntered", after, named=named, name=name)

    def leave(self, kind: str, name: str, after: int | None = None) -> int:
        return self.add(f"{kind}StateExited", after, named="stateExitedEventDetails", name=name)

    def attempt(self, error: str | None = None, after: int | None = None) -> int:
        self.add("TaskScheduled", after)
        self.add("TaskStarted")
        return self.add("TaskFailed", error=error) if error else self.add("TaskSucceeded")


@pytest.fixture
def retried() -> History:
    """Charged at the second attempt; then no courier, refunded, and cancelled."""
    history = History()
    history.enter("Task", "Charge")
    history.attempt("CardNetworkBusy")
    history.attempt()
    history.leave("Task", "Charge")
    history.enter("Task", "Dispatch")
    history.attempt("NoCourier")
    history.leave("Task", "Dispatch")
    history.enter("Task", "Refund")
    history.attempt()
    history.leave("Task", "Refund")
    history.enter("Fail", "Cancelled")
    history.add("ExecutionFailed", error="OrderCancelled")
    return history


@pytest.fixture
def mapped() -> History:
    """Two iterations side by side, whose events alternate; the second one fails and is caught."""
    history = History()
    history.enter("Map", "Reserve")
    started = history.add("MapStateStarted", length=2)
    last = [
        history.add("MapIterationStarted", started, name="Reserve", index=index)
        for index in range(2)
    ]
    for step in ("StateEntered", "Scheduled"):
        for index in range(2):
            add = (
                history.enter("Task", "One", last[index])
                if step == "StateEntered"
                else history.add("TaskScheduled", last[index])
            )
            last[index] = add
    done = history.add("TaskSucceeded", last[0])
    history.add(
        "MapIterationSucceeded", history.leave("Task", "One", done), name="Reserve", index=0
    )
    closed = history.add("TaskFailed", last[1], error="KitchenClosed")
    history.add("MapIterationFailed", closed, name="Reserve", index=1)
    history.add("MapStateFailed")
    history.leave("Map", "Reserve")
    history.enter("Task", "Release")
    history.attempt()
    history.leave("Task", "Release")
    return history


def test_each_state_says_how_it_ended(retried: History) -> None:
    states = states_entered(retried.events)
    assert states["state"].tolist() == ["Charge", "Dispatch", "Refund", "Cancelled"]
    assert states["outcome"].tolist() == ["succeeded", "caught", "succeeded", "failed"]
    assert states["error"].fillna("").tolist() == ["", "NoCourier", "", "OrderCancelled"]
    assert states["iteration"].isna().all()


def test_attempts_are_counted_by_state_and_timed(retried: History) -> None:
    tries = attempts(retried.events)
    assert tries["attempt"].tolist() == [1, 2, 1, 1]
    assert tries["error"].fillna("").tolist() == ["CardNetworkBusy", "", "NoCourier", ""]
    assert (tries["ended_at"] - tries["started_at"]).dt.total_seconds().tolist() == [2.0] * 4


def test_a_retry_is_a_transition_too(retried: History) -> None:
    assert transitions(retried.events) == 4 + 1


def test_iterations_are_kept_apart(mapped: History) -> None:
    states = states_entered(mapped.events)
    inside = states[states["state"] == "One"]
    assert inside["iteration"].tolist() == [0, 1]
    assert inside["outcome"].tolist() == ["succeeded", "failed"]
    reserve = states.iloc[0]
    assert (reserve["outcome"], reserve["error"]) == ("caught", "KitchenClosed")
    assert states.iloc[-1]["iteration"] is pd.NA


def test_what_another_ones_failure_ended_was_aborted() -> None:
    history = History()
    history.enter("Map", "Reserve")
    started = history.add("MapStateStarted", length=2)
    for index in range(2):
        begun = history.add("MapIterationStarted", started, name="Reserve", index=index)
        history.enter("Task", "One", begun)
        history.add("TaskScheduled")
    closed = history.add("TaskFailed", 5, error="KitchenClosed")
    history.add("MapIterationFailed", closed, name="Reserve", index=0)
    history.add("TaskStateAborted", 8)
    history.add("MapIterationAborted", name="Reserve", index=1)
    history.add("MapStateFailed")
    states, tries = states_entered(history.events), attempts(history.events)
    assert states["outcome"].tolist() == ["failed", "failed", "aborted"]
    assert tries["outcome"].tolist() == ["failed", "aborted"]
    assert tries["ended_at"].notna().all()
    assert "One · 2 of 2: – aborted" in execution_timeline(states, tries).alt


def test_a_history_can_be_read_before_its_end(retried: History) -> None:
    states = states_entered(retried.events[:3])
    assert states["outcome"].tolist() == ["running"]
    assert states_entered([]).empty
    assert attempts(retried.events[:3])["outcome"].tolist() == ["running"]


def test_a_timeline_tells_failures_pauses_and_the_end(retried: History) -> None:
    alt = execution_timeline(states_entered(retried.events), attempts(retried.events)).alt
    assert "Charge: 1 × CardNetworkBusy, waited 1.00 s, ✓ 2.00 s" in alt
    assert "Dispatch: ✗ NoCourier, caught" in alt
    with pytest.raises(ValueError, match="no state yet"):
        execution_timeline(states_entered([]), attempts([]))


def test_a_timeline_has_a_row_for_each_iteration(mapped: History) -> None:
    alt = execution_timeline(states_entered(mapped.events), attempts(mapped.events)).alt
    assert "One · 1 of 2: ✓ 2.00 s; One · 2 of 2: ✗ KitchenClosed" in alt


def test_what_undoes_a_step_stands_beside_it() -> None:
    assert places(SAGA, list(ways(SAGA))) == {
        "Reserve": (0, 0),
        "Charge": (0, 1),
        "Dispatch": (0, 2),
        "Refund": (1, 2),
        "Release": (1, 1),
        "Cancelled": (1, 0),
    }


def test_a_graph_says_which_way_was_taken(mapped: History) -> None:
    plain = state_graph(SAGA).alt
    assert "Dispatch to Refund on NoCourier" in plain
    assert "execution" not in plain
    alt = state_graph(SAGA, states_entered(mapped.events), attempts(mapped.events)).alt
    assert "Reserve: ✗ KitchenClosed, caught; Release: ✓ succeeded." in alt
    assert "Not reached: Charge, Dispatch, Refund, Cancelled." in alt
