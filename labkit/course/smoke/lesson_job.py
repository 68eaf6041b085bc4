"""Runs one job in a process and a scratch folder of its own, and reports how it went."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from labkit.course.build import Edition
from labkit.course.cards import CheckOutcome
from labkit.course.progress import ProgressEvent, read_events
from labkit.course.smoke import notebook, scratch
from labkit.course.smoke.jobs import Job
from labkit.course.smoke.reports import ExerciseReport, LessonReport
from labkit.course.smoke.runner import EXECUTED, JOB, OUTCOME
from labkit.state import state_dir

LOG = "runner.log"
RESULTS = "results.jsonl"

LOOK_S = 0.5
"""How often a run looks whether it should stop, in seconds."""

NOT_CHECKED = "not checked"

Tell = Callable[[str, int, int], None]
"""Is told a lesson, the number of the cell that begins, and how many there are."""


def run_job(
    job: Job, tell: Tell = lambda *_: None, stopped: Callable[[], bool] = lambda: False
) -> LessonReport:
    """Run one lesson and look at what it left.

    Parameters
    ----------
    tell
        Is told of each cell that begins.
    stopped
        Says whether to stop: the kernel is ended then, and what there was is torn down.
    """
    if stopped():
        return LessonReport(job.lesson, edition=job.edition, not_run=True)
    begin = time.monotonic()
    with scratch.scratch_folder() as (folder, lock):
        process = _start(job, folder, lock)
        try:
            _follow(process, job, tell, stopped)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()
        left = [*scratch.processes_left(folder), *scratch.folders_left(folder)]
        return _report(job, folder, process.returncode, left, time.monotonic() - begin)


def _start(job: Job, folder: Path, lock: int) -> subprocess.Popen[bytes]:
    """Start the runner; every path it gets for state, results and temporary files is in folder."""
    (folder / JOB).write_text(job.to_json(), encoding="utf-8")
    hidden = ("LABKIT_SANDBOX", "LABKIT_TARGET")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    with (folder / LOG).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "labkit.course.smoke.runner"],
            cwd=folder,
            env=environment
            | {
                "LABKIT_COURSE_DIR": str(folder),
                "LABKIT_KEEP": str(state_dir()),
                "LABKIT_RESULTS": str(folder / RESULTS),
                "LABKIT_STATE_DIR": str(folder / "state"),
                "TQDM_DISABLE": "1",
                "TMPDIR": str(folder / "tmp"),
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=[lock],
            start_new_session=True,  # Ctrl-C is for the smoke run, which then stops this one
        )


def _follow(
    process: subprocess.Popen[bytes], job: Job, tell: Tell, stopped: Callable[[], bool]
) -> None:
    """Pass on the runner's progress until it ends; tell it to stop when it should."""
    assert process.stdout is not None
    assert process.stdin is not None
    cells = len(notebook.prepared(job)["cells"])
    told_to_stop = False
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not told_to_stop and stopped():
                told_to_stop = True
                _write(process.stdin, b"stop\n")
            if not selector.select(LOOK_S):
                continue
            line = process.stdout.readline()
            if not line:
                return
            tell(job.lesson, int(line), cells)


def _write(stream: IO[bytes], line: bytes) -> None:
    try:
        stream.write(line)
        stream.flush()
    except OSError:
        return  # it has ended by itself


def _report(job: Job, folder: Path, code: int, left: list[str], seconds: float) -> LessonReport:
    outcome = _outcome(folder, code)
    executed = _whole(folder / EXECUTED) or {"cells": []}
    events = read_events(folder / RESULTS)
    raised = notebook.stubs(job, executed)
    return LessonReport(
        lesson=job.lesson,
        edition=job.edition,
        seconds=round(seconds, 1),
        exercises={name: _exercise(job, events, name, raised[name]) for name in job.exercises},
        created=scratch.created(folder),
        usd=scratch.usd(folder),
        left=[*outcome["left"], *left],
        error=outcome["error"],
        interrupted=outcome["interrupted"],
        slowest=notebook.slowest(job, executed),
        executed=_read(folder / EXECUTED) if executed["cells"] else "",
    )


def _outcome(folder: Path, code: int) -> dict[str, Any]:
    """Read what the runner found, or, if it was killed, clean up in its place."""
    if outcome := _whole(folder / OUTCOME):
        return outcome
    lines = _read(folder / LOG).strip().splitlines() or ["it said nothing"]
    error = f"the process that ran the lesson ended with code {code}: {lines[-1]}"
    return {"error": error, "left": scratch.settle(folder), "interrupted": False}


def _whole(path: Path) -> dict[str, Any]:
    """Read a file of JSON; an empty one where it is missing or was not written to its end."""
    try:
        content: dict[str, Any] = json.loads(_read(path))
    except ValueError:
        return {}
    return content


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _exercise(
    job: Job, events: list[ProgressEvent], name: str, raised: list[str]
) -> ExerciseReport:
    """Report how one exercise's checks ended; in a blank lesson, what its stubs raised first."""
    checks = [event for event in events if event.exercise == name and event.event == "check"]
    seconds = round(sum(event.seconds for event in checks), 1)
    outcome = checks[-1].outcome if checks else NOT_CHECKED
    message = checks[-1].message if checks else ""
    if job.edition == Edition.LEARNER.value:
        if not raised or set(raised) != {"NotAttempted"}:
            unexpected = next((one for one in raised if one != "NotAttempted"), "nothing was run")
            return ExerciseReport(NOT_CHECKED, seconds, f"its blank cell: {unexpected}")
        if outcome == CheckOutcome.PASSED:
            return ExerciseReport(CheckOutcome.NOT_ATTEMPTED.value, seconds, message)
    return ExerciseReport(outcome, seconds, message)
