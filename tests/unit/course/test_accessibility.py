"""The accessibility check itself, and every page that the course makes of its lessons."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from labkit.course.instructor import instructor
from labkit.course.lesson import Lesson
from labkit.course.pages import markdown
from labkit.course.slides import slides
from labkit.course.start_page import start_page
from labkit.course.timetable import as_html, timetable
from labkit.show.panels.page import page
from tests.accessibility import problems
from tests.support.lessons import LESSONS


def found(html: str) -> list[str]:
    return [problem.text for problem in problems(html, whole_page=False)]


@pytest.mark.parametrize(
    ("html", "what"),
    [
        ("<img src='a.png'>", "an image without alt text"),
        ("<img src='a.png' alt='x'>", "an image whose alt text is 'x'"),
        ("<h2>One</h2><h4>Two</h4>", "a heading of level 4 follows one of level 2"),
        ("<h2></h2>", "a heading without words"),
        ("<a href='x'></a>", "a link without words, to x"),
        ("<a href='x'>¶</a>", "a link that says only '¶', to x"),
        ("Read <a href='x'>here</a>.", "a link that says only 'here', to x"),
        ("<table><tr><td>1</td></tr></table>", "a table without header cells (th)"),
        ("<button><img src='' alt=''></button>", "a button without a name"),
        ("<svg><path d=''/></svg>", "a drawing (svg) without a label"),
    ],
)
def test_what_is_wrong_is_found(html: str, what: str) -> None:
    assert found(html) == [what]


@pytest.mark.parametrize(
    "html",
    [
        "<img src='line.png' alt=''>",
        "<h2>One</h2><h3>Two</h3><h2>Three</h2>",
        "<a href='x'>The queue's URL</a>",
        "<a href='x' aria-label='The queue'>¶</a>",
        "<table><tr><th scope='col'>n</th></tr><tr><td>1</td></tr></table>",
        "<svg aria-label='a map'><path d=''/></svg>",
        "<script>'<img>'</script>",
    ],
)
def test_what_is_right_is_left_alone(html: str) -> None:
    assert found(html) == []


def test_a_page_needs_a_language_a_title_and_one_first_heading() -> None:
    assert [problem.text for problem in problems("<html><body><h2>One</h2></body></html>")] == [
        "a page has exactly one heading of level 1",
        "the page does not say its language (<html lang>)",
        "the page has no title",
    ]


def test_a_table_in_a_table_is_looked_at_by_itself() -> None:
    inner = "<table><tr><td>1</td></tr></table>"
    assert len(found(f"<table><tr><th>{inner}</th></tr></table>")) == 1


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_slides_and_the_instructors_edition_have_no_problem(lesson: Lesson) -> None:
    for body in (slides(lesson), instructor(lesson)):
        assert problems(page(lesson.title, body)) == []


def test_start_page_and_timetable_have_no_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LABKIT_STATE_DIR", str(tmp_path))
    start = markdown(start_page(LESSONS))
    assert problems(page("Start", start)) == []
    assert problems(as_html(timetable(LESSONS, time(10, 0)), {})) == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_slides_keep_the_solutions_to_themselves(lesson: Lesson) -> None:
    shown = slides(lesson)
    assert "BEGIN SOLUTION" not in shown
    assert "lab.todo" not in shown


def test_the_instructor_sees_notes_solutions_and_mistakes() -> None:
    (lesson,) = (one for one in LESSONS if one.slug == "delivery-queue")
    shown = instructor(lesson)
    for part in (
        "<h2>Notes</h2>",
        "Exercise: Create the queue",
        "Common mistakes",
        "at least 60 s",
        "How many orders per second can be served?",
    ):
        assert part in shown
