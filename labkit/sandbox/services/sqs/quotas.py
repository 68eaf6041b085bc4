"""How much a queue, and an account's queues together, may hold at once.

SQS lets 120,000 messages of a queue be in flight; a receive beyond that is refused. AWS stores any
number of messages; the sandbox keeps them in memory, so each account has a bound of its own, and a
message beyond it is refused with a sentence that says so.
Source: SQS Developer Guide, "Amazon SQS message quotas"; SQS API Reference, ReceiveMessage
(OverLimit).
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.services.sqs.errors import refused
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.sqs import sqs

IN_FLIGHT = 120_000

ACCOUNT_BYTES = 64 * 1024 * 1024
"""Of the bodies of all messages in an account's queues."""

LOOK_SECONDS = 1.0
"""How long a count of what the queues hold is good for; what is sent meanwhile is added to it."""


@dataclass
class _Held:
    """What the queues of an account held when they were last looked at."""

    size: int = 0
    looked_at: float = float("-inf")


_held: dict[str, _Held] = {}
_lock = threading.Lock()


def check(action: str, data: dict[str, Any], queue_url: str) -> None:
    """Refuse a message, or a receive, that is one too many.

    Raises
    ------
    labkit.sandbox.services.sqs.errors.SqsError
        If it is.
    """
    if action == "ReceiveMessage":
        _check_in_flight(sqs._get_q(data.get("QueueUrl", queue_url)))
    elif action == "SendMessage":
        _check_size([data])
    elif action == "SendMessageBatch":
        _check_size(data.get("Entries") or [])


def _check_in_flight(queue: dict[str, Any]) -> None:
    messages = queue["messages"]
    if len(messages) < IN_FLIGHT:
        return
    now = time.time()
    in_flight = [one for one in messages if one.get("receipt_handle") and one["visible_at"] > now]
    if len(in_flight) >= IN_FLIGHT:
        raise refused("OverLimit", f"The queue has {IN_FLIGHT} messages in flight.", 403)


def _check_size(entries: list[dict[str, Any]]) -> None:
    size = sum(len(str(entry.get("MessageBody", ""))) for entry in entries)
    with _lock:
        held = _held.setdefault(responses.get_account_id(), _Held())
        if time.monotonic() - held.looked_at > LOOK_SECONDS:
            held.size, held.looked_at = _size_of_queues(), time.monotonic()
        if held.size + size > ACCOUNT_BYTES:
            raise refused(
                "OverLimit",
                f"The embedded sandbox keeps {ACCOUNT_BYTES // 2**20} MB of messages of an account "
                "at most, and its queues are full. Receive and delete some, or purge a queue.",
                403,
            )
        held.size += size


def _size_of_queues() -> int:
    return sum(len(m.get("body", "")) for queue in sqs._queues.values() for m in queue["messages"])
