"""The events of an execution's history, each with the one that it follows.

Branches and iterations run at the same time; every one follows its own chain, so that a timeline
can be drawn from the history. A task's events carry the integration's names, and a function that a
state names directly has its own kinds of event. MiniStack has one list without links; the seam is
the adding of an event.
Source: Step Functions API Reference, HistoryEvent.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ministack.services import stepfunctions

from labkit.sandbox import seams

Event = dict[str, Any]
Execution = dict[str, Any]

FUNCTION_EVENTS = {
    "TaskScheduled": "LambdaFunctionScheduled",
    "TaskStarted": "LambdaFunctionStarted",
    "TaskSucceeded": "LambdaFunctionSucceeded",
    "TaskFailed": "LambdaFunctionFailed",
}
"""What a task's events are called when the state names a function's ARN as its resource."""


@dataclass
class Chain:
    """The events of one line of an execution; `last` is the id of its latest."""

    last: int = 1


chain: ContextVar[Chain | None] = ContextVar("chain", default=None)
"""The line that this context's events belong to; the execution itself sets the first."""

_lock = threading.Lock()


def install() -> None:
    """Take the adding of an event."""
    like = "(execution, event_type, details=None)"
    seams.replace(stepfunctions.__name__, "_add_event", add, like=like)


def add(execution: Execution, event_type: str, details: Event | None = None) -> Event:
    """Append an event to the history, linked to the one before it on this line."""
    details = dict(details or {})
    resource = next((d["resource"] for d in details.values() if "resource" in d), None)
    if resource is None:
        return _append(execution, event_type, details)
    event = _append(execution, *_as_aws_names_it(event_type, details, resource))
    if event_type == "TaskScheduled":
        started = {"taskStartedEventDetails": {"resource": resource}}
        event = _append(execution, *_as_aws_names_it("TaskStarted", started, resource))
    return event


def _append(execution: Execution, event_type: str, details: Event) -> Event:
    line = chain.get() or Chain(len(execution["events"]))
    with _lock:
        event: Event = {
            "id": len(execution["events"]) + 1,
            "previousEventId": line.last,
            "type": event_type,
            "timestamp": stepfunctions.now_iso(),
            **details,
        }
        execution["events"].append(event)
    line.last = event["id"]
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
