"""Copies whose lesson has a new place, a new number, or was divided: nothing in them is lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from labkit.course.build import Edition
from labkit.course.copies import (
    COPIES,
    EARLIER,
    Cell,
    base_of,
    cells_of,
    copies,
    lesson_notebooks,
    text_of,
    write_both,
)
from labkit.course.trusted_outputs import kept_trust

Places = dict[Path, list[Path]]


def new_places(folder: Path) -> Places:
    """Return where the lessons of copies are now, by the copies' paths in their folder.

    A copy's lesson is known by its slug, or by the name that a lesson says it had formerly; more
    than one place means that the lesson was divided. Copies that are where they belong, and those
    of which no lesson is known, are left out.
    """
    there = lesson_notebooks(folder)
    known: Places = {}
    for path in copies(folder):
        if path in there:
            continue
        same = [one for one in there if _slug(one) == _slug(path)]
        if now := same or [one for one in there if _formerly(folder, one) == path.stem]:
            known[path] = now
    return known


def bring_over(folder: Path) -> list[tuple[Path, list[Path]]]:
    """Bring copies to where their lessons are now; a divided one is kept whole beside its parts.

    Parameters
    ----------
    folder
        The course's folder.

    Returns
    -------
    list
        Each copy's old path in the folder of copies, and its new ones. One whose place is taken, or
        that is no notebook and would have to be divided, is not moved and not among them.

    Raises
    ------
    LabkitError
        A copy cannot be written.
    """
    mine = folder / COPIES
    moved = []
    for old, now in new_places(folder).items():
        if any((mine / one).exists() for one in now):
            continue
        if _slug(now[0]) == _slug(old):
            _move(base_of(folder, old), base_of(folder, now[0]))
            _move(mine / old, mine / now[0])
        elif not _divide(folder, old, now):
            continue
        moved.append((old, now))
    return moved


def _divide(folder: Path, old: Path, parts: Sequence[Path]) -> bool:
    """Write the parts of a divided copy, each with its part of the base, and put the whole away."""
    cells, base = cells_of(folder / COPIES / old), cells_of(base_of(folder, old))
    if cells is None:
        return False
    base = cells if base is None else base
    names = [_counterparts(base, cells_of(_notebook(folder, part)) or []) for part in parts]
    with kept_trust(folder / COPIES / old, *(folder / COPIES / part for part in parts)):
        for part, share in zip(parts, _shares(cells, names), strict=True):
            renamed = names[parts.index(part)]
            notebook = json.loads(_notebook(folder, part).read_text(encoding="utf-8"))
            write_both(
                folder,
                part,
                _text(notebook, _renamed(base, renamed)),
                _text(notebook, _renamed(share, renamed)),
            )
    _move(folder / COPIES / old, folder / COPIES / EARLIER / old.name)
    base_of(folder, old).unlink(missing_ok=True)
    return True


def _shares(cells: Sequence[Cell], names: Sequence[Mapping[str, str]]) -> list[list[Cell]]:
    """Deal a copy's cells out: to each part that has the cell, else to where the last one went."""
    shares: list[list[Cell]] = [[] for _ in names]
    last = 0
    for cell in cells:
        having = [place for place, known in enumerate(names) if cell.get("id") in known]
        for place in having or [last]:
            shares[place].append(cell)
        last = having[0] if having else last
    return shares


def _counterparts(old: Iterable[Cell], new: Iterable[Cell]) -> dict[str, str]:
    """Return the new ids of cells by their old ones; a first line or an exercise is the same."""
    ours, theirs = _handles(new), _handles(old)
    return {theirs[handle]: ours[handle] for handle in theirs if handle in ours}


def _handles(cells: Iterable[Cell]) -> dict[tuple[str, str, int], str]:
    """Return ids by the cell's kind, its exercise or first line, and a number among those alike."""
    seen: Counter[tuple[str, str]] = Counter()
    names = {}
    for cell in cells:
        exercise = cell.get("metadata", {}).get("labkit", {}).get("exercise")
        handle = (cell["cell_type"], exercise or text_of(cell).partition("\n")[0])
        seen[handle] += 1
        names[*handle, seen[handle]] = str(cell.get("id", ""))
    return names


def _renamed(cells: Iterable[Cell], names: Mapping[str, str]) -> list[Cell]:
    return [cell | {"id": names.get(str(cell.get("id")), cell.get("id"))} for cell in cells]


def _text(notebook: dict[str, Any], cells: list[Cell]) -> str:
    return json.dumps(notebook | {"cells": cells}, ensure_ascii=False, indent=1, sort_keys=True)


def _formerly(folder: Path, path: Path) -> str:
    """Return the name that a lesson had before, as its notebook says."""
    notebook = json.loads(_notebook(folder, path).read_text(encoding="utf-8"))
    return str(notebook.get("metadata", {}).get("labkit", {}).get("formerly", ""))


def _slug(path: Path) -> str:
    return path.stem.partition("-")[2]


def _notebook(folder: Path, path: Path) -> Path:
    return folder / Edition.LEARNER.value / path


def _move(old: Path, new: Path) -> None:
    if old.exists():
        new.parent.mkdir(parents=True, exist_ok=True)
        old.replace(new)
