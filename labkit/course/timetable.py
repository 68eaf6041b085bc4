"""The timetable of a bootcamp, computed from the lessons' planned minutes and a start."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime, time
from html import escape
from itertools import groupby
from pathlib import Path
from statistics import median

from labkit.course.lesson import Lesson
from labkit.course.to_come import ToCome
from labkit.errors import LabkitError
from labkit.resources.rows import as_text as as_lines
from labkit.show.panels.page import page

START = time(10, 0)
LUNCH_MIN = 100
"""Between a day's first block and its second: 11:50 to 13:30, as the bootcamp's days had it."""
LONGEST_STRETCH_MIN = 90
"""A block that is longer than this gets a break."""
BREAK_MIN = 10

Planned = Lesson | ToCome

_PARTS = ("Prose", "Code", "Exercises", "Predictions", "Waits")


@dataclass(frozen=True)
class Slot:
    """One line of a timetable.

    Attributes
    ----------
    begin, end
        Minutes since midnight.
    text
        The lesson's number and title, or what else there is.
    lesson
        None for a break or lunch.
    """

    begin: int
    end: int
    text: str
    lesson: Planned | None = None

    @property
    def time(self) -> str:
        """Its begin and end, such as ``10:00–10:30``."""
        return f"{_clock(self.begin)}–{_clock(self.end)}"


def timetable(lessons: Sequence[Planned], start: time = START) -> dict[int, list[Slot]]:
    """Plan each day from a start: blocks in order, breaks within them, lunch after the first.

    A block takes the planned minutes of its lessons' cores, and its breaks on top of that. Extra
    sections are not planned.

    Parameters
    ----------
    lessons
        In the course's order.
    start
        When each day begins.

    Returns
    -------
    dict
        The slots of each day, by its number.
    """
    days = {}
    for day, of_day in groupby(lessons, key=lambda lesson: lesson.day):
        now = start.hour * 60 + start.minute
        slots: list[Slot] = []
        for _, block in groupby(of_day, key=lambda lesson: lesson.block):
            if slots:
                pause, what = _between(slots)
                slots.append(Slot(now, now + pause, what))
                now += pause
            slots += _block(list(block), now)
            now = slots[-1].end
        days[day] = slots
    return days


def as_text(
    days: Mapping[int, Sequence[Slot]], measured: Mapping[str, Sequence[float]] | None = None
) -> str:
    """Return a timetable for a terminal, a table for each day; titles last, as they are long."""
    parts = []
    for day, slots in days.items():
        columns, *rows = ([when, *more, what] for when, what, *more in _lines(slots, measured))
        parts += [f"Day {day}", "\n".join(as_lines(columns, rows)), _own_sum(slots), ""]
    return "\n".join(parts[:-1])


def as_markdown(
    days: Mapping[int, Sequence[Slot]], measured: Mapping[str, Sequence[float]] | None = None
) -> str:
    """Return a timetable as Markdown, a table for each day."""
    parts = ["# Timetable"]
    for day, slots in days.items():
        columns, rows = _table(slots, measured)
        lines = [columns, ["---"] * len(columns), *rows]
        parts += [f"## Day {day}", "\n".join(f"| {' | '.join(line)} |" for line in lines)]
        parts.append(_own_sum(slots))
    return "\n\n".join(parts) + "\n"


def as_html(
    days: Mapping[int, Sequence[Slot]], measured: Mapping[str, Sequence[float]] | None = None
) -> str:
    """Return a timetable as a page that needs nothing else."""
    parts = ["<h1>Timetable</h1>"]
    for day, slots in days.items():
        columns, rows = _table(slots, measured)
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
        )
        parts.append(
            f"<h2>Day {day}</h2><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"<p>{escape(_own_sum(slots))}</p>"
        )
    return page("Timetable", "\n".join(parts))


def sums(lessons: Sequence[Lesson]) -> str:
    """Return what each lesson's minutes are the sum of, as a Markdown table for authors."""
    head = [
        "Lesson",
        "Stated",
        "Sum",
        "Prose",
        "Code",
        "Exercises",
        "Predictions",
        "Waits",
        "Extra",
    ]
    rows = [
        [
            lesson.name,
            f"{lesson.minutes}",
            *(f"{part:.1f}" for part in (lesson.core.total, *astuple(lesson.core))),
            f"{lesson.extra.total:.1f}",
        ]
        for lesson in lessons
    ]
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def read_measured(paths: Sequence[Path]) -> dict[str, list[float]]:
    """Read what learners handed on: minutes at work by lesson, one number for each learner.

    Parameters
    ----------
    paths
        Files that `labkit status --times` printed.

    Raises
    ------
    LabkitError
        A file is missing or is something else.
    """
    found: dict[str, list[float]] = {}
    for path in paths:
        try:
            minutes = json.loads(path.read_text(encoding="utf-8"))["minutes"]
            for name, taken in minutes.items():
                found.setdefault(name, []).append(float(taken))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise LabkitError(
                f"{path} does not hold what `labkit status --times` prints; no timetable was made."
            ) from error
    return found


def read_start(text: str) -> time:
    """Read a time of day such as ``10:00`` or ``9:30``.

    Raises
    ------
    ValueError
        It is none.
    """
    return datetime.strptime(text, "%H:%M").time()


def _between(slots: Sequence[Slot]) -> tuple[int, str]:
    """Return what comes before a day's next block: lunch once, then breaks."""
    had_lunch = any(slot.text == "Lunch" for slot in slots)
    return (BREAK_MIN, "Break") if had_lunch else (LUNCH_MIN, "Lunch")


def _block(lessons: Sequence[Planned], begin: int) -> list[Slot]:
    """Plan one block: its lessons as long as they are, and breaks between them."""
    breaks = _breaks(lessons)
    slots: list[Slot] = []
    now = begin
    for place, lesson in enumerate(lessons):
        if place in breaks:
            slots.append(Slot(now, now + BREAK_MIN, "Break"))
            now += BREAK_MIN
        slots.append(Slot(now, now + lesson.minutes, _text(lesson), lesson))
        now += lesson.minutes
    return slots


def _text(lesson: Planned) -> str:
    to_come = " (to come)" if isinstance(lesson, ToCome) else ""
    return f"{lesson.number} · {lesson.title}{to_come}"


def _breaks(lessons: Sequence[Planned]) -> list[int]:
    """Return before which lessons of a block there are breaks, for stretches as even as can be."""
    planned = sum(lesson.minutes for lesson in lessons)
    number = min((planned - 1) // LONGEST_STRETCH_MIN, len(lessons) - 1)
    edges = [sum(lesson.minutes for lesson in lessons[:place]) for place in range(len(lessons))]
    found: list[int] = []
    for which in range(1, number + 1):
        wanted = planned * which / (number + 1)
        free = [place for place in range(1, len(lessons)) if place not in found]
        found.append(min(free, key=lambda place: abs(edges[place] - wanted)))
    return sorted(found)


def _table(
    slots: Sequence[Slot], measured: Mapping[str, Sequence[float]] | None
) -> tuple[list[str], list[list[str]]]:
    columns = ["Time", "What", "Planned"]
    rows = [
        [slot.time, slot.text, f"{slot.lesson.minutes} min" if slot.lesson else ""]
        for slot in slots
    ]
    if measured is not None:
        columns.append("Learners took")
        for row, slot in zip(rows, slots, strict=True):
            row.append(_taken(measured.get(slot.lesson.name, ())) if slot.lesson else "")
    return columns, rows


def _lines(
    slots: Sequence[Slot], measured: Mapping[str, Sequence[float]] | None
) -> list[list[str]]:
    columns, rows = _table(slots, measured)
    return [columns, *rows]


def _own_sum(slots: Sequence[Slot]) -> str:
    """Say what a day's lessons add up to by themselves, before their minutes are rounded."""
    lessons = [slot.lesson for slot in slots if slot.lesson]
    planned = sum(one.minutes for one in lessons)
    own = sum(one.core.total if isinstance(one, Lesson) else one.minutes for one in lessons)
    late = " Who falls behind leaves an exercise to lab.solve." if own > planned else ""
    return f"Words, code, exercises and waits add up to {own:.0f} min; {planned} are planned.{late}"


def _taken(minutes: Sequence[float]) -> str:
    if not minutes:
        return "not measured"
    middle = median(minutes)
    return f"{middle:.0f} min (median of {len(minutes)}; {min(minutes):.0f}–{max(minutes):.0f})"


def _clock(minutes: int) -> str:
    return f"{minutes // 60 % 24:02}:{minutes % 60:02}"
