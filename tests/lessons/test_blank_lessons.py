"""The third gate: a blank lesson stops at each exercise, and nowhere else."""

from __future__ import annotations

import pytest

from labkit.course.build import Edition
from labkit.course.cards import Outcome
from labkit.course.lesson import Lesson
from tests.lessons.course import GATED, TIMEOUT, smoked

pytestmark = TIMEOUT


@pytest.mark.parametrize("lesson", GATED)
def test_the_blank_lesson_stops_not_attempted_at_each_exercise_and_nowhere_else(
    lesson: Lesson,
) -> None:
    report = smoked(lesson, Edition.LEARNER)
    assert report.details == []
    assert {e.outcome for e in report.exercises.values()} == {Outcome.NOT_ATTEMPTED}
