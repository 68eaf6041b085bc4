"""A process killed with -9 before and after each line of its journal, for each kind."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.resources import runs
from tests.faults.results import Result, note
from tests.faults.victim import die_at
from tests.unit.census import census
from tests.unit.samples import SAMPLES

EVERYTHING = os.environ.get("LABKIT_FAULTS") == "all"
KINDS_TRIED = sorted(SAMPLES) if EVERYTHING else ("SQS queue",)
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.faults.victim"])

pytestmark = pytest.mark.timeout(1200)


def live(*how: Any) -> int | None:
    """Run a victim, and return its exit code: minus the signal that ended it."""
    process = FORKS.Process(target=die_at, args=how)
    process.start()
    process.join()
    return process.exitcode


@pytest.mark.usefixtures("sandbox")
@pytest.mark.parametrize("kind", KINDS_TRIED)
def test_killed_at_each_line_of_the_journal(
    kind: str, sandbox_line: str, state: Path, plain: Callable[[str], Any]
) -> None:
    before = census(plain)
    place = (kind, sandbox_line, str(state))
    assert live("before", 0, *place) == 0
    [journal] = state.glob("runs/*/*.jsonl")
    total = len(journal.read_text(encoding="utf-8").splitlines())
    for line in range(2, total + 1):
        for when in ("before", "after"):
            if live(when, line, *place) != -signal.SIGKILL:
                continue  # a teardown's lines vary by one or two
            reports = runs.teardown_all(progress=False)
            falsely = [report for report in reports if not report.clean]
            assert falsely == [], (when, line, falsely)
            note(Result(kind, "killed with -9", f"{when} line {line}"))
    assert census(plain) == before
