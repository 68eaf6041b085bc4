"""Smoke runs: every solved lesson from top to bottom, each on a sandbox of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

import psutil
from tqdm import tqdm

from labkit.course.build import Edition
from labkit.course.lesson import Lesson, course_folder, find_lesson, lesson_paths, read_lesson
from labkit.course.progress import Event, read_events
from labkit.course.reports import Report
from labkit.course.validate import SMOKE_PARAMETERS
from labkit.errors import LabkitError
from labkit.polling import NotInTime, wait_until
from labkit.resources.journal import Journal

ENDING_S = 10.0
"""How long a lesson's processes may take to end after its notebook, in seconds."""

LOG = "papermill.log"

_ERROR_LINES = 6  # of an error's text are printed


def smoke(names: Sequence[str] = (), jobs: int = 1) -> list[Report]:
    """Run solved lessons.

    Parameters
    ----------
    names
        Numbers or slugs of lessons; none means all.
    jobs
        How many run at the same time.

    Returns
    -------
    list of Report
        One for each lesson, in the course's order.

    Raises
    ------
    LabkitError
        A lesson is unknown or was not built; nothing was run.
    """
    folder = course_folder()
    paths = sorted({find_lesson(name, folder) for name in names}) or lesson_paths(folder)
    lessons = [read_lesson(path) for path in paths]
    for lesson in lessons:
        if not _solved_notebook(lesson).exists():
            raise LabkitError(f"{_solved_notebook(lesson)} is missing: run labkit build first.")
    with ThreadPoolExecutor(jobs) as pool, _ended_on_interrupt(pool) as started:
        futures = [pool.submit(run_lesson, lesson, started) for lesson in lessons]
        progress = tqdm(as_completed(futures), total=len(futures), unit="lesson", disable=None)
        for _ in progress:
            pass
        return [future.result() for future in futures]


def run_lesson(lesson: Lesson, started: list[subprocess.Popen[bytes]]) -> Report:
    """Run one solved lesson in a process and a folder of its own, and look at what it left.

    Parameters
    ----------
    started
        Gets the process that runs the notebook, for a caller that may have to end it.
    """
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="labkit-smoke-") as name:
        scratch = Path(name).resolve()
        process = _start(lesson, scratch)
        started.append(process)
        process.wait()
        left = [*_processes_left(scratch), *_folders_left(scratch), *_resources_left(scratch)]
        events = read_events(scratch / "results.jsonl")
        error = _error(lesson, scratch / "executed.ipynb") if process.returncode else ""
        if process.returncode and not error:
            error = f"papermill ended with code {process.returncode}: {_last_line(scratch / LOG)}"
    return Report(
        lesson=lesson.name,
        seconds=round(time.monotonic() - begin, 1),
        exercises={name: _last_outcome(name, events) for name in lesson.exercises},
        left=left,
        error=error,
    )


@contextmanager
def _ended_on_interrupt(pool: ThreadPoolExecutor) -> Iterator[list[subprocess.Popen[bytes]]]:
    """End the notebooks' processes when this block is left by an exception such as Ctrl-C."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        yield started
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for process in started:
            process.kill()
        raise


def _solved_notebook(lesson: Lesson) -> Path:
    return lesson.path.parents[1] / Edition.SOLVED.value / f"{lesson.name}.ipynb"


def _start(lesson: Lesson, scratch: Path) -> subprocess.Popen[bytes]:
    """Start papermill; every path it gets for state, results and temporary files is in scratch."""
    (scratch / "tmp").mkdir()
    parameters = [word for item in SMOKE_PARAMETERS.items() for word in ("-p", *map(str, item))]
    environment = {name: value for name, value in os.environ.items() if name != "LABKIT_SANDBOX"}
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "papermill", "--no-progress-bar", "--cwd", str(scratch)),
            *parameters,
            *(str(_solved_notebook(lesson)), str(scratch / "executed.ipynb")),
        ],
        env=environment
        | {
            "LABKIT_COURSE_DIR": str(lesson.path.parents[1]),
            "LABKIT_RESULTS": str(scratch / "results.jsonl"),
            "LABKIT_STATE_DIR": str(scratch / "state"),
            "TQDM_DISABLE": "1",
            "TMPDIR": str(scratch / "tmp"),
        },
        stdin=subprocess.DEVNULL,
        stdout=(scratch / LOG).open("wb"),  # a file: a process left behind would keep a pipe open
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _processes_left(scratch: Path) -> list[str]:
    """Wait for the lesson's processes to end; name and end those that did not.

    Each of them has a path in scratch in its environment, and no other process has.
    """
    try:
        wait_until(lambda: not list(_processes_of(scratch)), ENDING_S)
    except NotInTime:
        left = list(_processes_of(scratch))
        for process in left:
            process.kill()
        return [f"process {process.pid}" for process in left]
    return []


def _processes_of(scratch: Path) -> Iterator[psutil.Process]:
    """Yield the living processes of one lesson's run."""
    for process in psutil.process_iter():
        try:
            mine = any(str(scratch) in value for value in process.environ().values())
        except psutil.Error:
            continue
        if mine and process.pid != os.getpid():
            yield process


def _folders_left(scratch: Path) -> list[str]:
    """Name what the sandbox left in the folder for temporary files."""
    return [f"folder {path.name}" for path in (scratch / "tmp").glob("labkit-*")]


def _resources_left(scratch: Path) -> list[str]:
    """Name the runs that were not torn down, and their resources."""
    left = []
    for path in (scratch / "state" / "runs").glob("*/*.jsonl"):
        journal = Journal(path)
        if not journal.closed:
            left.append(f"run {journal.run.id[:8]}, not torn down")
            left += [f"{item.kind} {item.name or item.id}" for item in journal.open_items()]
    return left


def _last_outcome(exercise: str, events: Sequence[Event]) -> str:
    """Return how the last check of an exercise ended."""
    outcomes = [event.outcome for event in events if event.exercise == exercise and event.outcome]
    return outcomes[-1] if outcomes else "not checked"


def _error(lesson: Lesson, executed: Path) -> str:
    """Describe the error that stopped a notebook, with its cell's number in the solved edition."""
    if not executed.exists():
        return ""
    numbers = {
        cell["id"]: number
        for number, cell in enumerate(
            json.loads(_solved_notebook(lesson).read_text(encoding="utf-8"))["cells"], start=1
        )
    }
    for cell in json.loads(executed.read_text(encoding="utf-8"))["cells"]:
        if cell["metadata"].get("papermill", {}).get("exception"):
            error = next(o for o in cell["outputs"] if o["output_type"] == "error")
            text = f"{error['ename']}: {error['evalue']}".splitlines()[:_ERROR_LINES]
            return "\n  ".join([f"cell {numbers.get(cell['id'], 'of parameters')}", *text])
    return ""


def _last_line(log: Path) -> str:
    """Return the last line that a process printed."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
