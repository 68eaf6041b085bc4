"""The four gates: a walk through each lesson asks three at once, the fourth compares editions."""

from __future__ import annotations

import pytest

from labkit.course.build import differences
from labkit.course.instructor import instructor
from labkit.course.lesson import Lesson, course_folder, lesson_paths, read_lesson
from labkit.course.smoke.executed_pages import as_page
from tests.accessibility import problems
from tests.lessons import recorded_calls
from tests.lessons.walk import walk

LESSONS = [pytest.param(read_lesson(path), id=path.stem) for path in lesson_paths()]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("lesson", LESSONS)
def test_blank_cells_stop_wrong_answers_are_told_so_and_the_solved_lesson_passes(
    lesson: Lesson,
) -> None:
    walked = walk(lesson)
    assert walked.unmet == []
    assert walked.left == []
    assert len(walked.calls) > 10
    assert recorded_calls.problems(walked.calls) == []
    assert problems(as_page(walked.notebook, lesson.name)) == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_wrong_answers_for_each_exercise(lesson: Lesson) -> None:
    assert {cell.wrong for cell in lesson.cells if cell.wrong} == set(lesson.exercises)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_notes_for_its_instructor(lesson: Lesson) -> None:
    assert "<h2>Notes</h2>" in instructor(lesson)


def test_the_editions_are_built_from_their_lessons() -> None:
    assert differences(course_folder()) == []
