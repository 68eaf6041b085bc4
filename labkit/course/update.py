"""How a new version of the course reaches the learner's copies.

A copy is merged cell by cell with the course as it was when it was copied (the base) and as it is
now: cells that the learner did not touch become the course's, those they did stay theirs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from labkit.course.build import Edition
from labkit.course.copies import (
    COPIES,
    EARLIER,
    Cell,
    base_of,
    cells_of,
    lesson_notebooks,
    text_of,
    write_both,
)
from labkit.course.moves import bring_over
from labkit.course.trusted_outputs import kept_trust

_LONGEST_NAME = 60  # characters of a cell's first line that name it in a message


@dataclass(frozen=True)
class Update:
    """What became of one lesson's copy.

    Attributes
    ----------
    lesson
        Number and slug.
    outcome
        ``copied``, ``up to date``, ``updated``, ``merged`` (some of the learner's cells stayed as
        they are although the course has new ones) or ``unreadable``.
    kept
        The learner's cells that the course has changed or taken out, by number and first line.
    folder
        The day's folder.
    came_from
        Where the copy was until now in `COPIES`, if it was moved.
    """

    lesson: str
    outcome: str
    kept: tuple[str, ...] = ()
    folder: str = ""
    came_from: Path | None = None

    def __str__(self) -> str:
        lines = [f"{self.lesson}: {self.outcome}"]
        place = f"{self.folder}/{self.lesson}.ipynb"
        if self.came_from:
            lines.append(f"    your copy was {COPIES}/{self.came_from}; it is {COPIES}/{place} now")
        if self.came_from and self.came_from.stem.partition("-")[2] not in self.lesson:
            lines.append(f"    your copy as it was: {COPIES}/{EARLIER}/{self.came_from.name}")
        if self.outcome == "unreadable":
            lines.append(
                f"    {COPIES}/{place} is no notebook; it was left as it is. Move it "
                "away and run this again to get a fresh copy."
            )
        lines += [f"    kept yours: {cell}" for cell in self.kept]
        if self.kept:
            lines.append(f"    the course's are in {Edition.LEARNER.value}/{place}")
        return "\n".join(lines)


def copy_missing(folder: Path) -> list[Path]:
    """Copy the lessons that have no copy yet; what is there is not touched.

    Parameters
    ----------
    folder
        The course's folder.

    Returns
    -------
    list of Path
        The copies that were made, as paths in `COPIES`.

    Raises
    ------
    LabkitError
        The folder cannot be written to.
    """
    made = []
    for path in lesson_notebooks(folder):
        if not (folder / COPIES / path).exists():
            write_both(folder, path, _course(folder, path).read_text(encoding="utf-8"))
            made.append(path)
    return made


def outdated(folder: Path) -> list[str]:
    """Return the names of the lessons of which the course has a newer version than the copy."""
    return [
        path.stem
        for path in lesson_notebooks(folder)
        if (base := base_of(folder, path)).exists()
        and base.read_text(encoding="utf-8") != _course(folder, path).read_text(encoding="utf-8")
    ]


def update(folder: Path) -> list[Update]:
    """Bring every copy up to the course as it is now, and lose nothing that the learner wrote.

    A copy whose lesson has moved goes where the lesson is; one whose lesson was divided becomes a
    copy of each part, and the whole is kept in `EARLIER`.

    Parameters
    ----------
    folder
        The course's folder.

    Returns
    -------
    list of Update
        One for each lesson, in the course's order.

    Raises
    ------
    LabkitError
        The folder cannot be written to.
    """
    came_from = {now: old for old, places in bring_over(folder) for now in places}
    made = set(copy_missing(folder))
    done = {
        path: Update(path.stem, "copied") if path in made else _update(folder, path)
        for path in lesson_notebooks(folder)
    }
    return [
        replace(one, came_from=came_from.get(path), folder=path.parent.name)
        for path, one in done.items()
    ]


def merge(
    base: Sequence[Cell], mine: Sequence[Cell], theirs: Sequence[Cell]
) -> tuple[list[Cell], list[str]]:
    """Merge the cells of three versions of a notebook; cells are the same if their ids are.

    Parameters
    ----------
    base, mine, theirs
        The cells as they were copied, as the learner has them, and as the course has them now.

    Returns
    -------
    list of dict
        The course's cells in the course's order, the learner's where they touched them; each cell
        that the learner added follows the one that it followed.
    list of str
        The learner's cells that differ from what the course now wants there.
    """
    versions = (base, _apart(mine), theirs)
    old, own, new = ({cell.get("id"): cell for cell in cells} for cells in versions)
    merged: list[Cell] = []
    kept: list[Cell] = []
    for name, cell in new.items():
        if name not in own and name in old:
            continue  # the learner deleted it
        if name not in own or _same(own[name], old.get(name, cell)):
            merged.append(own[name] if name in own and _same(own[name], cell) else cell)
            continue
        merged.append(own[name])
        if not _same(cell, own[name]) and not _same(cell, old.get(name, own[name])):
            kept.append(own[name])
    for name, cell in own.items():
        if name not in new and (name not in old or not _same(cell, old[name])):
            _insert(merged, cell, list(own))
            kept += [cell] if name in old else []
    numbers = {id(cell): number for number, cell in enumerate(merged, start=1)}
    return merged, [f"cell {numbers[id(cell)]}, {_first_line(cell)}" for cell in kept]


def _update(folder: Path, path: Path) -> Update:
    """Merge one lesson's new version into its copy."""
    text = _course(folder, path).read_text(encoding="utf-8")
    mine, base = cells_of(folder / COPIES / path), cells_of(base_of(folder, path))
    done = Update(path.stem, "updated")
    if mine is None:
        return replace(done, outcome="unreadable")
    theirs = json.loads(text)
    if base == theirs["cells"]:
        return replace(done, outcome="up to date")
    cells, kept = merge(base or [], mine, theirs["cells"])
    merged = json.dumps(theirs | {"cells": cells}, ensure_ascii=False, indent=1, sort_keys=True)
    with kept_trust(folder / COPIES / path, folder / COPIES / path):
        write_both(folder, path, text, merged + "\n")
    return replace(done, outcome="merged", kept=tuple(kept)) if kept else done


def _course(folder: Path, path: Path) -> Path:
    """Return the course's own notebook of a lesson."""
    return folder / Edition.LEARNER.value / path


def _apart(cells: Sequence[Cell]) -> list[Cell]:
    """Give an id of its own to each cell that has none, or that of an earlier one."""
    apart: dict[str, Cell] = {}
    for cell in cells:
        name = cell.get("id")
        if not name or name in apart:
            name = uuid4().hex[:8]
        apart[name] = cell | {"id": name}
    return list(apart.values())


def _insert(merged: list[Cell], cell: Cell, order: list[Any]) -> None:
    """Put one of the learner's cells behind the nearest cell that it followed."""
    before = order[: order.index(cell.get("id"))]
    places = {one.get("id"): place for place, one in enumerate(merged, start=1)}
    merged.insert(next((places[name] for name in reversed(before) if name in places), 0), cell)


def _same(one: Cell, other: Cell) -> bool:
    """Whether two cells hold the same text, for the same kind of cell."""
    return text_of(one) == text_of(other) and one["cell_type"] == other["cell_type"]


def _first_line(cell: Cell) -> str:
    line = next((line for line in text_of(cell).splitlines() if line.strip()), "empty")
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"
