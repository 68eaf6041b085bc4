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
    for cell, event in zip(wrong, try_wrong_answers(lesson, tmp_path), strict=True):
        assert cell.expect is not None
        if event is None:
            unmet.append(f"{lesson.place(cell.line)}: its check recorded nothing")
        elif event.outcome != Outcome.NOT_YET or cell.expect not in event.message:
            unmet.append(f"{lesson.place(cell.line)}: {cell.expect!r} is not in {event.message!r}")
    assert unmet == []
