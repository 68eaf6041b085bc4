"""Smoke runs of the sample course, with real kernels: what passes, what fails, what is left."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from course_kernel import KERNEL_SAMPLE
from course_samples import write_course

from labkit.course.build import build
from labkit.course.reports import Report, table
from labkit.course.smoke import smoke
from labkit.errors import LabkitError
from labkit.polling import wait_until


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a course whose kernels find the sample's helpers."""
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setenv("LABKIT_SANDBOX", "not for smoke runs")
    return tmp_path


def add_lesson(course: Path, number: str, before: str, after: str) -> None:
    """Write one more copy of the sample lesson, changed in one place."""
    assert before in KERNEL_SAMPLE
    source = KERNEL_SAMPLE.replace(before, after).replace('"01"', f'"{number}"')
    write_course(course, source, f"{number}-greeting.py")


CHANGES = {
    "01": (
        "import os\n\nstart = 40\n"
        'assert (target, quick, os.environ.get("LABKIT_SANDBOX")) == ("local", True, None)\n'
    ),
    "02": "start = 39\n",
    "03": "start = 1 / 0\n",
    "04": (
        "import subprocess\n\nstart = 40\n"
        'subprocess.Popen(["sleep", "100"], start_new_session=True)\n'
    ),
}


def test_each_lesson_gets_a_report_of_its_own(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labkit.course.smoke.ENDING_S", 1.0)
    for number, change in CHANGES.items():
        add_lesson(course, number, "start = 40\n", change)
    build(course)
    right, wrong, failing, littering = smoke(jobs=2)

    assert right.passed
    assert right.details == []
    assert right.exercises == {"greeting-file": "passed", "number": "passed"}
    assert list(course.glob("**/greeting.py")) == []

    assert wrong.details == ["exercise number: not yet"]

    assert failing.error == "cell 7\n  ZeroDivisionError: division by zero"
    assert failing.exercises == {"greeting-file": "passed", "number": "not checked"}

    (left,) = littering.left
    assert not littering.passed
    assert wait_until(lambda: has_ended(int(left.removeprefix("process "))), seconds=5)


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or only waits for its parent to notice."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_the_table_ends_with_what_went_wrong_and_the_sum() -> None:
    good = Report("01-one", 1.5, {"a": "passed"})
    bad = Report("02-two", 2.0, {"a": "not yet"}, ["queue orders"], "cell 3\n  KeyError: 'x'")
    assert table([good, bad]).splitlines() == [
        "lesson  seconds  exercises  left  outcome",
        "01-one      1.5        1/1     0  passed",
        "02-two      2.0        0/1     1  failed",
        "02-two: cell 3",
        "  KeyError: 'x'",
        "02-two: exercise a: not yet",
        "02-two: left: queue orders",
        "1 passed, 1 failed",
    ]


def test_unknown_and_unbuilt_lessons_are_named_and_nothing_runs(course: Path) -> None:
    write_course(course)
    with pytest.raises(LabkitError, match="no lesson 'greting'"):
        smoke(["greting"])
    with pytest.raises(LabkitError, match="run labkit build first"):
        smoke(["greeting"])
