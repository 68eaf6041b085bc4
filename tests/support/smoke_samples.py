"""A course for the tests of smoke runs: copies of the sample lesson, each changed in one place."""

from __future__ import annotations

from pathlib import Path

import psutil

from labkit.course.smoke.scratch import PREFIX
from tests.support.course_kernel import KERNEL_SAMPLE
from tests.support.course_samples import write_course


def add_lesson(course: Path, number: str, before: str, after: str) -> None:
    """Write one more copy of the sample lesson, changed in one place."""
    assert before in KERNEL_SAMPLE
    source = KERNEL_SAMPLE.replace(before, after).replace('"01"', f'"{number}"')
    write_course(course, source, f"{number}-greeting.py")


def scratch_folders(course: Path) -> list[Path]:
    """Return the folders of lessons under way, or left."""
    return list(course.glob(f"{PREFIX}*"))


def processes(course: Path) -> list[psutil.Process]:
    """Return the processes that have a path of a scratch folder in their environment."""
    return [process for process in psutil.process_iter() if _is_of(process, course)]


def _is_of(process: psutil.Process, course: Path) -> bool:
    try:
        return any(str(course / PREFIX) in value for value in process.environ().values())
    except psutil.Error:
        return False
