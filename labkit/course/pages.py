"""Lessons as pages: Markdown and code as HTML, in files that need no network."""

from __future__ import annotations

from html import escape
from pathlib import Path

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from labkit.course.copies import write_whole
from labkit.course.lesson import Lesson, course_folder
from labkit.show.panels.page import page


def markdown(source: str) -> str:
    """Return Markdown as HTML, headings without the link signs that a notebook's have."""
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    return str(MarkdownWithMath(renderer=renderer).render(source))


def code(source: str) -> str:
    """Return code as HTML; a keyboard can scroll it sideways."""
    return f'<pre tabindex="0"><code>{escape(source)}</code></pre>'


def write_pages(bodies: dict[Lesson, str], folder: Path | None, name: str, css: str) -> list[Path]:
    """Write a page for each lesson.

    Parameters
    ----------
    bodies
        HTML of each lesson's page.
    folder
        Where to; by default ``out/`` and `name` in the course's folder.
    name
        What the pages are, for the folder.
    css
        Rules that these pages need.

    Returns
    -------
    list of Path
        The pages.

    Raises
    ------
    LabkitError
        A page cannot be written.
    """
    target = folder or course_folder() / "out" / name
    written = []
    for lesson, body in bodies.items():
        path = target / f"{lesson.name}.html"
        write_whole(path, page(f"{lesson.number} · {lesson.title}", body, css))
        written.append(path)
    return written
