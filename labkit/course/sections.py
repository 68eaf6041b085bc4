"""A lesson's sections: their minutes, which are extra, and how the pages say so."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from labkit.course.cells import Cell
from labkit.course.lesson import Lesson
from labkit.course.minutes import estimate, exercise_minutes
from labkit.course.solution_markers import without_markers
from labkit.show.words import count


@dataclass(frozen=True)
class Section:
    """A section: from one heading of the second level, or of an extra section, to the next."""

    title: str
    cells: tuple[Cell, ...]

    @property
    def extra(self) -> bool:
        """Whether it is for the quick and for self-study."""
        return self.cells[0].extra


def sections(lesson: Lesson) -> list[Section]:
    """Return a lesson's sections in order; what stands before the first heading begins them."""
    found: list[list[Cell]] = [[]]
    titles = [lesson.title]
    was_extra = False
    for cell in lesson.cells:
        if cell.is_shown and (cell.level == 2 or cell.begins_extra or cell.extra != was_extra):
            heading = cell.source.partition("\n")[0].lstrip("# ")
            titles.append(heading if cell.level else titles[-1])
            found.append([])
        was_extra = cell.extra
        found[-1].append(cell)
    return [
        Section(title, tuple(cells)) for title, cells in zip(titles, found, strict=True) if cells
    ]


def minutes_of(lesson: Lesson, section: Section) -> float:
    """Return what a section takes, in minutes."""
    return estimate(section.cells, exercise_minutes(lesson.cells)).total


def whole_minutes(lesson: Lesson, section: Section) -> int:
    """Return a section's minutes as the list of lessons and the page say them."""
    return max(1, round(minutes_of(lesson, section)))


def shown_source(lesson: Lesson, cell: Cell) -> str:
    """Return a cell's text with its solution, and under an extra section's heading that it is one.

    Parameters
    ----------
    lesson
        The cell's own.
    """
    if not cell.begins_extra:
        return without_markers(cell.source)
    section = next(one for one in sections(lesson) if one.cells[0] is cell)
    heading, _, text = cell.source.partition("\n")
    minutes = count(whole_minutes(lesson, section), "minute")
    return f"{heading}\n\n*Extra, about {minutes}: the lesson goes on without it.*\n{text}"


def needs_of_core(lesson: Lesson) -> Iterator[tuple[int, str]]:
    """Yield line and name of each name that core code takes from an extra section alone."""
    known: dict[str, bool] = {}  # whether core has given the name a value so far
    for cell in lesson.cells:
        if cell.kind != "code" or not cell.is_shown or cell.function_file:
            continue
        tree = ast.parse(cell.source)
        bound = _given(tree)
        for name, line in _used(tree, cell.line) if not cell.extra else ():
            if known.get(name) is False and name not in bound:
                yield line, name
        for name in bound:
            known[name] = known.get(name, False) or not cell.extra


def _used(tree: ast.AST, line: int) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id, line + node.lineno - 1


def _given(tree: ast.AST) -> set[str]:
    """Return the names that a cell gives a value, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names |= {(one.asname or one.name).partition(".")[0] for one in aliases}
    return names
