"""Writes executed notebooks as HTML, for people who want to see what a smoke run saw."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import nbformat

from labkit.course.smoke.reports import Report


def write_pages(reports: Sequence[Report], folder: Path) -> list[Path]:
    """Write one page for each notebook that was executed, as far as it came.

    Returns
    -------
    list of Path
        The pages.
    """
    from nbconvert import HTMLExporter

    folder.mkdir(parents=True, exist_ok=True)
    exporter = HTMLExporter()
    pages = []
    for report in reports:
        if not report.executed:
            continue
        notebook = nbformat.reads(report.executed, as_version=4)
        page, _ = exporter.from_notebook_node(
            notebook, resources={"metadata": {"name": report.lesson}}
        )
        pages.append(folder / f"{report.lesson}.html")
        pages[-1].write_text(page, encoding="utf-8")
    return pages
