"""How many messages wait in a queue and how many invocations work on them, over time."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Self

import pandas as pd

from labkit.measure.frames import COUNT, SECONDS, TEXT, UTC_TIME, typed_frame

DEPTH_COLUMNS = {
    "at": UTC_TIME,
    "elapsed_s": SECONDS,
    "queue": TEXT,
    "visible": COUNT,
    "in_flight": COUNT,
    "delayed": COUNT,
}
CONCURRENCY_COLUMNS = {"at": UTC_TIME, "running": COUNT}

_ATTRIBUTES = {
    "visible": "ApproximateNumberOfMessages",
    "in_flight": "ApproximateNumberOfMessagesNotVisible",
    "delayed": "ApproximateNumberOfMessagesDelayed",
}


class QueueSampler:
    """Sample the depth of queues in the background for the length of a ``with`` block.

    Parameters
    ----------
    sqs : boto3 SQS client
    queues : mapping of str to str
        Name to show → queue URL.
    every_s : float
        Time between two samples, in seconds.

    Attributes
    ----------
    errors : list of str
        Samples that could not be taken, and why; sampling goes on.

    Examples
    --------
    >>> with QueueSampler(sqs, {"orders": url}) as sampler:  # doctest: +SKIP
    ...     placed = place(...)
    ...     sampler.wait_until_empty("orders")
    >>> sampler.frame  # doctest: +SKIP
    """

    def __init__(self, sqs: Any, queues: Mapping[str, str], every_s: float = 0.2) -> None:
        self._sqs = sqs
        self._queues = dict(queues)
        self._every_s = every_s
        self._rows: list[dict[str, Any]] = []
        self._empty_rounds = dict.fromkeys(self._queues, 0)
        self._sampled = threading.Condition()
        self._leave = threading.Event()
        self._thread = threading.Thread(target=self._run, name="queue-sampler", daemon=True)
        self.errors: list[str] = []

    def __enter__(self) -> Self:
        self._start = time.time()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._leave.set()
        self._thread.join()
        self._sample()

    @property
    def frame(self) -> pd.DataFrame:
        """The samples so far.

        Returns
        -------
        pandas.DataFrame
            One row per sample and queue: ``at`` (UTC), ``elapsed_s`` (since sampling began),
            ``queue`` (name), ``visible``, ``in_flight`` and ``delayed`` (messages).
        """
        with self._sampled:
            return typed_frame(self._rows, DEPTH_COLUMNS)

    def wait_until_empty(self, *names: str, timeout_s: float = 60.0, rounds: int = 3) -> bool:
        """Wait until these queues hold no message in several samples on end.

        Parameters
        ----------
        *names : str
            Queues to wait for; all of them if none is named.
        timeout_s : float
            How long to wait at most, in seconds.
        rounds : int
            How many samples must agree: SQS's counts are approximate.

        Returns
        -------
        bool
            Whether they are empty.
        """
        watched = names or tuple(self._queues)
        with self._sampled:
            self._empty_rounds = dict.fromkeys(self._queues, 0)
            return self._sampled.wait_for(
                lambda: all(self._empty_rounds[name] >= rounds for name in watched), timeout_s
            )

    def _run(self) -> None:
        while not self._leave.is_set():
            self._sample()
            self._leave.wait(self._every_s)

    def _sample(self) -> None:
        for name, url in self._queues.items():
            try:
                answer = self._sqs.get_queue_attributes(
                    QueueUrl=url, AttributeNames=list(_ATTRIBUTES.values())
                )
            except Exception as error:
                self.errors.append(f"{name}: {type(error).__name__}: {error}")
                continue
            self._keep(name, answer["Attributes"])

    def _keep(self, name: str, attributes: Mapping[str, str]) -> None:
        now = time.time()
        depth = {column: int(attributes[source]) for column, source in _ATTRIBUTES.items()}
        row = {
            "at": datetime.fromtimestamp(now, UTC),
            "elapsed_s": now - self._start,
            "queue": name,
            **depth,
        }
        with self._sampled:
            self._rows.append(row)
            self._empty_rounds[name] = 0 if any(depth.values()) else self._empty_rounds[name] + 1
            self._sampled.notify_all()


def concurrency(invocations: pd.DataFrame) -> pd.DataFrame:
    """Turn invocations into the step function of how many ran at once.

    Parameters
    ----------
    invocations : pandas.DataFrame
        With ``started_at`` and ``ended_at`` (UTC), as `platform_logs.invocations` returns it. Rows
        that lack either are left out.

    Returns
    -------
    pandas.DataFrame
        ``at`` (UTC) and ``running``: from this moment until the next row's, so many ran. The last
        row is 0. One that ends in the very moment in which another starts does not overlap it.
    """
    whole = invocations.dropna(subset=["started_at", "ended_at"])
    changes = pd.concat(
        [pd.Series(1, index=whole["started_at"]), pd.Series(-1, index=whole["ended_at"])]
    )
    running = changes.groupby(level=0).sum().sort_index().cumsum()
    rows = [{"at": at, "running": n} for at, n in running.items()]
    return typed_frame(rows, CONCURRENCY_COLUMNS)


def seconds_until_depth(frame: pd.DataFrame, queue: str, messages: int) -> float:
    """Find when a queue was first seen to hold so many visible messages.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `QueueSampler.frame`.
    queue : str
        The queue's name there.
    messages : int
        How many visible messages to look for.

    Returns
    -------
    float
        Seconds since sampling began; NaN if it never held so many.
    """
    reached = frame[(frame["queue"] == queue) & (frame["visible"] >= messages)]
    return float(reached["elapsed_s"].min())
