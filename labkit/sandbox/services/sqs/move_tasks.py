"""DLQ redrive: StartMessageMoveTask, ListMessageMoveTasks, CancelMessageMoveTask.

The source has to be the dead-letter queue of some queue. Its messages go back to the queue each
came from, or all to one destination, at most `MaxNumberOfMessagesPerSecond`; a redriven message
counts as new: new id, new enqueue time, no receives. One task at a time per source. MiniStack has
none of the three.
Source: SQS API Reference, StartMessageMoveTask and its siblings; SQS Developer Guide, "Learn how to
configure a dead-letter queue redrive".
"""

from __future__ import annotations

import base64
import json
import threading
import time
import uuid
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.resources import NO_ARN
from labkit.sandbox.services.sqs.errors import refused
from labkit.sandbox.services.sqs.messages import take_out
from labkit.sandbox.upstream.app import concurrency
from labkit.sandbox.upstream.sqs import sqs

Result = dict[str, Any]

MESSAGES_PER_SECOND = 500
"""The greatest rate of a task, and the rate of one that names none. Source: SQS API Reference."""

TAKING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""What a redrive takes on its source. Source: SQS Developer Guide, "Dead-letter queue redrive
required permissions"."""

REMEMBERED = 10
"""How many tasks per source ListMessageMoveTasks can show. Source: SQS API Reference."""


@dataclass
class MoveTask:
    """One redrive of a dead-letter queue."""

    source: dict[str, Any]
    destination_arn: str | None
    rate: int | None
    to_move: int
    identifier: str = field(default_factory=lambda: str(uuid.uuid4()))
    started_ms: int = field(default_factory=lambda: int(time.time() * 1000))
    moved: int = 0
    status: str = "RUNNING"
    failure: str | None = None
    cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def source_arn(self) -> str:
        """The ARN of the dead-letter queue."""
        return str(self.source["attributes"]["QueueArn"])

    @property
    def handle(self) -> str:
        """What names the task to CancelMessageMoveTask."""
        named = {"taskId": self.identifier, "sourceArn": self.source_arn}
        return base64.b64encode(json.dumps(named).encode()).decode()

    def describe(self) -> Result:
        """Return the task as ListMessageMoveTasks shows it; only a running one has a handle."""
        shown = {
            "TaskHandle": self.handle if self.status == "RUNNING" else None,
            "Status": self.status,
            "SourceArn": self.source_arn,
            "DestinationArn": self.destination_arn,
            "MaxNumberOfMessagesPerSecond": self.rate,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "FailureReason": self.failure,
            "StartedTimestamp": self.started_ms,
        }
        return {name: value for name, value in shown.items() if value is not None}


_tasks: dict[str, list[MoveTask]] = {}
_lock = threading.Lock()


def start(data: dict[str, Any]) -> Result:
    """Start moving what is in a dead-letter queue."""
    source = _queue(data.get("SourceArn", ""), "SourceArn")
    arn, destination = source["attributes"]["QueueArn"], data.get("DestinationArn")
    rate = data.get("MaxNumberOfMessagesPerSecond")
    if not any(_dead_letters(queue) == arn for queue in sqs._queues.values()):
        raise _invalid("Source queue must be configured as a Dead Letter Queue.")
    if destination:
        _queue(destination, "DestinationArn")
    _require_rights(arn, destination)
    if rate is not None and not 1 <= rate <= MESSAGES_PER_SECOND:
        raise _invalid(
            f"Value {rate} for parameter MaxNumberOfMessagesPerSecond is invalid. "
            f"Reason: Must be between 1 and {MESSAGES_PER_SECOND}, if provided."
        )
    task = MoveTask(source, destination, rate, len(source["messages"]))
    with _lock:
        earlier = _tasks.setdefault(arn, [])
        if any(other.status in ("RUNNING", "CANCELLING") for other in earlier):
            raise _invalid(
                "There is already a task running. Only one active task is allowed for a source "
                "queue arn at a given time."
            )
        _tasks[arn] = [task, *earlier][:REMEMBERED]
    context = copy_context()
    threading.Thread(target=context.run, args=(_move, task), daemon=True).start()
    return {"TaskHandle": task.handle}


def list_tasks(data: dict[str, Any]) -> Result:
    """Describe the latest tasks of a source, the latest first."""
    source = _queue(data.get("SourceArn", ""), "SourceArn")
    tasks = _tasks.get(source["attributes"]["QueueArn"], [])
    return {"Results": [task.describe() for task in tasks[: int(data.get("MaxResults", 1))]]}


def _source_of(handle: str) -> str:
    """Return the ARN of the queue that a task's handle names.

    Raises
    ------
    labkit.sandbox.services.sqs.errors.SqsError
        If it is no handle.
    """
    try:
        return str(json.loads(base64.b64decode(handle, validate=True))["sourceArn"])
    except (ValueError, KeyError, TypeError):
        text = "Value for parameter TaskHandle is invalid."
        raise refused("InvalidParameterValue", text) from None


def cancel(data: dict[str, Any]) -> Result:
    """Stop a running task; what it moved stays moved."""
    handle = data.get("TaskHandle", "")
    task = next((t for tasks in _tasks.values() for t in tasks if t.handle == handle), None)
    if task is None:
        if sqs._queue_by_arn(_source_of(handle)) is None:
            text = "The resource that you specified for the SourceArn parameter doesn't exist."
            raise refused("ResourceNotFoundException", text, 404)
        raise refused("ResourceNotFoundException", "Task does not exist.", 404)
    if task.status != "RUNNING":
        raise _invalid("Only active tasks can be cancelled.")
    task.status = "CANCELLING"
    task.cancelled.set()
    return {"ApproximateNumberOfMessagesMoved": task.moved}


def _require_rights(source: str, destination: str | None) -> None:
    """Make sure that the caller may take messages out of the source, and put them where they go.

    Raises
    ------
    labkit.sandbox.services.sqs.errors.SqsError
        If not.
    """
    targets = [destination] if destination else _queues_of(source)
    needed = [(action, source) for action in TAKING] + [("sqs:SendMessage", t) for t in targets]
    for action, arn in needed:
        if denied := permissions.caller_denied(action, arn):
            raise refused("AccessDenied", denied, 403)


def _queues_of(source: str) -> list[str]:
    """Return the ARNs of the queues whose dead letters are in `source`."""
    arn = "QueueArn"
    return [q["attributes"][arn] for q in sqs._queues.values() if _dead_letters(q) == source]


def _move(task: MoveTask) -> None:
    """Move message after message, in the pace of the task, until none is left."""
    pause = 1 / (task.rate or MESSAGES_PER_SECOND)
    while not task.cancelled.is_set():
        try:
            if not _move_one(task):
                task.status = "COMPLETED"
                return
        except AwsError as error:
            task.status, task.failure = "FAILED", error.code("json")
            return
        task.cancelled.wait(pause)
    task.status = "CANCELLED"


def _move_one(task: MoveTask) -> bool:
    """Move the oldest visible message; return whether there was one."""
    now = time.time()
    visible = (m for m in list(task.source["messages"]) if m["visible_at"] <= now)
    message = next(visible, None)
    if message is None:
        return False
    origin = message["sys"].get("DeadLetterQueueSourceArn")
    destination = sqs._queue_by_arn(task.destination_arn or origin or "")
    if destination is None:
        raise refused("CouldNotDetermineMessageSource", "")
    if take_out(task.source, message):
        destination["messages"].append(_as_new(message, now))
        task.moved += 1
        concurrency.esm_wake.set()
    return True


def _as_new(message: dict[str, Any], now: float) -> dict[str, Any]:
    system = {k: v for k, v in message["sys"].items() if k != "DeadLetterQueueSourceArn"}
    return message | {
        "id": str(uuid.uuid4()),
        "receipt_handle": None,
        "receive_count": 0,
        "first_receive_at": None,
        "sent_at": now,
        "visible_at": now,
        "sys": system | {"SentTimestamp": str(int(now * 1000))},
    }


def _queue(arn: str, parameter: str) -> dict[str, Any]:
    if arn and not arn.startswith("arn:"):
        raise _invalid(NO_ARN.format(parameter))
    queue: dict[str, Any] | None = sqs._queue_by_arn(arn)
    if queue is None:
        raise sqs._Err(
            "ResourceNotFoundException",
            f"The resource that you specified for the {parameter} parameter doesn't exist.",
            404,
        )
    return queue


def _dead_letters(queue: dict[str, Any]) -> str | None:
    redrive = json.loads(queue["attributes"].get("RedrivePolicy") or "{}")
    arn: str | None = redrive.get("deadLetterTargetArn")
    return arn


def _invalid(message: str) -> Exception:
    return refused("InvalidParameterValue", message)
