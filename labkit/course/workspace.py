"""What JupyterLab opens with: a lesson, the course on its left, and what belongs to it right."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyterlab_server.workspaces_handler import WorkspacesManager

from labkit.course.copies import COPIES, copies, write_whole
from labkit.course.lesson import Lesson
from labkit.course.lesson_standing import next_lesson
from labkit.course.moves import Places, bring_over, new_places
from labkit.course.server.description import write_description
from labkit.course.start_page import START_PAGE, write_start_page
from labkit.course.status import standings
from labkit.course.update import copy_missing
from labkit.errors import LabkitError
from labkit.state import state_dir

NAME = "labkit"
ADDRESS = f"/lab/workspaces/{NAME}"
"""The path of JupyterLab's address that opens it."""
PANEL = f"{COPIES}/panel.ipynb"
"""What an earlier labkit showed beside a lesson."""
SIDEBARS = ("labkit-course", "labkit-lesson")
"""Left and right, as the extension names them."""
COLUMNS = (0.18, 0.6, 0.22)
"""Shares of the window's width."""


def prepare(folder: Path, lessons: Sequence[Lesson]) -> str:
    """Make the learner's copies, the start page, the description and, at first, the workspace.

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
    write_description(folder, lessons)
    _without_panel(folder)
    manager = WorkspacesManager(str(workspaces()))
    if not any(known["metadata"]["id"] == NAME for known in manager.list_workspaces()):
        manager.save(NAME, json.dumps(workspace(f"{COPIES}/{_first(lessons).notebook}")))
    _follow(places)
    return ADDRESS


def workspaces() -> Path:
    """Return the folder of the saved workspaces, apart from those of the user's own JupyterLab."""
    folder = state_dir() / "workspaces"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def workspace(notebook: str) -> dict[str, Any]:
    """Return a JupyterLab workspace: a lesson, the start page behind it, a sidebar on either side.

    Parameters
    ----------
    notebook
        The lesson's notebook, relative to the course's folder.
    """
    start, lesson = f"markdownviewer-widget:{START_PAGE}", f"notebook:{notebook}"
    dock = {"type": "tab-area", "currentIndex": 1, "widgets": [start, lesson]}
    course, beside = (
        {"collapsed": False, "visible": True, "current": name, "widgets": [name]}
        for name in SIDEBARS
    )
    layout = {
        "main": {"dock": dock, "current": lesson},
        "down": {"size": 0, "widgets": []},
        "left": course,
        "right": beside,
        "relativeSizes": list(COLUMNS),
    }
    return {
        "data": {
            "layout-restorer:data": layout,
            start: {"data": {"path": START_PAGE, "factory": "Markdown Preview"}},
            lesson: {"data": {"path": notebook, "factory": "Notebook"}},
        },
        "metadata": {"id": NAME},
    }


def _without_panel(folder: Path) -> None:
    """Take away the notebook that showed progress and resources before the sidebars did.

    A saved layout that has it would open a file that is gone, so it begins anew.
    """
    (folder / PANEL).unlink(missing_ok=True)
    for saved in workspaces().glob("*.jupyterlab-workspace"):
        if f"notebook:{PANEL}" in saved.read_text(encoding="utf-8"):
            saved.unlink()


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
