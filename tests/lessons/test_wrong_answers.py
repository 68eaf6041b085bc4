"""The fourth gate: each wrong answer that a lesson lists gets the message meant for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.course.cards import Outcome
from labkit.course.lesson import Lesson
from tests.lessons.course import GATED, TIMEOUT
from tests.lessons.wrong_answers import try_wrong_answers, wrong_cells

pytestmark = TIMEOUT


@pytest.mark.parametrize("lesson", GATED)
def test_every_wrong_answer_fails_with_the_message_meant_for_it(
    lesson: Lesson, tmp_path: Path
) -> None:
    wrong = wrong_cells(lesson)
    assert {cell.wrong for cell in wrong} == set(lesson.exercises)
    unmet = []
    for cell, tried in zip(wrong, try_wrong_answers(lesson, tmp_path), strict=True):
        assert cell.expect is not None
        message = tried.event.message if tried.event else "nothing"
        met = tried.event is not None and tried.event.outcome == Outcome.NOT_YET
        if not met or cell.expect not in message:
            raised = f" (its cell raised {tried.raised})" if tried.raised else ""
            unmet.append(
                f"{lesson.place(cell.line)}: {cell.expect!r} is not in {message!r}{raised}"
            )
    assert unmet == []
