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
from labkit.course.roots import LEARNERS, WHOLE, Root
from labkit.course.server.description import write_description
from labkit.course.start_page import START_PAGE, link_pages, write_start_page
from labkit.course.status import standings
from labkit.course.tutor import write_instructions
from labkit.course.update import copy_missing
from labkit.errors import LabkitError
from labkit.state import state_dir

PANEL = "panel.ipynb"
"""In `COPIES`: what an earlier labkit showed beside a lesson."""
SIDEBARS = ("labkit-course", "labkit-lesson")
"""Left and right, as the extension names them."""
COLUMNS = (0.18, 0.6, 0.22)
"""Shares of the window's width."""


def prepare(folder: Path, lessons: Sequence[Lesson], root: Root = LEARNERS) -> str:
    """Make the learner's copies, the start page, the description and, at first, the workspace.

    The workspace belongs to the learner from then on: JupyterLab saves each change of the layout
    in it, so that the next day begins where this one ends.

    Parameters
    ----------
    folder
        The course's folder.
    lessons
        In the course's order.
    root
        What JupyterLab shows.

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
    write_instructions(folder)
    link_pages(folder)
    write_description(folder, lessons)
    (folder / COPIES / PANEL).unlink(missing_ok=True)
    _begin_anew()
    manager = WorkspacesManager(str(workspaces()))
    name = root.workspace
    if not any(known["metadata"]["id"] == name for known in manager.list_workspaces()):
        manager.save(name, json.dumps(workspace(root, _first(lessons).notebook)))
    _follow(places)
    return root.address


def workspaces() -> Path:
    """Return the folder of the saved workspaces, apart from those of the user's own JupyterLab."""
    folder = state_dir() / "workspaces"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def workspace(root: Root, notebook: str) -> dict[str, Any]:
    """Return a JupyterLab workspace: a lesson, the start page behind it, a sidebar on either side.

    Parameters
    ----------
    root
        What JupyterLab shows.
    notebook
        The lesson's notebook, relative to the learner's folder.
    """
    page, notebook = root.path(START_PAGE), root.path(notebook)
    start, lesson = f"markdownviewer-widget:{page}", f"notebook:{notebook}"
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
            start: {"data": {"path": page, "factory": "Markdown Preview"}},
            lesson: {"data": {"path": notebook, "factory": "Notebook"}},
        },
        "metadata": {"id": root.workspace},
    }


def _begin_anew() -> None:
    """Take away a layout that opens files by where they lay when JupyterLab showed all of them."""
    for saved in workspaces().glob("*.jupyterlab-workspace"):
        text = saved.read_text(encoding="utf-8")
        if f'"{LEARNERS.workspace}"' in text and f":{COPIES}/" in text:
            saved.unlink()


def _follow(places: Places) -> None:
    """Let the saved layouts open copies that were moved where they are now."""
    for saved in workspaces().glob("*.jupyterlab-workspace"):
        text = saved.read_text(encoding="utf-8")
        moved = text
        for root in (LEARNERS, WHOLE):
            for old, now in places.items():
                for before in (":", '"'):  # in a widget's name, and as a path
                    was, becomes = f'{before}{root.path(old)}"', f'{before}{root.path(now[0])}"'
                    moved = moved.replace(was, becomes)
        if moved != text:
            write_whole(saved, moved)


def _first(lessons: Sequence[Lesson]) -> Lesson:
    """Return the lesson to begin with, or to go on with."""
    one = next_lesson(standings(lessons))
    return next((lesson for lesson in lessons if one and lesson.name == one.name), lessons[0])
