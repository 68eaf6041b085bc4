"""A smoke run says how far it is, also where its output goes to a file."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from labkit.course.smoke.local import _bars
from labkit.course.smoke.reports import ExerciseReport, LessonReport


def test_redirected_a_line_is_printed_for_each_lesson_as_it_ends(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with _bars(2) as (tell, done):
        tell("08-delivery-order-api", 3, 40)
        ended: Future[LessonReport] = Future()
        solved = {"order-handler": ExerciseReport("passed")}
        ended.set_result(LessonReport("08-delivery-order-api", seconds=31.2, exercises=solved))
        done(ended)
        said = capsys.readouterr()
        assert said.out == ""
        assert "1 of 2: 08-delivery-order-api passed, 31 s, 1 of 1 exercise" in said.err
