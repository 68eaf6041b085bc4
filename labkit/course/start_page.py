"""The start page: the course and where the learner is in it, rendered from the lessons."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from labkit.course.copies import COPIES, write_whole
from labkit.course.lesson import Lesson
from labkit.course.status import standings
from labkit.course.timetable import START, timetable
from labkit.course.to_come import with_to_come
from labkit.show.panels.look import SIGNS
from labkit.show.panels.progress import Standing

START_PAGE = f"{COPIES}/start.md"


def write_start_page(folder: Path, lessons: Sequence[Lesson]) -> Path:
    """Write the start page into the learner's folder; an unchanged one is left alone.

    Raises
    ------
    LabkitError
        It cannot be written.
    """
    path = folder / START_PAGE
    text = start_page(lessons, standings(lessons))
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_whole(path, text)
    return path


def start_page(lessons: Sequence[Lesson], progress: Sequence[Standing]) -> str:
    """Return the page as Markdown; its links open the learner's own copies.

    Parameters
    ----------
    lessons
        In the course's order.
    progress
        How far the learner is, one for each lesson.
    """
    parts = ["# AWS serverless bootcamp", _where_to_begin(lessons, progress), "## Lessons"]
    parts += [_list(lessons, progress), "## Good to know", _GOOD_TO_KNOW]
    parts += ["## The claim", _THE_CLAIM]
    parts += ["## Timetable", *_timetable(lessons), "## What each lesson is"]
    parts += [_about(lesson) for lesson in lessons]
    return "\n\n".join(parts) + "\n"


def next_lesson(progress: Sequence[Standing]) -> Standing | None:
    """Return the lesson to go on with: the first that is not done; None if all are."""
    return next((one for one in progress if not one.done), None)


def _where_to_begin(lessons: Sequence[Lesson], progress: Sequence[Standing]) -> str:
    one = next_lesson(progress)
    if one is None:
        return "Every exercise is solved. Well done!"
    target = next(lesson.notebook for lesson in lessons if lesson.name == one.name)
    verb = f"Go on ({one.words})" if one.begun else "Begin"
    return (
        f"{verb}: [{one.name[:2]} · {one.title}]({target}). Run a cell with "
        "**Shift + Enter**; the next cell is then selected."
    )


def _list(lessons: Sequence[Lesson], progress: Sequence[Standing]) -> str:
    rows = [
        f"| [{lesson.number} · {lesson.title}]({lesson.notebook}) "
        f"| {SIGNS[one.mood]} {one.words} | {one.time} |"
        for lesson, one in zip(lessons, progress, strict=True)
    ]
    return "\n".join(["| Lesson | So far | Time |", "|---|---|---|", *rows])


def _timetable(lessons: Sequence[Lesson]) -> list[str]:
    parts = []
    for day, slots in timetable(with_to_come(lessons), START).items():
        rows = [f"| {slot.time} | {slot.text} |" for slot in slots]
        parts += [f"### Day {day}", "\n".join(["| Time | What |", "|---|---|", *rows])]
    return [*parts, "Another start, in a terminal: `labkit timetable --start 9:30`."]


def _about(lesson: Lesson) -> str:
    goals = "\n".join(f"- {goal}" for goal in lesson.goals)
    creates = "; ".join(lesson.creates)
    asked = f"**The question.** {lesson.question}\n\n" if lesson.question else ""
    return (
        f"### {lesson.number} · {lesson.title}\n\n{lesson.length}.\n\n"
        f"{asked}You will\n\n{goals}\n\n"
        f"**Creates** {creates}. **Cost:** {' '.join(lesson.cost.split())}"
    )


_THE_CLAIM = """\
Many sections begin with **The claim**: a sentence from the notes that a participant took at an AWS
developer bootcamp in June 2024. Some claims are true, some are half true, and some are wrong today.
You measure, compute or build, and then say what holds. `docs/claims.md` lists them with the
verdicts."""

_GOOD_TO_KNOW = f"""\
- In an exercise put your code in place of the line `lab.todo("…")`. Run the cell, then the one
  below it: `lab.check("…")` says *passed*, or what to do next.
- Stuck? Run `lab.hint("…")` in a cell of your own. Late? `lab.solve("…")` does the exercise.
- These notebooks are yours. They are in `{COPIES}/`, a folder for each day; no update overwrites
  what you write.
  `labkit update` in a terminal (*File*, *New*, *Terminal*) brings changes of the course into them
  and says what it kept.
- A lesson's minutes are those of its **core**. Sections marked *extra* are for the quick and for
  self-study: the lesson goes on without them. Terms are explained in `docs/terms.md`.
- A kernel that was restarted costs nothing: run the cells from the top, and the lesson goes on with
  what is there. The panel on the right shows what that is, and deletes it."""
