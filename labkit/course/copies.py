"""The learner's own copies of the lessons: where they are, and how they are written."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from labkit.course.places import COPIES as COPIES
from labkit.course.places import LEARNER
from labkit.errors import LabkitError

BASES = ".as-copied"
"""In `COPIES`: each lesson as it was when it was copied or last updated."""
EARLIER = "earlier"
"""In `COPIES`: copies of lessons that were divided, as the learner had them."""

Cell = dict[str, Any]


def copies(folder: Path) -> list[Path]:
    """Return the learner's notebooks as paths in `COPIES`, in the course's order."""
    mine = folder / COPIES
    found = [*mine.glob("[0-9]*.ipynb"), *mine.glob("day-*/[0-9]*.ipynb")]
    return sorted(path.relative_to(mine) for path in found)


def lesson_notebooks(folder: Path) -> list[Path]:
    """Return the course's notebooks as paths in the learner's edition, in the course's order."""
    course = folder / LEARNER
    return sorted(path.relative_to(course) for path in course.glob("day-*/[0-9]*.ipynb"))


def base_of(folder: Path, path: Path) -> Path:
    """Return where the base of a copy is."""
    return folder / COPIES / BASES / path


def cells_of(path: Path) -> list[Cell] | None:
    """Return a notebook's cells; None where there is no notebook."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return list(cells)


def text_of(cell: Mapping[str, Any]) -> str:
    """Return a cell's text, which a notebook holds as one string or as lines."""
    return "".join(cell.get("source", ""))


def write_both(folder: Path, path: Path, base: str, text: str | None = None) -> None:
    """Write a copy (by default as its base is) and then its base, each whole or not at all.

    Raises
    ------
    LabkitError
        One of them cannot be written.
    """
    write_whole(folder / COPIES / path, base if text is None else text)
    write_whole(base_of(folder, path), base)


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
