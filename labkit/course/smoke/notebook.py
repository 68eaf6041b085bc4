"""Reads executed notebooks, and puts "solve it for me" into blank ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from labkit.course.build import Edition
from labkit.course.smoke.jobs import Job
from labkit.course.smoke.reports import SlowCell

MAY_RAISE = "raises-exception"
"""nbclient's tag for a cell whose error does not stop the notebook."""

SOLVES = "labkit-solves"

SLOWEST = 5
"""Cells that a report names."""

ERROR_LINES = 6
"""Lines of an error's text that a report gives."""


def prepared(job: Job) -> dict[str, Any]:
    """Return the notebook to execute.

    A blank exercise may raise (whether it raised what it should is looked at afterwards), and the
    solution runs after it, so that the rest of the lesson is tried, too.
    """
    notebook: dict[str, Any] = json.loads(job.notebook)
    if job.edition != Edition.LEARNER.value:
        return notebook
    cells: list[dict[str, Any]] = []
    last = {_exercise(cell): position for position, cell in enumerate(notebook["cells"])}
    for position, cell in enumerate(notebook["cells"]):
        cells.append(cell)
        if exercise := _exercise(cell):
            cell["metadata"]["tags"] = [*cell["metadata"].get("tags", []), MAY_RAISE]
            if last[exercise] == position:
                cells.append(_solving(exercise))
    return notebook | {"cells": cells}


def stubs(job: Job, executed: dict[str, Any]) -> dict[str, list[str]]:
    """Return for each exercise what its cells raised: an error's name, or what happened instead."""
    raised: dict[str, list[str]] = {name: [] for name in job.exercises}
    for cell in executed["cells"]:
        if exercise := _exercise(cell):
            names = [o["ename"] for o in cell["outputs"] if o["output_type"] == "error"]
            raised[exercise] += names or ["no error"]
    return raised


def error(job: Job, executed: dict[str, Any]) -> str:
    """Describe the error that stopped a notebook, with its cell's number in the edition."""
    for number, cell in _numbered(job, executed):
        if cell["metadata"].get("papermill", {}).get("exception"):
            raised = [o for o in cell["outputs"] if o["output_type"] == "error"]
            text = "\n".join(f"{o['ename']}: {o['evalue']}" for o in raised) or "it stopped"
            return "\n  ".join([number, *text.splitlines()[:ERROR_LINES]])
    return ""


def slowest(job: Job, executed: dict[str, Any]) -> list[SlowCell]:
    """Return the cells that took longest, the slowest first."""
    timed = [
        SlowCell(number, round(seconds, 1), _first_line(cell))
        for number, cell in _numbered(job, executed)
        if (seconds := cell["metadata"].get("papermill", {}).get("duration"))
    ]
    return sorted(timed, key=lambda cell: -cell.seconds)[:SLOWEST]


def place(job: Job, cell_id: str, executed: dict[str, Any]) -> str:
    """Name a cell by its number in the edition."""
    numbers = {cell["id"]: number for number, cell in _numbered(job, executed)}
    return numbers.get(cell_id, "the first cell")


def _numbered(job: Job, executed: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each cell with its number; what was put in counts as coming after the one before."""
    original = {cell["id"] for cell in json.loads(job.notebook)["cells"]}
    number = 0
    for cell in executed["cells"]:
        known = cell["id"] in original
        number += known
        yield (f"cell {number}" if known else f"after cell {number}"), cell


def _exercise(cell: dict[str, Any]) -> str:
    return str(cell["metadata"].get("labkit", {}).get("exercise", ""))


def _solving(exercise: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": f"solve-{exercise}"[:64],  # nbformat 4.5's longest
        "metadata": {"tags": [SOLVES]},
        "source": f'lab.solve("{exercise}")',
        "execution_count": None,
        "outputs": [],
    }


def _first_line(cell: dict[str, Any]) -> str:
    return "".join(cell["source"]).strip().partition("\n")[0]
