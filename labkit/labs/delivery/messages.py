"""Looking at the messages in a queue without taking them away."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

Message = dict[str, Any]

LONG_POLL_S = 2
MOST_PER_CALL = 10
"""Messages per ReceiveMessage or batch call (SQS API reference)."""


def receive_all(
    sqs: Any, queue_url: str, expected: int | None = None, timeout_s: float = 30.0
) -> list[Message]:
    """Receive every message of a queue, delete none, and make them visible again.

    A look counts as a receive: on a queue with a redrive policy it can send a message to the
    dead-letter queue. It is meant for dead-letter queues.

    Parameters
    ----------
    sqs : boto3 SQS client
    queue_url : str
    expected : int, optional
        Go on until so many different messages were seen; without it, until a long poll of two
        seconds brings nothing new.
    timeout_s : float
        Stop after this time at the latest, in seconds.

    Returns
    -------
    list of dict
        Each message once, as boto3 gives it with all system attributes, and ``ReceivedAt``
        (datetime, UTC): when it was first seen here.
    """
    seen: dict[str, Message] = {}
    deadline = time.monotonic() + timeout_s
    try:
        while expected is None or len(seen) < expected:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            new = _poll(sqs, queue_url, wait_s=min(LONG_POLL_S, max(0, int(left))), seen=seen)
            if expected is None and not new:
                break
    finally:
        _make_visible(sqs, queue_url, list(seen.values()))
    return list(seen.values())


def _poll(sqs: Any, queue_url: str, wait_s: int, seen: dict[str, Message]) -> int:
    answer = sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=MOST_PER_CALL,
        WaitTimeSeconds=wait_s,
        MessageSystemAttributeNames=["All"],
        MessageAttributeNames=["All"],
    )
    known = len(seen)
    for message in answer.get("Messages", []):
        first = seen.get(message["MessageId"], {"ReceivedAt": datetime.now(UTC)})
        seen[message["MessageId"]] = message | {"ReceivedAt": first["ReceivedAt"]}
    return len(seen) - known


def _make_visible(sqs: Any, queue_url: str, messages: list[Message]) -> None:
    for first in range(0, len(messages), MOST_PER_CALL):
        batch = messages[first : first + MOST_PER_CALL]
        sqs.change_message_visibility_batch(
            QueueUrl=queue_url,
            Entries=[
                {"Id": str(i), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
                for i, message in enumerate(batch)
            ],
        )
