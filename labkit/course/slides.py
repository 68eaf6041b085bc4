"""Slides from the lessons: a slide for each idea, in one page without script or network."""

from __future__ import annotations

import re
from pathlib import Path

from labkit.course.cells import EXTRA, Cell
from labkit.course.lesson import Lesson, lesson_paths, read_lesson
from labkit.course.pages import code, markdown, write_pages
from labkit.course.sections import shown_source
from labkit.course.solution_markers import without_solution
from labkit.labs.delivery.service_drawing import service_drawing
from labkit.labs.functions.call_paths import call_paths
from labkit.show.box_drawing import Drawing
from labkit.show.panels.look import LINE, QUIET

CSS = f"""
html {{ scroll-snap-type: y proximity; }}
body {{ max-width: 72rem; font-size: 22px; }}
pre {{ font-size: 18px; }}
section {{ min-height: 94vh; scroll-snap-align: start; border-bottom: 1px solid {LINE};
  padding: 1rem 0; box-sizing: border-box; position: relative; counter-increment: slide; }}
section::after {{ content: counter(slide); position: absolute; right: 0; bottom: 0.4rem;
  color: {QUIET}; font-size: 16px; }}
@media print {{ section {{ break-after: page; border: none; min-height: auto; }} }}
"""
MOST_CODE_LINES = 18
"""Code beyond this goes to the next slide; of one longer cell the first lines are shown."""
_SERVICE = re.compile(r'^service_drawing\("(\d\d)"\)\s*\Z', re.MULTILINE)
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
    """Return a lesson's slides as HTML sections; exercises come without their solutions.

    A piece of prose begins a slide, and the code below it stands on it as far as it fits.
    """
    found = [markdown(lesson.title_cell.source)]
    room = 0  # for lines of code on the last slide
    for cell in lesson.cells:
        if not cell.is_shown or set(cell.tags) - {EXTRA}:
            continue
        if cell.kind == "markdown":
            found += [
                markdown(part)
                for part in _HEADING.split(shown_source(lesson, cell))
                if part.strip()
            ]
            room = MOST_CODE_LINES
            continue
        if drawn := _drawing(cell):
            found[-1] += drawn.svg
            continue
        lines = _lines(cell)
        if len(lines) > room:
            found.append("")
            room = MOST_CODE_LINES
        found[-1] += code("\n".join(lines))
        room -= len(lines)
    return "\n".join(f"<section>{slide}</section>" for slide in found)


def _drawing(cell: Cell) -> Drawing | None:
    """Return the drawing that a cell makes, if that is all it does: it needs no sandbox."""
    if shown := _SERVICE.search(cell.source):
        return service_drawing(shown[1])
    return call_paths() if cell.source.rstrip().endswith("\ncall_paths()") else None


def _lines(cell: Cell) -> list[str]:
    lines = (without_solution(cell.source) if cell.exercise else cell.source).splitlines()
    return lines if len(lines) <= MOST_CODE_LINES else [*lines[: MOST_CODE_LINES - 1], "…"]
