"""What is in a queue: looking at its messages without taking them away, or taking them all."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from labkit.polling import wait_until

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


def take_one(sqs: Any, queue_url: str, timeout_s: float = 120.0) -> Message:
    """Wait for a message; receive and delete it.

    Returns
    -------
    dict
        As boto3 gives it, with all attributes.

    Raises
    ------
    labkit.polling.NotInTime
        None came within `timeout_s`, in seconds.
    """
    return wait_until(lambda: _take(sqs, queue_url, most=1), timeout_s, what="a message")[0]


def take_all(
    sqs: Any, queues: Mapping[str, str], timeout_s: float = 30.0
) -> dict[str, list[Message]]:
    """Receive and delete every message of several queues, all at the same time.

    Parameters
    ----------
    sqs : boto3 SQS client
    queues : mapping of str to str
        Name to show → queue URL.
    timeout_s : float
        Stop after this time at the latest, in seconds; each queue as soon as a long poll of two
        seconds brings nothing.

    Returns
    -------
    dict of str to list of dict
        The messages of each queue, in the order in which they came, as boto3 gives them with all
        attributes.
    """
    with ThreadPoolExecutor(max(1, len(queues))) as pool:
        taken = pool.map(lambda url: _take_until_quiet(sqs, url, timeout_s), queues.values())
        return dict(zip(queues, taken, strict=True))


def _take_until_quiet(sqs: Any, queue_url: str, timeout_s: float) -> list[Message]:
    taken: list[Message] = []
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and (messages := _take(sqs, queue_url)):
        taken += messages
    return taken


def _take(sqs: Any, queue_url: str, most: int = MOST_PER_CALL) -> list[Message]:
    """Receive and delete messages, as soon as there are any within a long poll."""
    answer = sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=most,
        WaitTimeSeconds=LONG_POLL_S,
        MessageSystemAttributeNames=["All"],
        MessageAttributeNames=["All"],
    )
    messages: list[Message] = answer.get("Messages", [])
    if messages:
        entries = [
            {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
            for number, message in enumerate(messages)
        ]
        sqs.delete_message_batch(QueueUrl=queue_url, Entries=entries)
    return messages
