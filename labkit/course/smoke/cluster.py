"""Spreads jobs over a Dask cluster; its workers need labkit, and nothing else of this machine."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from labkit.course.smoke.jobs import Job, longest_first
from labkit.course.smoke.lesson_job import run_job
from labkit.course.smoke.reports import LessonReport
from labkit.errors import LabkitError

CONNECT_S = 10
"""Seconds in which the scheduler has to answer."""

EXECUTING = "executing"
"""A worker's word for a task that runs and is still wanted (distributed.worker_state_machine)."""


def run_on_cluster(jobs: Sequence[Job], address: str) -> list[LessonReport]:
    """Run jobs on the workers of a cluster, and return a report for each, in their order.

    Each worker thread runs a lesson at a time. Ctrl-C stops those that run, and so does the death
    of this process: its tasks are released, and each tears down what it made.

    Parameters
    ----------
    address
        The scheduler's, such as ``tcp://10.0.0.5:8786``.

    Raises
    ------
    LabkitError
        distributed is not installed, or nothing answers at the address; nothing was run.
    """
    with _client(address) as client:
        from distributed import Event

        stop = f"labkit-smoke-{secrets.token_hex(8)}"
        ordered = longest_first(jobs)
        futures = client.map(_run_on_worker, ordered, stop=stop, pure=False)
        try:
            reports = client.gather(futures)
        except KeyboardInterrupt:
            Event(stop, client=client).set()
            reports = client.gather(futures)
        return [reports[ordered.index(job)] for job in jobs]


def _client(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError:
        raise LabkitError(
            "--dask needs the package distributed: pip install distributed. Nothing was run."
        ) from None
    try:
        return Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise LabkitError(
            f"No Dask scheduler answers at {address} ({error}). `dask scheduler` starts one and "
            "prints its address; `dask worker ADDRESS` gives it workers. Nothing was run."
        ) from None


def _run_on_worker(job: Job, stop: str) -> LessonReport:
    return run_job(job, stopped=_stopped(stop))


def _stopped(stop: str) -> Callable[[], bool]:
    """Return a function that tells whether the run was stopped, or its client is gone."""
    from distributed import Event, get_client, get_worker

    worker = get_worker()
    key = worker.get_current_task()
    event = Event(stop, client=get_client())

    def stopped() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state != EXECUTING or bool(event.is_set())

    return stopped
