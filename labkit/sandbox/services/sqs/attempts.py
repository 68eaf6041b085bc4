"""Receiving once more what an earlier attempt received, from a FIFO queue.

Who got no answer asks again with the same ReceiveRequestAttemptId, and gets the same messages with
the same handles, hidden anew. MiniStack takes it for a receive like any other.
Source: SQS API Reference, ReceiveMessage (ReceiveRequestAttemptId).
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from labkit.sandbox.services.sqs import receipts
from labkit.sandbox.services.sqs.errors import refused
from labkit.sandbox.upstream.sqs import sqs

ATTEMPT = "ReceiveRequestAttemptId"
ID = re.compile(r"[!-~]{1,128}")

KEPT_S = 300.0
"""How long an attempt can be made again."""

OTHER_TYPE = (
    "Value {} for parameter {} is invalid. Reason: The request include parameter that is not valid "
    "for this queue type."
)

Data = dict[str, Any]
Receive = Callable[[Data, str], Awaitable[Data]]


async def receive(upstream: Receive, data: Data, queue_url: str) -> Data:
    """Serve ReceiveMessage.

    Raises
    ------
    SqsError
        If the queue is no FIFO queue, or the attempt's id is none.
    """
    attempt = data.get(ATTEMPT)
    if not attempt:
        return await upstream(data, queue_url)
    queue = sqs._get_q(data.get("QueueUrl", queue_url), "sqs:ReceiveMessage")
    if not queue["is_fifo"]:
        raise refused("InvalidParameterValue", OTHER_TYPE.format(attempt, ATTEMPT))
    if not ID.fullmatch(attempt):
        text = (
            f"Value {attempt} for parameter {ATTEMPT} is invalid. Reason: {ATTEMPT} can only "
            "include alphanumeric and punctuation characters. 1 to 128 in length."
        )
        raise refused("InvalidParameterValue", text)
    kept = queue.setdefault("attempts", {})
    now = time.time()
    for old in [one for one, (made, *_) in kept.items() if now - made > KEPT_S]:
        kept.pop(old)
    if attempt in kept and (again := _again(queue, data, kept[attempt], now)):
        return again
    answer = await upstream(data, queue_url)
    hidden = {one: _visible_at(queue, one) for one in _handles(answer)}
    if hidden:
        kept[attempt] = (now, answer, hidden)
    return answer


def _again(queue: Data, data: Data, kept: tuple[float, Data, Data], now: float) -> Data | None:
    """Return an earlier answer, its messages hidden anew; None if one of them is not as it was."""
    _, answer, hidden = kept
    for handle, until in hidden.items():
        if _visible_at(queue, handle) != until or until <= now:
            return None
    seconds = data.get("VisibilityTimeout")
    if seconds is None:
        seconds = queue["attributes"].get("VisibilityTimeout", 30)
    for handle in hidden:
        message = receipts.find(queue, handle)
        if message is not None:
            message["visible_at"] = hidden[handle] = now + int(seconds)
    return answer


def _handles(answer: Data) -> list[str]:
    return [one["ReceiptHandle"] for one in answer.get("Messages") or []]


def _visible_at(queue: Data, handle: str) -> float | None:
    """Return until when the message with this handle is hidden; None if it has another by now."""
    message = receipts.find(queue, handle)
    if message is None or message.get("receipt_handle") != handle:
        return None
    return float(message["visible_at"])
