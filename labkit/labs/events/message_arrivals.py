"""How announcements arrive: how soon, in which order, and how often."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from labkit.errors import LabkitError
from labkit.measure.frames import COUNT, MILLISECONDS, typed_frame

COLUMNS = {"number": COUNT, "latency_ms": MILLISECONDS, "place": COUNT, "copies": COUNT}

LONG_POLL_S = 1
MOST_PER_CALL = 10
"""Messages per ReceiveMessage or batch call (SQS API reference)."""


def message_arrivals(
    send: Callable[[Mapping[str, Any]], object],
    sqs: Any,
    queue_url: str,
    messages: int,
    timeout_s: float = 90.0,
) -> pd.DataFrame:
    """Announce numbered messages one after the other, the first one twice; note how each arrives.

    A reader waits at the queue all the while (long polling), deletes what it gets, and goes on for
    a second after the last one: for copies.

    Parameters
    ----------
    send : callable
        Announces one message: a mapping with ``number``, which is to reach the queue as JSON.
    sqs : boto3 SQS client
    queue_url : str
        Where the reader waits.
    messages : int
        How many different messages.
    timeout_s : float
        How long to wait at most for all of them, in seconds.

    Returns
    -------
    pandas.DataFrame
        One row per number: ``number`` (from 0, as sent); ``latency_ms``, from the call that
        announced it until the reader held it, by one clock; ``place``, in the order of arrival,
        from 0; ``copies``, how often it came.

    Raises
    ------
    LabkitError
        Not all arrived in time.
    botocore.exceptions.ClientError
        What AWS answered the reader, if it was no message.
    """
    reader = _QueueReader(sqs, queue_url, messages)
    sent: dict[int, float] = {}
    with reader:
        for number in [0, *range(messages)]:
            sent.setdefault(number, time.monotonic())
            send({"number": number})
        if not reader.complete.wait(timeout_s):
            raise LabkitError(
                f"{len(reader.seen)} of {messages} messages arrived within {timeout_s:g} s. A new "
                "queue policy or rule can take a minute to hold on AWS: run the cell again."
            )
    if reader.failed is not None:
        raise reader.failed
    places = {number: place for place, number in enumerate(reader.seen)}
    rows = (
        {
            "number": number,
            "latency_ms": (times[0] - sent[number]) * 1000,
            "place": places[number],
            "copies": len(times),
        }
        for number, times in sorted(reader.seen.items())
    )
    return typed_frame(rows, COLUMNS)


class _QueueReader:
    """Takes messages from a queue in the background; `seen` says when each number came.

    It is `complete` when all came, or when it `failed`.
    """

    def __init__(self, sqs: Any, queue_url: str, expected: int) -> None:
        self._sqs, self._queue_url, self._expected = sqs, queue_url, expected
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._run, name="arrivals", daemon=True)
        self.complete = threading.Event()
        self.seen: dict[int, list[float]] = {}
        self.failed: Exception | None = None

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._leave.set()
        self._thread.join()

    def _run(self) -> None:
        quiet = False
        try:
            while not (quiet and self._leave.is_set()):
                quiet = not self._take()
        except Exception as error:
            self.failed = error
            self.complete.set()

    def _take(self) -> bool:
        """Take what there is; say whether there was anything."""
        answer = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=MOST_PER_CALL,
            WaitTimeSeconds=LONG_POLL_S,
        )
        now = time.monotonic()
        messages = answer.get("Messages", [])
        for message in messages:
            number = json.loads(message["Body"])["number"]
            self.seen.setdefault(number, []).append(now)
        if messages:
            entries = [
                {"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]}
                for n, message in enumerate(messages)
            ]
            self._sqs.delete_message_batch(QueueUrl=self._queue_url, Entries=entries)
        if len(self.seen) == self._expected:
            self.complete.set()
        return bool(messages)
