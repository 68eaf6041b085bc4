"""Honest minutes: what a lesson's core adds up to, what is extra, and what the heads say."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from labkit.course.build import Edition, build, render
from labkit.course.cells import Cell, LessonError, check_headings, with_extra
from labkit.course.instructor import instructor
from labkit.course.lesson import Lesson, read_lesson
from labkit.course.minutes import Estimate, estimate, exercise_minutes, rounded
from labkit.course.sections import sections, shown_source
from labkit.course.server.description import describe
from labkit.course.slides import slides
from labkit.course.smoke.jobs import SmokeOptions, plan
from labkit.course.status import standings
from labkit.course.timetable import sums, timetable
from labkit.course.to_come import with_to_come
from labkit.course.validate import problems
from labkit.show.words import count
from tests.support.course_samples import SAMPLE, write_course
from tests.support.lessons import LESSONS

REWORKED = [lesson for lesson in LESSONS if lesson.question]
"""Lessons in the course's new shape. Those that ask no question yet are being brought into it."""

EXTRA_SAMPLE = SAMPLE.replace(
    '# %% exercise="number"',
    '# %% [markdown] tags=["extra"]\n# ## A number\n#\n# For the quick.\n\n# %% exercise="number"',
)
RECAP = "\n\n# %% [markdown]\n# ## Recap\n#\n# - **The answer.** 42.\n"


def prose(text: str, *tags: str) -> Cell:
    return Cell("markdown", text, 1, tags)


def code(text: str, **more: str) -> Cell:
    return Cell("code", text, 1, **more)


@pytest.mark.parametrize("lesson", REWORKED, ids=lambda lesson: lesson.name)
def test_a_head_states_what_the_core_adds_up_to(lesson: Lesson) -> None:
    assert lesson.core.total == pytest.approx(lesson.minutes, rel=0.1), sums([lesson])


def test_both_days_fit_their_frames() -> None:
    days = timetable(with_to_come(LESSONS), time(10, 0))
    for slots in days.values():
        lunch = next(slot for slot in slots if slot.text == "Lunch")
        assert lunch.time == "11:50–13:30"
        assert slots[-1].time.endswith("17:00")


def test_reading_code_exercises_predictions_and_waits_are_added_up() -> None:
    cells = [
        prose("word " * 150 + "\n\n> **Predict.** What?"),
        code("x = 1\n\n" * 15, wait="30"),
        code("y = 1\n" * 60, exercise="one"),
        code("z = 1\n" * 60, exercise="one"),
        Cell("markdown", "for the instructor " * 150, 1, ("instructor-notes",)),
    ]
    found = estimate(cells, {"one": 7})
    assert found == Estimate(prose=152 / 150, code=1, exercises=7, predictions=1, waits=0.5)
    assert found.total == pytest.approx(10.5 + 2 / 150)


def test_code_in_prose_is_code() -> None:
    assert estimate([prose("```text\na\nb\nc\n```")], {}) == Estimate(code=5 / 15)


def test_an_exercise_says_its_minutes_or_takes_five() -> None:
    cell = Cell(
        "code",
        'class A:\n    id = "a"\n    minutes = 7\n\n\nclass B:\n    id = "b"\n',
        1,
        ("exercise-definition",),
    )
    assert exercise_minutes([cell]) == {"a": 7, "b": 5}


def test_minutes_are_said_in_fives() -> None:
    assert [rounded(minutes) for minutes in (0.2, 2.4, 7.6, 12.4)] == [5, 5, 10, 10]


def test_a_section_is_extra_up_to_the_next_heading_of_its_level() -> None:
    cells = [
        prose("## One"),
        prose("### Aside", "extra"),
        code("1"),
        prose("#### Deeper"),
        prose("### Back"),
        code("2"),
        prose("## Two", "extra"),
        prose("### Within"),
        prose("## Three"),
    ]
    marked = with_extra("x.py", cells)
    assert [cell.extra for cell in marked] == [
        *(False, True, True, True, False, False),
        *(True, True, False),
    ]


def test_extra_without_a_heading_is_refused() -> None:
    with pytest.raises(LessonError, match="begins with its heading"):
        with_extra("x.py", [prose("no heading", "extra")])


@pytest.mark.parametrize("text", ["text\n\n## B", "### A\n\ntext\n\n### B"])
def test_a_heading_in_the_middle_of_a_cell_is_refused(text: str) -> None:
    with pytest.raises(LessonError, match=r"'##.* B' stands in the middle of this cell"):
        check_headings("x.py", [prose(text)])


def test_a_comment_in_a_block_of_code_is_no_heading() -> None:
    check_headings("x.py", [prose("## A\n\n```text\n## B\n```")])


def test_every_page_says_what_is_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_STATE_DIR", str(tmp_path / "state"))
    lesson = read_lesson(write_course(tmp_path, EXTRA_SAMPLE))
    said = "*Extra, about 5 minutes: the lesson goes on without it.*"
    assert "5 minutes, and 5 more marked *extra*" in lesson.title_cell.source
    assert said in render(lesson, Edition.LEARNER)
    assert said.strip("*") in slides(lesson)
    assert "A number (5 min, extra)" in instructor(lesson)
    assert [(one.title, one.extra) for one in sections(lesson)][-1] == ("A number", True)
    (standing,) = standings([lesson])
    assert (standing.exercises, standing.time) == (1, "5 min, extra 5 min")
    assert build(tmp_path)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_a_page_says_of_an_extra_section_the_minutes_that_the_list_says(lesson: Lesson) -> None:
    listed = {one["title"]: one["minutes"] for one in describe(lesson)["sections"] if one["extra"]}
    heads = [section.cells[0] for section in sections(lesson) if section.title in listed]
    for cell, minutes in zip(heads, listed.values(), strict=True):
        assert f"*Extra, about {count(minutes, 'minute')}:" in shown_source(lesson, cell)


def test_core_must_stand_without_extra_sections(tmp_path: Path) -> None:
    lesson = read_lesson(
        write_course(tmp_path, EXTRA_SAMPLE + RECAP + "\n\n# %%\nprint(start + json.x)\n")
    )
    (problem,) = problems(lesson)
    assert "core code uses 'start', which only an extra section gives a value" in problem


def test_a_smoke_run_of_the_core_leaves_extra_sections_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    write_course(tmp_path, EXTRA_SAMPLE)
    build(tmp_path)
    (whole,), (core,) = (plan(SmokeOptions(core=core)) for core in (False, True))
    assert (whole.exercises, core.exercises) == (("greeting-file", "number"), ("greeting-file",))
    assert "For the quick" in whole.notebook
    assert "For the quick" not in core.notebook
    assert "greeting-file" in core.notebook


def test_an_exercise_of_nine_minutes_is_two(tmp_path: Path) -> None:
    long = SAMPLE.replace('title = "A number"', 'title = "A number"\n    minutes = 9')
    (problem,) = problems(read_lesson(write_course(tmp_path, long)))
    assert "takes 9 min; 4 to 7 is right" in problem


def test_the_recap_answers_the_question(tmp_path: Path) -> None:
    asks = SAMPLE.replace("#   minutes: 5\n", '#   minutes: 5\n#   question: "Why?"\n')
    lesson = read_lesson(write_course(tmp_path, asks + RECAP))
    assert problems(lesson) == []
    assert "**The question.** Why?" in lesson.title_cell.source
    (problem,) = problems(read_lesson(write_course(tmp_path, asks)))
    assert "does not answer the question" in problem
