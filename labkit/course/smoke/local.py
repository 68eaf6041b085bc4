"""Runs jobs on this machine, several at a time, with a progress bar for each."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from labkit.course.smoke.jobs import Job, longest_first
from labkit.course.smoke.lesson_job import Tell, run_job
from labkit.course.smoke.reports import LessonReport, in_one_line
from labkit.course.smoke.scratch import clean_abandoned
from labkit.errors import LabkitError


def run_here(jobs: Sequence[Job], at_a_time: int) -> list[LessonReport]:
    """Run jobs, the longest first, and return a report for each, in their own order.

    Ctrl-C stops those that run, tears down what they made, and reports what there was; the rest is
    reported as not run.

    Raises
    ------
    LabkitError
        What a killed smoke run left could not be removed; nothing was run.
    """
    if left := clean_abandoned():
        raise LabkitError(
            "An earlier smoke run was killed, and not all that it made could be removed: "
            f"{'; '.join(left)}. `labkit teardown` tries again. Nothing was run."
        )
    stop = threading.Event()
    with _bars(len(jobs)) as (tell, done), ThreadPoolExecutor(at_a_time) as pool:
        futures = {
            job.lesson: pool.submit(run_job, job, tell, stop.is_set) for job in longest_first(jobs)
        }
        for future in futures.values():
            future.add_done_callback(done)
        try:
            wait(futures.values())
        except KeyboardInterrupt:
            stop.set()
            wait(futures.values())
        return [futures[job.lesson].result() for job in jobs]


@contextmanager
def _bars(total: int) -> Iterator[tuple[Tell, Any]]:
    """Show a bar for all lessons and one for each that runs; redirected, a line for each."""
    lock = threading.Lock()
    running: dict[str, tqdm[Any]] = {}
    ended = 0
    with tqdm(total=total, desc="smoke", unit="lesson", disable=None) as overall:

        def tell(lesson: str, cell: int, cells: int) -> None:
            with lock:
                if lesson not in running:
                    running[lesson] = tqdm(
                        total=cells, desc=lesson, unit="cell", leave=False, disable=None
                    )
                running[lesson].update(cell - running[lesson].n)
                if cell == cells:
                    running.pop(lesson).close()

        def done(future: Future[LessonReport]) -> None:
            nonlocal ended
            with lock:
                ended += 1
                overall.update()
                if overall.disable:  # redirected: a line for each lesson as it ends
                    said = f"{ended} of {total}: {in_one_line(future.result())}"
                    print(said, file=sys.stderr, flush=True)

        yield tell, done
        for bar in running.values():
            bar.close()
