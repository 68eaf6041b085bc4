"""Open-loop load: requests leave on schedule, whether or not earlier ones were answered.

A closed loop slows down with the service it measures, and so hides how long people waited
(coordinated omission). Here latency counts from the moment a request should have been sent, as in
Gil Tene's wrk2.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, TypeVar

import pandas as pd
from tqdm.auto import tqdm

from labkit.measure.frames import COUNT, MILLISECONDS, TEXT, UTC_TIME, typed_frame

Request = TypeVar("Request")

COLUMNS = {
    "n": COUNT,
    "intended_at": UTC_TIME,
    "sent_at": UTC_TIME,
    "done_at": UTC_TIME,
    "late_ms": MILLISECONDS,
    "service_ms": MILLISECONDS,
    "latency_ms": MILLISECONDS,
    "outcome": TEXT,
    "status": COUNT,
    "error": TEXT,
}

MOST_THREADS = 256
"""Threads of the default executor; more requests under way at once leave late, and are seen to."""

LEAD_S = 0.05
"""Time between the call and the first request: an executor's first thread has to start."""


def run_open_loop(
    send: Callable[[Request], Any],
    requests: Sequence[Request],
    at_s: Iterable[float],
    executor: Executor | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Send each request at its time and write down what became of it.

    Interrupt it at any time: no more is sent, and what was measured is returned.

    Parameters
    ----------
    send : callable
        Sends one request. If it returns a mapping, its items become columns: ``status`` (an HTTP
        status) and ``error`` (a text, if it failed) fill the columns below. If it raises, the
        row's outcome is "failed".
    requests : sequence
        What to send, one for each time in `at_s`.
    at_s : iterable of float
        When to send them, in seconds from the start, in ascending order; see `steady`, `burst`,
        `poisson`, `steps`.
    executor : concurrent.futures.Executor, optional
        Runs `send`. By default as many threads as there are requests, at most 256. Anything with
        the same interface will do: a process pool, or a Dask cluster's ``client.get_executor()``
        with as many threads as requests may be under way. `send` and the requests are pickled for
        other processes; on another machine ``late_ms`` holds the difference of the clocks too.
    progress : bool
        Show a progress bar.

    Returns
    -------
    pandas.DataFrame
        One row per request, in the order of `requests`:

        =========== =========================================================================
        n           number of the request, from 0
        intended_at when it should have been sent (UTC)
        sent_at     when it was (UTC)
        done_at     when `send` had returned or raised (UTC)
        late_ms     sent − intended
        service_ms  done − sent
        latency_ms  done − intended: what a person who came on schedule waited
        outcome     "answered", "failed", and after an interruption also "unanswered" (sent, its
                    answer not awaited) and "not sent"
        status      HTTP status, where `send` said one
        error       what went wrong, where something did
        =========== =========================================================================

        and what else `send` returned.

    Raises
    ------
    ValueError
        If there are not as many times as requests, or they do not ascend.
    """
    times = [float(t) for t in at_s]
    if len(times) != len(requests):
        raise ValueError(f"{len(requests)} requests, but {len(times)} times to send them at.")
    if any(later < earlier for earlier, later in pairwise(times)):
        raise ValueError("The times to send at must ascend.")
    with (
        _executor(executor, len(times)) as pool,
        tqdm(total=len(times), disable=not progress, leave=False, unit="request") as bar,
    ):
        run = _Run(start=time.time() + LEAD_S, times=times)
        with ThreadPoolExecutor(1, "dispatcher") as dispatcher:
            try:
                dispatcher.submit(run.dispatch, pool, send, requests, bar).result()
                wait(run.futures)
            except KeyboardInterrupt:
                run.stop()
                print(run.what_was_done())
    return run.frame()


@contextmanager
def _executor(given: Executor | None, size: int) -> Iterator[Executor]:
    if given is not None:
        yield given
        return
    own = ThreadPoolExecutor(max_workers=max(1, min(size, MOST_THREADS)))
    try:
        yield own
    finally:
        own.shutdown(wait=False, cancel_futures=True)


@dataclass(frozen=True)
class _Task:
    """One request of a load.

    No two are alike: an executor may take equal tasks for one and the same, as Dask's does.
    """

    n: int
    intended: float
    send: Callable[[Any], Any]
    request: Any


@dataclass(frozen=True)
class _Timed:
    """What one request took; times in seconds since 1970, on the clock of the one who sent it."""

    sent: float
    service_s: float
    answer: Mapping[str, Any]
    error: str | None


def _timed(task: _Task) -> _Timed:
    """Send one request; runs in the executor, perhaps in another process."""
    sent, began = time.time(), time.perf_counter()
    error = None
    answer: Any = None
    try:
        answer = task.send(task.request)
    except Exception as raised:
        error = f"{type(raised).__name__}: {raised}"
    service_s = time.perf_counter() - began
    fields = dict(answer) if isinstance(answer, Mapping) else {}
    return _Timed(sent, service_s, fields, error or fields.pop("error", None))


@dataclass
class _Run:
    """The state of one load: the schedule, and what was handed out so far."""

    start: float
    times: list[float]
    futures: list[Future[_Timed]] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def dispatch(
        self, pool: Executor, send: Callable[[Any], Any], requests: Sequence[Any], bar: tqdm[Any]
    ) -> None:
        """Hand each request to the executor at its time.

        It runs in a thread of its own: an interruption, which only the main thread sees, never
        falls between handing a request out and writing that down.
        """
        for n, (request, at_s) in enumerate(zip(requests, self.times, strict=True)):
            intended = self.start + at_s
            if self.stopped.wait(max(0.0, intended - time.time())):
                return
            future = pool.submit(_timed, _Task(n, intended, send, request))
            future.add_done_callback(lambda _: bar.update())
            self.futures.append(future)
            if self.stopped.is_set():  # `stop` may have come before it was on the list
                future.cancel()

    def stop(self) -> None:
        """Send no more, and take back what no worker has begun."""
        self.stopped.set()
        for future in self.futures:
            future.cancel()

    def what_was_done(self) -> str:
        """Say how far the load came."""
        done = sum(future.done() and not future.cancelled() for future in self.futures)
        return f"Stopped: {done} of {len(self.times)} requests were done; they are kept."

    def frame(self) -> pd.DataFrame:
        """Return one row per request."""
        rows = [self._row(n) for n in range(len(self.times))]
        extra = {name: None for row in rows for name in row if name not in COLUMNS}
        frame = typed_frame(rows, COLUMNS)
        for name in extra:
            frame[name] = [row.get(name) for row in rows]
        return frame

    def _row(self, n: int) -> dict[str, Any]:
        intended = self.start + self.times[n]
        row: dict[str, Any] = {"n": n, "intended_at": _utc(intended)}
        if n >= len(self.futures) or self.futures[n].cancelled():
            return row | {"outcome": "not sent"}
        if not self.futures[n].done():
            return row | {"outcome": "unanswered"}
        if (broken := self.futures[n].exception()) is not None:
            return row | {"outcome": "failed", "error": f"{type(broken).__name__}: {broken}"}
        timed = self.futures[n].result()
        late_s = timed.sent - intended
        return {
            **timed.answer,
            **row,
            "sent_at": _utc(timed.sent),
            "done_at": _utc(timed.sent + timed.service_s),
            "late_ms": late_s * 1000,
            "service_ms": timed.service_s * 1000,
            "latency_ms": (late_s + timed.service_s) * 1000,
            "outcome": "answered" if timed.error is None else "failed",
            "error": timed.error,
        }


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
