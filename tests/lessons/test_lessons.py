"""The course itself: four gates that every lesson has to pass."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter

from labkit.course.accessibility import problems
from labkit.course.build import Edition, differences
from labkit.course.cards import Outcome
from labkit.course.lesson import Lesson, course_folder, lesson_paths, read_lesson
from labkit.course.smoke.jobs import Options, plan
from labkit.course.smoke.lesson import run_job
from labkit.course.smoke.reports import Report
from tests.lessons.wrong_answers import try_wrong_answers, wrong_cells

LESSONS = [pytest.param(read_lesson(path), id=path.stem) for path in lesson_paths()]

pytestmark = pytest.mark.timeout(600)  # a lesson is run once, or parts of it a few times


def test_the_editions_are_built_from_their_lessons() -> None:
    assert differences(course_folder()) == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_solved_lesson_passes_and_leaves_nothing(lesson: Lesson) -> None:
    report = smoked(lesson, Edition.SOLVED)
    assert report.details == []
    assert report.passed
    assert problems(exported(report)) == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_blank_lesson_stops_not_attempted_at_each_exercise_and_nowhere_else(
    lesson: Lesson,
) -> None:
    report = smoked(lesson, Edition.LEARNER)
    assert report.details == []
    assert {e.outcome for e in report.exercises.values()} == {Outcome.NOT_ATTEMPTED}


def exported(report: Report) -> str:
    """Return the executed notebook as nbconvert's page, as `labkit lab` sets it up."""
    notebook = nbformat.reads(report.executed, as_version=4)
    exporter = HTMLExporter(exclude_anchor_links=True)
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": report.lesson}})
    return str(page)


def smoked(lesson: Lesson, edition: Edition) -> Report:
    (job,) = plan(Options([lesson.name], edition))
    return run_job(job)


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_wrong_answer_fails_with_the_message_meant_for_it(
    lesson: Lesson, tmp_path: Path
) -> None:
    wrong = wrong_cells(lesson)
    assert {cell.wrong for cell in wrong} == set(lesson.exercises)
    unmet = []
    for cell, event in zip(wrong, try_wrong_answers(lesson, tmp_path), strict=True):
        assert cell.expect is not None
        if event is None:
            unmet.append(f"{lesson.place(cell.line)}: its check recorded nothing")
        elif event.outcome != Outcome.NOT_YET or cell.expect not in event.message:
            unmet.append(f"{lesson.place(cell.line)}: {cell.expect!r} is not in {event.message!r}")
    assert unmet == []
