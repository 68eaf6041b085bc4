"""The start page: what the course is and how it goes, rendered from the lessons."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from labkit.course.copies import COPIES, write_whole
from labkit.course.lesson import Lesson
from labkit.course.places import PAGES
from labkit.course.timetable import START, timetable
from labkit.course.to_come import with_to_come

START_PAGE = "start.md"
"""In the learner's folder."""


def write_start_page(folder: Path, lessons: Sequence[Lesson]) -> Path:
    """Write the start page into the learner's folder; an unchanged one is left alone.

    Raises
    ------
    LabkitError
        It cannot be written.
    """
    path = folder / COPIES / START_PAGE
    text = start_page(lessons)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_whole(path, text)
    return path


def link_pages(folder: Path) -> None:
    """Let the learner's folder have the pages that the start page and lessons name.

    Where a system makes no links they are read in the course's folder.
    """
    link = folder / COPIES / PAGES
    if (folder / PAGES).is_dir() and not link.is_symlink() and not link.exists():
        with suppress(OSError):
            link.symlink_to(Path("..") / PAGES, target_is_directory=True)


def start_page(lessons: Sequence[Lesson]) -> str:
    """Return the page as Markdown; its links open the learner's own copies.

    It has nothing in it that changes in the course of a day: the sidebars have that.

    Parameters
    ----------
    lessons
        In the course's order.
    """
    parts = ["# AWS serverless bootcamp", _where_to_begin(lessons), "## Lessons"]
    parts += [_list(lessons), "## Good to know", _GOOD_TO_KNOW]
    parts += ["## The claim", _THE_CLAIM]
    parts += ["## Timetable", *_timetable(lessons), "## What each lesson is"]
    parts += [_about(lesson) for lesson in lessons]
    return "\n\n".join(parts) + "\n"


def _where_to_begin(lessons: Sequence[Lesson]) -> str:
    first = lessons[0]
    return (
        f"Begin with [{first.number} · {first.title}]({first.notebook}). Run a cell with "
        "**Shift + Enter**; the next cell is then selected. The course on the left shows how far "
        "you are (in a terminal: `labkit status`)."
    )


def _list(lessons: Sequence[Lesson]) -> str:
    rows = [
        f"| [{lesson.number} · {lesson.title}]({lesson.notebook}) | {lesson.length} |"
        for lesson in lessons
    ]
    return "\n".join(["| Lesson | Time |", "|---|---|", *rows])


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
You measure, compute or build, and then say what holds. [docs/claims.md](docs/claims.md)
lists them with the verdicts."""

_GOOD_TO_KNOW = f"""\
- In an exercise put your code in place of the line `lab.todo("…")`. **Check** below the cell runs
  it, and the check after it: it says *passed*, or what to do next.
- Stuck? **Hint** below the cell. Late? **Solve** on the right does the exercise for you. By typing:
  `lab.check("…")`, `lab.hint("…")`, `lab.solve("…")`.
- These notebooks are yours. They are in `{COPIES}/`, a folder for each day; no update overwrites
  what you write.
  `labkit update` in a terminal (*File*, *New*, *Terminal*) brings changes of the course into them
  and says what it kept.
- A lesson's minutes are those of its **core**. Sections marked *extra* are for the quick and for
  self-study: the lesson goes on without them. Terms are explained in
  [docs/terms.md](docs/terms.md).
- A kernel that was restarted costs nothing: run the cells from the top, and the lesson goes on with
  what is there. The sidebar on the right shows what that is, and deletes it."""
