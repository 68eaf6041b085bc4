"""The events of an execution's history, each with the one that it follows.

Branches and iterations run at the same time; every one follows its own chain, so that a timeline
can be drawn from the history. A task's events carry the integration's names, and a function that a
state names directly has its own kinds of event. MiniStack has one list without links; the seam is
the adding of an event.
Source: Step Functions API Reference, HistoryEvent.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ministack.services import stepfunctions

from labkit.sandbox.upstream import seams

Event = dict[str, Any]
Execution = dict[str, Any]

FUNCTION_EVENTS = {
    "TaskScheduled": "LambdaFunctionScheduled",
    "TaskStarted": "LambdaFunctionStarted",
    "TaskSucceeded": "LambdaFunctionSucceeded",
    "TaskFailed": "LambdaFunctionFailed",
}
"""What a task's events are called when the state names a function's ARN as its resource."""


class StoppedError(Exception):
    """The execution was stopped from outside, or this line of it because another one failed."""


@dataclass
class Chain:
    """The events of one line of an execution.

    Attributes
    ----------
    last
        The id of its latest event.
    within
        The line that it branches off.
    doing
        The type of the state that it is in; empty between two.
    stopped
        Whether nothing more belongs to it.
    """

    last: int = 1
    within: Chain | None = None
    doing: str = ""
    stopped: bool = False

    @property
    def is_over(self) -> bool:
        """Whether it was stopped, or a line that it is within."""
        return self.stopped or (self.within is not None and self.within.is_over)


chain: ContextVar[Chain | None] = ContextVar("chain", default=None)
"""The line that this context's events belong to; the execution itself sets the first."""

ABORTABLE = ("Map", "Parallel", "Task", "Wait")
"""Types of state whose end from outside is an event (HistoryEvent, `type`)."""

_lock = threading.RLock()


def install() -> None:
    """Take the adding of an event."""
    like = "(execution, event_type, details=None)"
    seams.replace(stepfunctions.__name__, "_add_event", add, like=like)


def line() -> Chain:
    """Return the line that this context's events belong to."""
    return chain.get() or Chain()


def add(execution: Execution, event_type: str, details: Event | None = None) -> Event:
    """Append an event to the history, linked to the one before it on this line.

    Raises
    ------
    StoppedError
        The line was stopped: whatever goes on beyond that is no part of the execution.
    """
    details = dict(details or {})
    resource = next((d["resource"] for d in details.values() if "resource" in d), None)
    if resource is None:
        return _append(execution, event_type, details)
    event = _append(execution, *_as_aws_names_it(event_type, details, resource))
    if event_type == "TaskScheduled":
        started = {"taskStartedEventDetails": {"resource": resource}}
        event = _append(execution, *_as_aws_names_it("TaskStarted", started, resource))
    return event


@contextmanager
def stopping(execution: Execution) -> Iterator[None]:
    """Stop this context's line: the state that it is in is aborted, then the block has its say."""
    with _lock:
        here = line()
        if here.doing in ABORTABLE:
            add(execution, f"{here.doing}StateAborted")
        yield
        here.stopped = True


def _append(execution: Execution, event_type: str, details: Event) -> Event:
    here = chain.get() or Chain(len(execution["events"]))
    with _lock:
        if here.is_over:
            raise StoppedError
        event: Event = {
            "id": len(execution["events"]) + 1,
            "previousEventId": here.last,
            "type": event_type,
            "timestamp": stepfunctions.now_iso(),
            **details,
        }
        execution["events"].append(event)
        here.last = event["id"]
        if event_type.endswith("StateEntered"):
            here.doing = event_type.removesuffix("StateEntered")
        elif event_type.endswith("StateExited"):
            here.doing = ""
    return event


def _as_aws_names_it(event_type: str, details: Event, resource: str) -> tuple[str, Event]:
    (content,) = details.values()
    if resource.startswith("arn:aws:lambda:"):
        kind = FUNCTION_EVENTS[event_type]
        kept = {
            key: text for key, text in content.items() if key not in ("resource", "resourceType")
        }
        named = kept | ({"resource": resource} if event_type == "TaskScheduled" else {})
    else:
        kind = event_type
        service, _, action = resource.rpartition(":")
        named = content | {"resourceType": service.rpartition(":")[2], "resource": action}
    if event_type == "TaskScheduled" and kind == event_type:
        named |= {"region": stepfunctions.get_region(), "parameters": "{}"}
    return kind, {f"{kind[0].lower()}{kind[1:]}EventDetails": named}
