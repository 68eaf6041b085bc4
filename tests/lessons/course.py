"""What the tests of lessons share: the lessons, and a smoke run of one."""

from __future__ import annotations

import os

import pytest

from labkit.course.build import Edition
from labkit.course.lesson import Lesson, lesson_paths, read_lesson
from labkit.course.smoke.jobs import Options, plan
from labkit.course.smoke.lesson import run_job
from labkit.course.smoke.reports import Report

LESSONS = [pytest.param(read_lesson(path), id=path.stem) for path in lesson_paths()]

ALWAYS_GATED = {"08", "09", "10"}
GATED = [
    param
    for param in LESSONS
    if os.environ.get("LABKIT_GATES") == "all" or str(param.id)[:2] in ALWAYS_GATED
]
"""The lessons whose blank edition and wrong answers are tried: all of them with `make gates`."""

TIMEOUT = pytest.mark.timeout(600)  # a lesson is run once, or parts of it a few times


def smoked(lesson: Lesson, edition: Edition) -> Report:
    """Run one lesson in one edition."""
    (job,) = plan(Options([lesson.name], edition))
    return run_job(job)
