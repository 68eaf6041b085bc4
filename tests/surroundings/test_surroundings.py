"""Every lesson once under each condition: where one stops, the doctor has to name a problem.

Some 200 smoke runs take hours, so they run only when asked for: `make test-surroundings`;
``ARGS="-k 'proxy and 09'"`` takes some, and ``ARGS="-k all-harmless"`` every lesson on a computer
that has all that no lesson may mind. Where the doctor names a problem of a harmful condition, no
lesson is run.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.course.lesson import lesson_paths
from tests.surroundings.conditions import CONDITIONS, HARMFUL, Condition

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        "LABKIT_TEST_SURROUNDINGS" not in os.environ, reason="runs with make test-surroundings"
    ),
]

LABKIT = str(Path(sys.executable).with_name("labkit"))

LESSONS = [path.stem for path in lesson_paths()]


def labkit(condition: Condition, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run labkit as on the computer that has the condition."""
    folder.mkdir()
    environment = {**condition.environment(folder), "LABKIT_STATE_DIR": str(folder / "state")}
    return subprocess.run(
        condition.command(folder, [LABKIT, *words]),
        env=environment,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=600,
        check=False,
    )


@functools.cache
def said_by_doctor(condition: Condition, folder: Path) -> list[dict[str, Any]]:
    """Return what the doctor has to say about such a computer, but for what is fine."""
    done = labkit(condition, folder / "doctor", "doctor", "--json")
    assert done.stdout.strip(), done.stderr
    findings: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return [finding for finding in findings if finding["verdict"] != "fine"]


@pytest.fixture(scope="session")
def base() -> Iterator[Path]:
    """Give a folder for all computers, which other users may look into."""
    with tempfile.TemporaryDirectory(prefix="labkit-surroundings-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize("lesson", LESSONS)
@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda condition: condition.name)
def test_a_lesson_runs_or_the_doctor_says_why_not(
    condition: Condition, lesson: str, base: Path
) -> None:
    if condition.missing:
        pytest.skip(condition.missing)
    place = base / condition.name
    place.mkdir(exist_ok=True)
    problems = [one for one in said_by_doctor(condition, place) if one["verdict"] == "problem"]
    if condition in HARMFUL and problems:
        return  # the learner knows before the lesson, which may stop
    done = labkit(condition, place / lesson, "smoke", lesson, "--json", "-j", "1")
    if done.returncode:
        assert condition in HARMFUL, done.stdout + done.stderr
        assert problems, f"the doctor finds no problem, and {done.stdout}{done.stderr}"
