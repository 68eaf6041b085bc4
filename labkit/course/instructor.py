"""The instructor's edition: notes, solutions, and the mistakes that learners make, by lesson."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape
from pathlib import Path

from labkit.course.contract import Exercise
from labkit.course.definitions import load_exercises
from labkit.course.lesson import Lesson, lesson_paths, read_lesson
from labkit.course.minutes import PREDICT
from labkit.course.pages import code, markdown, write_pages
from labkit.course.sections import minutes_of, sections
from labkit.course.solution_markers import without_markers


def write_instructor(folder: Path | None = None) -> list[Path]:
    """Write each lesson's page.

    Parameters
    ----------
    folder
        Where to; by default ``out/instructor`` in the course's folder.

    Raises
    ------
    LabkitError
        A page cannot be written.
    """
    lessons = [read_lesson(path) for path in lesson_paths()]
    return write_pages({one: instructor(one) for one in lessons}, folder, "instructor", "")


def instructor(lesson: Lesson) -> str:
    """Return a lesson's page as HTML.

    It has the author's notes, the predictions to ask for, and of each exercise hints, solution
    and common mistakes; those are the wrong answers that the course's tests try.
    """
    parts = [markdown(lesson.title_cell.source)]
    if notes := [cell.source for cell in lesson.cells if cell.is_note]:
        parts += ["<h2>Notes</h2>", *map(markdown, notes)]
    if asked := list(_predictions(lesson)):
        parts += ["<h2>Ask before they run it</h2>", *map(markdown, asked)]
    parts += ["<h2>Sections</h2>", markdown(_sections(lesson))]
    exercises = load_exercises(lesson)
    for name in lesson.exercises:
        parts += _exercise(lesson, exercises[name])
    return "\n".join(parts)


def _sections(lesson: Lesson) -> str:
    """Return a table of the sections with their minutes, as Markdown."""
    rows = [
        f"| {one.title} | {minutes_of(lesson, one):.0f} | {'extra' if one.extra else 'core'} |"
        for one in sections(lesson)
    ]
    return "\n".join(["| Section | Minutes | |", "|---|---|---|", *rows])


def _exercise(lesson: Lesson, exercise: Exercise) -> Iterator[str]:
    where = "" if exercise.id in lesson.core_exercises else ", extra"
    yield f"<h2>Exercise: {escape(exercise.title)} ({exercise.minutes} min{where})</h2>"
    yield "<h3>Hints</h3>" + markdown("\n".join(f"1. {hint}" for hint in exercise.hints) or "None.")
    yield "<h3>Solution</h3>"
    yield from (code(without_markers(cell.source)) for cell in lesson.cells_of(exercise.id))
    mistakes = [cell for cell in lesson.cells if cell.wrong == exercise.id]
    if mistakes:
        yield "<h3>Common mistakes</h3>"
    for cell in mistakes:
        yield f"<p>The check then speaks of <q>{escape(cell.expect or '')}</q>:</p>"
        yield code(cell.source)


def _predictions(lesson: Lesson) -> Iterator[str]:
    """Yield the questions that a lesson asks before it measures."""
    for cell in lesson.cells:
        if cell.kind == "markdown" and cell.is_shown:
            for block in cell.source.split("\n\n"):
                if block.startswith(PREDICT):
                    yield textwrap.dedent(block)
