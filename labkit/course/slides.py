"""Slides from the lessons: a slide for each section, in one page without script or network."""

from __future__ import annotations

import re
from pathlib import Path

from labkit.course.lesson import Cell, Lesson, lesson_paths, read_lesson
from labkit.course.pages import code, markdown, write_pages
from labkit.course.regions import without_solution
from labkit.show.panels.look import LINE

CSS = f"""
html {{ scroll-snap-type: y proximity; }}
body {{ max-width: 72rem; font-size: 22px; }}
section {{ min-height: 94vh; scroll-snap-align: start; border-bottom: 1px solid {LINE};
  padding: 1rem 0; box-sizing: border-box; }}
@media print {{ section {{ break-after: page; border: none; min-height: auto; }} }}
"""
MOST_CODE_LINES = 18
"""Longer code is no slide; its first lines are shown."""
_HEADING = re.compile(r"^(?=#{2,3} )", re.MULTILINE)


def write_slides(folder: Path | None = None) -> list[Path]:
    """Write each lesson's slides; the space bar and the page keys go from one to the next.

    Parameters
    ----------
    folder
        Where to; by default ``out/slides`` in the course's folder.

    Raises
    ------
    LabkitError
        A page cannot be written.
    """
    lessons = [read_lesson(path) for path in lesson_paths()]
    return write_pages({one: slides(one) for one in lessons}, folder, "slides", CSS)


def slides(lesson: Lesson) -> str:
    """Return a lesson's slides as HTML sections; exercises come without their solutions."""
    found = [markdown(lesson.title_cell.source)]
    for cell in lesson.cells:
        if not cell.is_shown or cell.tags:
            continue
        if cell.kind == "code":
            found[-1] += _code(cell)
            continue
        first, *headed = _HEADING.split(cell.source)
        found[-1] += markdown(first)
        found += [markdown(part) for part in headed]
    return "\n".join(f"<section>{slide}</section>" for slide in found)


def _code(cell: Cell) -> str:
    lines = (without_solution(cell.source) if cell.exercise else cell.source).splitlines()
    if len(lines) > MOST_CODE_LINES:
        lines = [*lines[:MOST_CODE_LINES], "…"]
    return code("\n".join(lines))
