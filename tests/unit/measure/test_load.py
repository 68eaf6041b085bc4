"""The open-loop load generator, against a real HTTP server on this machine."""

from __future__ import annotations

import math
import os
import signal
import threading
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest
import requests

from labkit.measure.load import burst, poisson, punctuality, ramp, run_open_loop, steady, steps
from labkit.measure.load.open_loop import _Run
from tests.support.http_service import http_service

COLUMNS = [
    "n",
    "intended_at",
    "sent_at",
    "done_at",
    "late_ms",
    "service_ms",
    "latency_ms",
    "outcome",
    "status",
    "error",
]


def test_a_steady_load_leaves_at_equal_distances() -> None:
    assert steady(4, 1).tolist() == [0, 0.25, 0.5, 0.75]
    assert len(steady(rate_per_s=12, seconds=24 / 12)) == 24


def test_a_burst_leaves_at_once() -> None:
    assert burst(3, at_s=2).tolist() == [2, 2, 2]


def test_steps_follow_each_other() -> None:
    assert steps([(2, 1), (4, 0.5)]).tolist() == [0, 0.5, 1, 1.25]
    assert steps([]).tolist() == []


def test_a_ramp_has_the_rate_of_each_moment() -> None:
    times = ramp(from_per_s=10, to_per_s=30, seconds=5)
    assert len(times) == 100
    assert times[0] == 0
    for at_s, rate in ((1, 14), (4, 26)):
        around = (times >= at_s - 0.5) & (times < at_s + 0.5)
        assert around.sum() == pytest.approx(rate, abs=1)
    assert ramp(0, 20, 2)[1] == pytest.approx(math.sqrt(2 / 10))
    assert np.diff(ramp(20, 0, 2)).min() == pytest.approx(np.diff(ramp(20, 0, 2))[0])
    assert ramp(8, 8, 3).tolist() == pytest.approx(steady(8, 3).tolist())


def test_poisson_arrivals_repeat_by_seed_and_have_the_gaps_of_their_rate() -> None:
    times = poisson(50, 200, seed=1)
    assert times.tolist() == poisson(50, 200, seed=1).tolist()
    assert times.tolist() != poisson(50, 200, seed=2).tolist()
    gaps = np.diff(times)
    assert (gaps >= 0).all()
    assert gaps.mean() == pytest.approx(1 / 50, rel=0.05)
    assert gaps.std() == pytest.approx(gaps.mean(), rel=0.05)


def post(request: dict[str, Any]) -> dict[str, Any]:
    url, body = request["url"], request["body"]
    return {"status": requests.post(url, json=body, timeout=10).status_code, "who": body["who"]}


def test_every_request_is_a_row_in_order_with_what_send_returned() -> None:
    with http_service() as service:
        bodies = [{"who": n, "answer": 200 + n} for n in range(5)]
        load = [{"url": service.url, "body": body} for body in bodies]
        frame = run_open_loop(post, load, steady(100, 0.05), progress=False)
    assert list(frame) == [*COLUMNS, "who"]
    assert frame["n"].tolist() == frame["who"].tolist() == [0, 1, 2, 3, 4]
    assert frame["status"].tolist() == [200, 201, 202, 203, 204]
    assert frame["outcome"].unique().tolist() == ["answered"]
    for column in ("intended_at", "sent_at", "done_at"):
        assert frame[column].dtype == "datetime64[us, UTC]"
    assert (frame["sent_at"] >= frame["intended_at"]).all()
    since_intended = (frame["done_at"] - frame["intended_at"]) / pd.Timedelta(milliseconds=1)
    assert frame["latency_ms"].tolist() == pytest.approx(since_intended.tolist(), abs=0.01)
    gaps_ms = frame["intended_at"].diff().dropna() / pd.Timedelta(milliseconds=1)
    assert gaps_ms.tolist() == pytest.approx([10] * 4, abs=0.01)


def test_latency_counts_from_when_a_request_should_have_been_sent() -> None:
    """One worker, three requests at once: the second waits for the first, the third for both."""
    turn = threading.Semaphore(0)

    def serve(_: int) -> None:
        threading.Timer(0.05, turn.release).start()
        turn.acquire()

    with ThreadPoolExecutor(1) as alone:
        frame = run_open_loop(serve, [0, 1, 2], burst(3), executor=alone, progress=False)
    assert frame["late_ms"].is_monotonic_increasing
    assert frame.loc[2, "late_ms"] >= frame.loc[[0, 1], "service_ms"].sum()
    assert frame["latency_ms"].tolist() == pytest.approx(
        (frame["late_ms"] + frame["service_ms"]).tolist()
    )
    kept = punctuality(frame)
    assert (kept.planned, kept.dropped, kept.kept) == (3, 0, False)
    assert kept.late >= 2
    assert kept.worst_ms == frame["late_ms"].max()
    assert punctuality(frame, late_after_ms=60_000).kept


def test_a_slow_answer_does_not_hold_back_the_next_request() -> None:
    """A closed loop would never get here: the first request ends only when the last was sent."""
    last_sent = threading.Event()

    def serve(n: int) -> dict[str, bool]:
        if n == 2:
            last_sent.set()
        return {"met": last_sent.wait(10)}

    frame = run_open_loop(serve, [0, 1, 2], steady(50, 0.06), progress=False)
    assert frame["met"].all()


def test_failed_sends_are_rows() -> None:
    def send(n: int) -> dict[str, Any] | None:
        if n == 0:
            raise ConnectionError("nobody there")
        return {"error": "said so"} if n == 1 else None

    frame = run_open_loop(send, [0, 1, 2], burst(3), progress=False)
    assert frame["outcome"].tolist() == ["failed", "failed", "answered"]
    assert frame["error"].tolist()[:2] == ["ConnectionError: nobody there", "said so"]
    assert frame["error"].isna().tolist() == [False, False, True]
    assert frame["done_at"].notna().all()


def test_what_a_request_answers_cannot_overwrite_what_was_measured() -> None:
    frame = run_open_loop(lambda _: {"late_ms": -1.0, "n": 7}, [0], burst(1), progress=False)
    assert frame.loc[0, "n"] == 0
    assert frame.loc[0, "late_ms"] >= 0


def interrupt() -> None:
    """Do what Ctrl-C does: signal the main thread."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def test_a_load_that_is_interrupted_keeps_what_was_measured(
    capsys: pytest.CaptureFixture[str],
) -> None:
    release = threading.Event()

    def serve(n: int) -> None:
        if n == 1:
            interrupt()
            release.wait(10)

    with ThreadPoolExecutor(1) as one_after_the_other:
        frame = run_open_loop(
            serve, [0, 1, 2], [0, 0, 60], executor=one_after_the_other, progress=False
        )
        release.set()
    assert frame["outcome"].tolist() == ["answered", "unanswered", "not sent"]
    assert frame["intended_at"].notna().all()
    assert frame["sent_at"].notna().tolist() == [True, False, False]
    assert punctuality(frame).dropped == 1
    assert "1 of 3 requests" in capsys.readouterr().out


def test_requests_that_no_worker_began_were_not_sent() -> None:
    release = threading.Event()

    def serve(n: int) -> None:
        if n == 0:
            interrupt()
            release.wait(10)

    with ThreadPoolExecutor(1) as alone:
        frame = run_open_loop(serve, [0, 1], [0, 0], executor=alone, progress=False)
        release.set()
    assert frame["outcome"].tolist() == ["unanswered", "not sent"]


def test_a_request_handed_out_during_the_interruption_is_taken_back_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release, stopped = threading.Event(), threading.Event()
    stop = _Run.stop

    def stop_and_say_so(run: _Run) -> None:
        stop(run)
        stopped.set()

    class Interrupted(ThreadPoolExecutor):
        def submit(self, *given: Any) -> Future[Any]:  # type: ignore[override]
            future = super().submit(*given)
            if given[1].n == 1:
                interrupt()
                stopped.wait(10)
            return future

    monkeypatch.setattr(_Run, "stop", stop_and_say_so)
    with Interrupted(1) as alone:
        waits = [10.0, 0.0]
        frame = run_open_loop(release.wait, waits, [0, 0], executor=alone, progress=False)
        release.set()
    assert frame["outcome"].tolist() == ["unanswered", "not sent"]


def square(n: int) -> dict[str, int]:
    return {"square": n * n, "process": os.getpid()}


def test_the_load_runs_in_other_processes_with_no_other_change() -> None:
    with ProcessPoolExecutor(1) as processes:
        frame = run_open_loop(square, [2, 3], burst(2), executor=processes, progress=False)
    assert frame["square"].tolist() == [4, 9]
    assert os.getpid() not in frame["process"].tolist()
    assert frame["latency_ms"].notna().all()


def test_an_executor_that_breaks_gives_rows_too() -> None:
    class Broken(ThreadPoolExecutor):
        def submit(self, *_: object, **__: object) -> Future[Any]:  # type: ignore[override]
            future: Future[Any] = Future()
            future.set_exception(RuntimeError("worker lost"))
            return future

    with Broken(1) as broken:
        frame = run_open_loop(square, [1], burst(1), executor=broken, progress=False)
    assert frame.loc[0, "outcome"] == "failed"
    assert frame.loc[0, "error"] == "RuntimeError: worker lost"


def test_no_requests_give_no_rows() -> None:
    frame = run_open_loop(square, [], [], progress=False)
    assert list(frame) == COLUMNS
    assert frame.empty


@pytest.mark.parametrize("at_s", [[0], [0, 1, 2], [1, 0]])
def test_a_schedule_that_does_not_fit_is_refused(at_s: list[float]) -> None:
    with pytest.raises(ValueError, match=r"times to send them at|must ascend"):
        run_open_loop(square, [1, 2], at_s, progress=False)
