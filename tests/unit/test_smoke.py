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


def add_lesson(course: Path, number: str, before: str = "", after: str = "") -> None:
    """Write one more copy of the sample lesson, changed in one place."""
    assert before in KERNEL_SAMPLE
    source = KERNEL_SAMPLE.replace(before, after) if before else KERNEL_SAMPLE
    source = source.replace('"01"', f'"{number}"')
    write_course(course, source, f"{number}-greeting.py")


def run_one(course: Path, before: str = "", after: str = "") -> Report:
    """Smoke the sample lesson, changed in one place."""
    add_lesson(course, "01", before, after)
    build(course)
    return smoke()[0]


def test_a_solved_lesson_passes_with_a_folder_and_parameters_of_its_own(course: Path) -> None:
    report = run_one(
        course,
        "start = 40\n",
        "import os\n\nstart = 40\n"
        'assert (target, quick, os.environ.get("LABKIT_SANDBOX")) == ("local", True, None)\n',
    )
    assert report.details == []
    assert report.passed
    assert report.exercises == {"greeting-file": "passed", "number": "passed"}
    assert list(course.glob("**/greeting.py")) == []


def test_an_exercise_that_does_not_pass_fails_its_lesson_but_not_the_others(course: Path) -> None:
    add_lesson(course, "01", "number = start + 2", "number = start + 1")
    add_lesson(course, "02")
    build(course)
    reports = smoke(jobs=2)
    assert [report.passed for report in reports] == [False, True]
    assert reports[0].details == ["exercise number: not yet"]
    assert table(reports).splitlines()[-2:] == [
        "01-greeting: exercise number: not yet",
        "1 passed, 1 failed",
    ]


def test_a_failing_cell_is_named_by_its_number_in_the_solved_edition(course: Path) -> None:
    report = run_one(course, "start = 40\n", "start = 1 / 0\n")
    assert report.error == "cell 7\n  ZeroDivisionError: division by zero"
    assert report.exercises == {"greeting-file": "passed", "number": "not checked"}


def test_a_process_left_behind_is_named_and_ended(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labkit.course.smoke.ENDING_S", 1.0)
    report = run_one(
        course,
        "start = 40\n",
        "import subprocess\n\nstart = 40\n"
        'subprocess.Popen(["sleep", "100"], start_new_session=True)\n',
    )
    assert not report.passed
    (left,) = report.left
    assert wait_until(lambda: has_ended(int(left.removeprefix("process "))), seconds=5)


def has_ended(pid: int) -> bool:
    """Whether a process is gone, or only waits for its parent to notice."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_unknown_and_unbuilt_lessons_are_named_and_nothing_runs(course: Path) -> None:
    add_lesson(course, "01")
    with pytest.raises(LabkitError, match="no lesson 'greting'"):
        smoke(["greting"])
    with pytest.raises(LabkitError, match="run labkit build first"):
        smoke(["greeting"])
