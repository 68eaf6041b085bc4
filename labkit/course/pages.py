"""Lessons as pages: Markdown and code as HTML, in files that need no network."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from html import escape
from itertools import groupby
from pathlib import Path

from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from labkit.course.copies import write_whole
from labkit.course.lesson import Lesson, course_folder
from labkit.show.panels.page import page

STYLE = "vs"
"""Of Pygments: each of its colours has a contrast of more than 4.5 to white."""
INDEX = "index.html"


def markdown(source: str) -> str:
    """Return Markdown as HTML, headings without the link signs that a notebook's have."""
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    return str(MarkdownWithMath(renderer=renderer).render(source))


def code(source: str) -> str:
    """Return code as HTML, Python with its colours; a keyboard can scroll it sideways."""
    try:
        ast.parse(source)
    except SyntaxError:  # a template, a part of a cell, or IPython's own
        coloured = escape(source)
    else:
        look = HtmlFormatter(nowrap=True, noclasses=True, style=STYLE)
        coloured = highlight(source, PythonLexer(), look)
    return f'<pre tabindex="0"><code>{coloured}</code></pre>'


def write_pages(bodies: dict[Lesson, str], folder: Path | None, name: str, css: str) -> list[Path]:
    """Write a page for each lesson, and one that lists them.

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
        The pages, and last the one that lists them.

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
    write_whole(target / INDEX, page(f"{name.capitalize()}: all lessons", _index(bodies, name)))
    return [*written, target / INDEX]


def _index(lessons: Iterable[Lesson], name: str) -> str:
    """Return links to the lessons' pages, day by day."""
    parts = [f"<h1>{escape(name.capitalize())}</h1>"]
    for day, of_day in groupby(lessons, key=lambda lesson: lesson.day):
        links = "".join(
            f'<li><a href="{one.name}.html">{one.number} · {escape(one.title)}</a>, '
            f"{one.minutes} min</li>"
            for one in of_day
        )
        parts.append(f"<h2>Day {day}</h2><ul>{links}</ul>")
    return "".join(parts)
