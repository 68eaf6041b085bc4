"""The events of an execution's history, each with the one that it follows.

Branches and iterations run at the same time; every one follows its own chain, so that a timeline
can be drawn from the history.
Source: Step Functions API Reference, HistoryEvent; what follows what is as AWS's answers show it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.services.stepfunctions.language import timestamps
from labkit.sandbox.services.stepfunctions.language.scope import compact

Event = dict[str, Any]
Execution = dict[str, Any]

ABORTABLE = ("Map", "Parallel", "Task", "Wait")
"""Types of state whose end from outside is an event (HistoryEvent, `type`)."""

FIRST = 1
"""The id of ExecutionStarted, which nothing follows: AWS says 0 of the first state, too."""

_lock = threading.RLock()


class StoppedError(Exception):
    """The execution was stopped from outside, or this line of it because another one failed."""


@dataclass
class Line:
    """The events of one line of an execution: the machine itself, a branch, an iteration.

    Attributes
    ----------
    execution
        The record that the events belong to.
    last
        The id of the event that the next one follows.
    within
        The line that it branches off.
    doing
        The type of the state that it is in; empty between two.
    stopped
        Whether nothing more belongs to it.
    write
        Writes each event into the machine's log groups.
    """

    execution: Execution
    last: int = 0
    within: Line | None = None
    doing: str = ""
    stopped: bool = False
    write: Callable[[Event], None] = lambda event: None

    @property
    def is_over(self) -> bool:
        """Whether it was stopped, or a line that it is within, or the whole execution."""
        if self.stopped or self.execution["status"] != "RUNNING":
            return True
        return self.within is not None and self.within.is_over

    def branch(self, after: int) -> Line:
        """Return a line that begins after an event of this one."""
        return Line(self.execution, after, within=self, write=self.write)

    def add(self, kind: str, details: Event | None = None, *, after: int | None = None) -> int:
        """Append an event that the next one of this line follows; return its id.

        Raises
        ------
        StoppedError
            If the line was stopped: whatever goes on beyond that is no part of the execution.
        """
        with _lock:
            self.last = self.note(kind, details, after=after)
            if kind.endswith("StateEntered"):
                self.doing = kind.removesuffix("StateEntered")
            elif kind.endswith("StateExited"):
                self.doing = ""
            return self.last

    def note(self, kind: str, details: Event | None = None, *, after: int | None = None) -> int:
        """Append an event that nothing follows, such as MapStateSucceeded; return its id.

        Raises
        ------
        StoppedError
            If the line was stopped.
        """
        with _lock:
            if self.is_over:
                raise StoppedError
            return self.append(kind, details, after=after)

    def append(self, kind: str, details: Event | None = None, *, after: int | None = None) -> int:
        """Append an event whether or not the line goes on; return its id."""
        with _lock:
            events = self.execution["events"]
            event: Event = {
                "id": len(events) + 1,
                "previousEventId": self.last if after is None else after,
                "type": kind,
                "timestamp": timestamps.now(),
            }
            if details is not None:
                event[f"{kind_of_details(kind)}EventDetails"] = details
            events.append(event)
            self.write(event)
            return int(event["id"])

    def stop(self) -> str:
        """End the line from outside; return the type of the state that it was in."""
        with _lock:
            self.stopped = True
            return self.doing


def kind_of_details(kind: str) -> str:
    """Return how the details of a type of event are called."""
    for suffix in ("StateEntered", "StateExited"):
        if kind.endswith(suffix):
            return suffix[0].lower() + suffix[1:]
    return kind[0].lower() + kind[1:]


def told(name: str, value: Any) -> Event:
    """Return the details that show an `input` or `output`."""
    return {name: compact(value), f"{name}Details": {"truncated": False}}


def locked() -> threading.RLock:
    """Return what keeps others from adding events meanwhile."""
    return _lock
