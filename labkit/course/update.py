"""The learner's own copies of the lessons, and how a new version of the course reaches them.

A copy is merged cell by cell with the course as it was when it was copied (the base) and as it is
now: cells that the learner did not touch become the course's, those they did stay theirs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from labkit.course.build import Edition
from labkit.errors import LabkitError

COPIES = "my-lessons"
"""The folder of the copies; git does not see it."""
BASES = ".as-copied"
"""In `COPIES`: each lesson as it was when it was copied or last updated."""

Cell = dict[str, Any]
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
    """

    lesson: str
    outcome: str
    kept: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.lesson}: {self.outcome}"]
        if self.outcome == "unreadable":
            lines.append(
                f"    {COPIES}/{self.lesson}.ipynb is no notebook; it was left as it is. Move it "
                "away and run this again to get a fresh copy."
            )
        lines += [f"    kept yours: {cell}" for cell in self.kept]
        if self.kept:
            lines.append(f"    the course's are in {Edition.LEARNER.value}/{self.lesson}.ipynb")
        return "\n".join(lines)


def copies(folder: Path) -> list[Path]:
    """Return the learner's notebooks, in the course's order."""
    return sorted((folder / COPIES).glob("[0-9]*.ipynb"))


def copy_missing(folder: Path) -> list[Path]:
    """Copy the lessons that have no copy yet; what is there is not touched.

    Parameters
    ----------
    folder
        The course's folder.

    Returns
    -------
    list of Path
        The copies that were made.

    Raises
    ------
    LabkitError
        The folder cannot be written to.
    """
    made = []
    for source in _lessons(folder):
        copy = folder / COPIES / source.name
        if not copy.exists():
            _write_both(copy, source.read_text(encoding="utf-8"))
            made.append(copy)
    return made


def outdated(folder: Path) -> list[str]:
    """Return the names of the lessons of which the course has a newer version than the copy."""
    return [
        source.stem
        for source in _lessons(folder)
        if (base := _base_of(folder / COPIES / source.name)).exists()
        and base.read_text(encoding="utf-8") != source.read_text(encoding="utf-8")
    ]


def update(folder: Path) -> list[Update]:
    """Bring every copy up to the course as it is now, and lose nothing that the learner wrote.

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
    made = {copy.name for copy in copy_missing(folder)}
    return [
        Update(source.stem, "copied")
        if source.name in made
        else _update(source, folder / COPIES / source.name)
        for source in _lessons(folder)
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


def _update(source: Path, copy: Path) -> Update:
    """Merge one lesson's new version into its copy."""
    text = source.read_text(encoding="utf-8")
    mine, base = _cells_of(copy), _cells_of(_base_of(copy))
    if mine is None:
        return Update(source.stem, "unreadable")
    theirs = json.loads(text)
    if base == theirs["cells"]:
        return Update(source.stem, "up to date")
    cells, kept = merge(base or [], mine, theirs["cells"])
    merged = json.dumps(theirs | {"cells": cells}, ensure_ascii=False, indent=1, sort_keys=True)
    _write_both(copy, text, merged + "\n")
    done = Update(source.stem, "updated")
    return replace(done, outcome="merged", kept=tuple(kept)) if kept else done


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
    return _text(one) == _text(other) and one["cell_type"] == other["cell_type"]


def _text(cell: Mapping[str, Any]) -> str:
    return "".join(cell.get("source", ""))


def _first_line(cell: Cell) -> str:
    line = next((line for line in _text(cell).splitlines() if line.strip()), "empty")
    return line if len(line) <= _LONGEST_NAME else line[: _LONGEST_NAME - 1] + "…"


def _lessons(folder: Path) -> list[Path]:
    return sorted((folder / Edition.LEARNER.value).glob("[0-9]*.ipynb"))


def _base_of(copy: Path) -> Path:
    return copy.parent / BASES / copy.name


def _cells_of(path: Path) -> list[Cell] | None:
    """Return a notebook's cells; None where there is no notebook."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return list(cells)


def _write_both(copy: Path, base: str, text: str | None = None) -> None:
    """Write a copy (by default as its base is) and then its base, each whole or not at all."""
    write_whole(copy, base if text is None else text)
    write_whole(_base_of(copy), base)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that whoever reads it sees the old text or the new, whatever happens.

    Raises
    ------
    LabkitError
        It cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise LabkitError(
            f"{path} could not be written ({error.strerror}); it is as it was. Free some space or "
            "put the permissions right, then do it again."
        ) from error
