"""A process killed with -9, or out of disk, at each line of its journal, for each kind."""

from __future__ import annotations

import json
import multiprocessing
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.resources import runs
from labkit.resources.report import TeardownReport
from tests.faults.ground import EVERYTHING, KINDS_TRIED, Ground
from tests.faults.victim import NO_ROOM, Ending, end_at, live, recover
from tests.sandbox.conftest import wait_for

TRIED = KINDS_TRIED if EVERYTHING else ("SQS queue",)
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.victim"])
KILLED = -signal.SIGKILL

pytestmark = [pytest.mark.timeout(1200), pytest.mark.parametrize("kind", TRIED)]


@pytest.fixture
def end(state: Path, ground: Ground, sandbox_line: str) -> Callable[..., int | None]:
    """Give a function that runs a victim and returns its exit code: minus the signal."""

    def run(ending: Ending, line: int, what: Callable[[str], None], kind: str) -> int | None:
        how = (ending, line, what, kind, str(state), sandbox_line)
        process = FORKS.Process(target=end_at, args=how)
        process.start()
        process.join()
        return process.exitcode

    return run


def a_life(end: Callable[..., int | None], kind: str, state: Path) -> list[str]:
    """Return the events of an undisturbed life's journal, line by line."""
    assert end("before", 0, live, kind) == 0
    latest = max(state.glob("runs/*/*.jsonl"), key=lambda path: path.stat().st_mtime_ns)
    return [json.loads(line)["event"] for line in latest.read_text(encoding="utf-8").splitlines()]


def all_taken_away() -> list[TeardownReport]:
    """Tear down what is left of every run, and see that none says less than that it is clean."""
    reports: list[TeardownReport] = []

    def clean() -> bool:
        latest = runs.teardown_all(progress=False)
        reports.extend(latest)
        return all(report.clean for report in latest)

    wait_for(clean, seconds=60)
    return reports


def test_killed_at_each_line_of_the_journal(
    kind: str, end: Callable[..., int | None], ground: Ground, state: Path
) -> None:
    """After an INTENT nothing was sent; before the next line it was done, and is not on record."""
    ground.rehearse(kind)
    for line, event in enumerate(a_life(end, kind, state)[1:], start=2):
        for ending in ("before", "after") if event == "INTENT" else ("before",):
            if end(ending, line, live, kind) != KILLED:
                continue  # a teardown's lines vary by one or two
            again = line % 3 == 0 and end(ending, 1 + line % 2, recover, kind) == KILLED
            fault = "killed with -9, and again recovering" if again else "killed with -9"
            ground.tried(kind, fault, f"{ending} line {line}, {event}", all_taken_away())


def test_a_full_disk_at_the_lines_of_the_journal(
    kind: str, end: Callable[..., int | None], ground: Ground, state: Path
) -> None:
    ground.rehearse(kind)
    events = a_life(end, kind, state)
    for line in range(2, len(events), 1 + len(events) // 5):
        if end("full disk", line, live, kind) == NO_ROOM:
            ground.tried(kind, "full disk", f"line {line}, {events[line - 1]}", all_taken_away())
