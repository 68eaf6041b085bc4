"""Writes executed notebooks as HTML, for people who want to see what a smoke run saw."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import nbformat

from labkit.course.smoke.reports import LessonReport


def write_pages(reports: Sequence[LessonReport], folder: Path) -> list[Path]:
    """Write one page for each notebook that was executed, as far as it came.

    Returns
    -------
    list of Path
        The pages.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for report in reports:
        if not report.executed:
            continue
        notebook = nbformat.reads(report.executed, as_version=4)
        pages.append(folder / f"{report.lesson}.html")
        pages[-1].write_text(as_page(notebook, report.lesson), encoding="utf-8")
    return pages


def as_page(notebook: nbformat.NotebookNode, name: str) -> str:
    """Return a notebook as a page; its headings have no links that say only ¶.

    Parameters
    ----------
    notebook
        With its outputs.
    name
        The page's title.
    """
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(exclude_anchor_links=True)
    page, _ = exporter.from_notebook_node(notebook, resources={"metadata": {"name": name}})
    return str(page)
