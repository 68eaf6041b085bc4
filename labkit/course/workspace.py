"""What JupyterLab opens with: start page on the left, a lesson in the middle, live panel right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyterlab_server.workspaces_handler import WorkspacesManager

from labkit.course.copies import COPIES, copies, write_whole
from labkit.course.lesson import Lesson
from labkit.course.moves import Places, bring_over, new_places
from labkit.course.start_page import START_PAGE, next_lesson, write_start_page
from labkit.course.status import standings
from labkit.course.update import copy_missing
from labkit.errors import LabkitError
from labkit.state import state_dir

NAME = "labkit"
PANEL = f"{COPIES}/panel.ipynb"
PANEL_SOURCE = "# The live panel\nfrom labkit.course.dashboard import LivePanel\n\nLivePanel()"
COLUMNS = (0.26, 0.48, 0.26)
"""Shares of the window's width."""


def prepare(folder: Path, lessons: Sequence[Lesson]) -> str:
    """Make the learner's copies, the start page, the panel and, the first time, the workspace.

    The workspace belongs to the learner from then on: JupyterLab saves each change of the layout
    in it, so that the next day begins where this one ends.

    Parameters
    ----------
    folder
        The course's folder.
    lessons
        In the course's order.

    Returns
    -------
    str
        The path of JupyterLab's address that opens it.

    Raises
    ------
    LabkitError
        There are no notebooks, or something cannot be written.
    """
    places = new_places(folder)
    bring_over(folder)
    copy_missing(folder)
    if not copies(folder):
        raise LabkitError(
            f"There are no notebooks in {folder / 'notebooks'}; JupyterLab was not started. "
            "`labkit build` makes them."
        )
    write_start_page(folder, lessons)
    write_whole(folder / PANEL, json.dumps(_panel(), indent=1) + "\n")
    manager = WorkspacesManager(str(workspaces()))
    if not any(known["metadata"]["id"] == NAME for known in manager.list_workspaces()):
        manager.save(NAME, json.dumps(workspace(f"{COPIES}/{_first(lessons).notebook}")))
    _follow(places)
    return f"/lab/workspaces/{NAME}"


def workspaces() -> Path:
    """Return the folder of the saved workspaces, apart from those of the user's own JupyterLab."""
    folder = state_dir() / "workspaces"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def workspace(notebook: str) -> dict[str, Any]:
    """Return a JupyterLab workspace with a lesson between the start page and the panel.

    Parameters
    ----------
    notebook
        The lesson's notebook, relative to the course's folder.
    """
    start, lesson, panel = (
        f"markdownviewer-widget:{START_PAGE}",
        f"notebook:{notebook}",
        f"notebook:{PANEL}",
    )
    columns = [
        {"type": "tab-area", "currentIndex": 0, "widgets": [widget]}
        for widget in (start, lesson, panel)
    ]
    dock = {
        "type": "split-area",
        "orientation": "horizontal",
        "sizes": list(COLUMNS),
        "children": columns,
    }
    sides = {"collapsed": True, "visible": True, "widgets": []}
    layout = {
        "main": {"dock": dock, "current": lesson},
        "down": {"size": 0, "widgets": []},
        "left": sides,
        "right": sides,
        "relativeSizes": [0, 1, 0],
    }
    return {
        "data": {
            "layout-restorer:data": layout,
            start: {"data": {"path": START_PAGE, "factory": "Markdown Preview"}},
            lesson: {"data": {"path": notebook, "factory": "Notebook"}},
            panel: {"data": {"path": PANEL, "factory": "Notebook"}},
        },
        "metadata": {"id": NAME},
    }


def _follow(places: Places) -> None:
    """Let the saved layout open copies that were moved where they are now."""
    for saved in workspaces().glob("*.jupyterlab-workspace"):
        text = saved.read_text(encoding="utf-8")
        moved = text
        for old, now in places.items():
            moved = moved.replace(f"{COPIES}/{old}", f"{COPIES}/{now[0]}")
        if moved != text:
            write_whole(saved, moved)


def _first(lessons: Sequence[Lesson]) -> Lesson:
    """Return the lesson to begin with, or to go on with."""
    one = next_lesson(standings(lessons))
    return next((lesson for lesson in lessons if one and lesson.name == one.name), lessons[0])


def _panel() -> dict[str, Any]:
    """Return the panel's notebook: one cell whose code is folded away."""
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": "panel",
        "metadata": {"jupyter": {"source_hidden": True}},
        "outputs": [],
        "source": PANEL_SOURCE.splitlines(keepends=True),
    }
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return {
        "cells": [cell],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
