"""The course itself: solved lessons pass, blank ones stop where they should, wrong answers fail."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from wrong_answers import try_wrong_answers, wrong_cells

from labkit.course.build import Edition, differences
from labkit.course.cards import Outcome
from labkit.course.lesson import Lesson, course_folder, lesson_paths, read_lesson
from labkit.course.progress import read_events
from labkit.course.reports import Report
from labkit.course.smoke import smoke

LESSONS = [pytest.param(read_lesson(path), id=path.stem) for path in lesson_paths()]


def test_the_editions_are_built_from_their_lessons() -> None:
    assert differences(course_folder()) == []


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    """The reports of one smoke run over all lessons."""
    return {report.lesson: report for report in smoke(jobs=2)}


@pytest.mark.timeout(600)  # the first one waits for the whole run
@pytest.mark.parametrize("lesson", LESSONS)
def test_the_solved_lesson_passes_and_leaves_nothing(
    lesson: Lesson, reports: dict[str, Report]
) -> None:
    assert reports[lesson.name].details == []
    assert reports[lesson.name].passed


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_blank_lesson_stops_not_attempted_at_its_first_exercise(
    lesson: Lesson, tmp_path: Path
) -> None:
    blank = course_folder() / Edition.LEARNER.value / f"{lesson.name}.ipynb"
    executed = tmp_path / "executed.ipynb"
    environment = {name: value for name, value in os.environ.items() if name != "LABKIT_SANDBOX"}
    subprocess.run(
        [
            *(sys.executable, "-m", "papermill", "--no-progress-bar"),
            *("-p", "quick", "True", str(blank), str(executed)),
        ],
        cwd=tmp_path,
        env=environment
        | {
            "LABKIT_STATE_DIR": str(tmp_path / "state"),
            "LABKIT_RESULTS": str(tmp_path / "results.jsonl"),
        },
        capture_output=True,
        check=False,
    )
    stopped = [
        (cell["metadata"]["labkit"]["exercise"], output["ename"])
        for cell in json.loads(executed.read_text(encoding="utf-8"))["cells"]
        for output in cell.get("outputs", [])
        if output["output_type"] == "error"
    ]
    assert stopped == [(lesson.exercises[0], "NotAttempted")]
    (event,) = read_events(tmp_path / "results.jsonl")
    assert (event.exercise, event.outcome) == (lesson.exercises[0], Outcome.NOT_ATTEMPTED)


@pytest.mark.timeout(600)  # a lesson is run once for each of its wrong answers
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
