"""Solution regions: the same cell with its solution, and with a stub in its place."""

from __future__ import annotations

import textwrap

from labkit.course.cells import Cell
from labkit.course.contract import Exercise

# nbgrader's markers, so that its users feel at home:
# https://nbgrader.readthedocs.io/en/stable/user_guide/creating_and_grading_assignments.html
BEGIN_SOLUTION = "### BEGIN SOLUTION"
END_SOLUTION = "### END SOLUTION"


def without_markers(source: str) -> str:
    """Return a cell's text with its solution, the marker lines taken out."""
    lines = source.splitlines()
    kept = [line for line in lines if line.strip() not in (BEGIN_SOLUTION, END_SOLUTION)]
    return "\n".join(kept).rstrip()


def without_solution(source: str) -> str:
    """Return a cell's text without its solution."""
    inside = False
    kept: list[str] = []
    for line in source.splitlines():
        inside = line.strip() == BEGIN_SOLUTION or inside
        if not inside:
            kept.append(line)
        inside = inside and line.strip() != END_SOLUTION
    return "\n".join(kept) or "# your code"


def with_stub(source: str, exercise: Exercise, file: str | None = None) -> str:
    """Return a cell's text with each solution replaced by a stub at the solution's indentation.

    Parameters
    ----------
    file
        The file that the cell becomes, if it is one. What is no Python gets a comment.
    """
    stub = f'# Your code here: {exercise.title}\nlab.todo("{exercise.id}")'
    if file and not file.endswith(".py"):
        stub = f'# TODO: {exercise.title}, in place of this line; lab.hint("{exercise.id}") helps'
    kept: list[str] = []
    inside = False
    for line in source.splitlines():
        if line.strip() == BEGIN_SOLUTION:
            inside = True
            kept += textwrap.indent(stub, line[: line.index("#")]).splitlines()
        elif line.strip() == END_SOLUTION:
            inside = False
        elif not inside:
            kept.append(line)
    return "\n".join(kept)


def solved_source(cell: Cell) -> str:
    """Return what the solved edition runs for a cell, its magic line included."""
    return with_magic(cell, without_markers(cell.source))


def with_magic(cell: Cell, source: str) -> str:
    """Put the ``%%function_file`` line in front where the cell names a file."""
    return f"%%function_file {cell.function_file}\n{source}" if cell.function_file else source
