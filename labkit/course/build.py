"""Both editions of every lesson: the learner's, with stubs, and the solved one."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from enum import Enum
from pathlib import Path
from typing import Any

import nbformat

from labkit.course import places
from labkit.course.cells import Cell, LessonError
from labkit.course.contract import Exercise
from labkit.course.definitions import load_exercises
from labkit.course.lesson import Lesson, lesson_paths, read_lesson
from labkit.course.sections import shown_source
from labkit.course.solution_markers import with_magic, with_stub
from labkit.course.validate import problems

_KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
_ID_LENGTH = 12  # hex digits; nbformat 4.5 allows 1 to 64 characters


class Edition(Enum):
    """An edition of the course; the value is its folder."""

    LEARNER = places.LEARNER
    SOLVED = places.SOLVED


def render(lesson: Lesson, edition: Edition) -> str:
    """Return one edition of a lesson as the text of an .ipynb file.

    The same lesson gives the same bytes: no outputs, no counts, ids that depend on a cell alone.
    """
    exercises = load_exercises(lesson)
    seen: Counter[str] = Counter()
    cells = [
        _node(lesson, cell, seen, edition, exercises)
        for cell in (lesson.title_cell, *lesson.cells)
        if cell.is_shown
    ]
    metadata = _metadata(lesson, edition)
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    nbformat.validate(notebook)
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def cell_ids(lesson: Lesson) -> dict[int, str]:
    """Return the ids that a lesson's shown cells have in both editions, by their lines."""
    seen: Counter[str] = Counter()
    shown = [cell for cell in (lesson.title_cell, *lesson.cells) if cell.is_shown]
    return {cell.line: _cell_id(lesson.slug, cell, seen) for cell in shown}


def editions(folder: Path) -> dict[Path, str]:
    """Render every lesson of a course.

    Returns
    -------
    dict
        Text of each notebook by its path.

    Raises
    ------
    LessonError
        One or more lessons have problems; the message has a line for each.
    """
    lessons = [read_lesson(path) for path in lesson_paths(folder)]
    found = [problem for lesson in lessons for problem in problems(lesson)]
    if found:
        raise LessonError("\n".join(["the lessons cannot be built:", *found]))
    return {
        folder / edition.value / lesson.notebook: render(lesson, edition)
        for lesson in lessons
        for edition in Edition
    }


def build(folder: Path) -> list[Path]:
    """Write both editions of every lesson, and remove those whose lesson is gone.

    Returns
    -------
    list of Path
        The files that were written, changed or not.
    """
    rendered = editions(folder)
    for path, text in rendered.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for path in _notebooks(folder):
        if path not in rendered and "labkit" in _loaded(path).get("metadata", {}):
            path.unlink()
    return list(rendered)


def differences(folder: Path) -> list[str]:
    """Compare the notebooks on disk with their lessons.

    Returns
    -------
    list of str
        One line for each notebook that is missing, differs or has no lesson.
    """
    rendered = editions(folder)
    lines = []
    for path, text in rendered.items():
        name = path.relative_to(folder)
        if not path.exists():
            lines.append(f"{name} is missing: run labkit build.")
        elif path.read_text(encoding="utf-8") != text:
            where = _first_difference(_loaded(path), json.loads(text))
            lines.append(f"{name} differs from its lesson ({where}): run labkit build.")
    orphans = [path for path in _notebooks(folder) if path not in rendered]
    lines += [f"{path.relative_to(folder)} has no lesson: delete it." for path in orphans]
    return lines


def _notebooks(folder: Path) -> list[Path]:
    """Return every notebook in the editions' folders."""
    return sorted(path for edition in Edition for path in (folder / edition.value).rglob("*.ipynb"))


def _loaded(path: Path) -> dict[str, Any]:
    """Read a notebook's JSON; what is not JSON has no cells."""
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _first_difference(found: dict[str, Any], expected: dict[str, Any]) -> str:
    """Say where a notebook first differs."""
    pairs = zip(found.get("cells", []), expected["cells"], strict=False)
    for number, (one, other) in enumerate(pairs, start=1):
        if one != other:
            return f"cell {number}"
    count = len(found.get("cells", []))
    if count != len(expected["cells"]):
        return f"{count} cells instead of {len(expected['cells'])}"
    return "metadata or layout"


def _node(
    lesson: Lesson,
    cell: Cell,
    seen: Counter[str],
    edition: Edition,
    exercises: dict[str, Exercise],
) -> dict[str, Any]:
    """Make the notebook's cell for one edition."""
    metadata: dict[str, Any] = {"tags": list(cell.tags)} if cell.tags else {}
    own = {"exercise": cell.exercise} if cell.exercise else {}
    if own or cell.extra:
        metadata["labkit"] = {**own, **({"extra": True} if cell.extra else {})}
    source = shown_source(lesson, cell)
    if cell.exercise and edition is Edition.LEARNER:
        source = with_stub(cell.source, exercises[cell.exercise], cell.function_file)
    node = {
        "cell_type": cell.kind,
        "id": _cell_id(lesson.slug, cell, seen),
        "metadata": metadata,
        "source": with_magic(cell, source).splitlines(keepends=True),
    }
    return node | {"execution_count": None, "outputs": []} if cell.kind == "code" else node


def _cell_id(slug: str, cell: Cell, seen: Counter[str]) -> str:
    """Return an id that no edit of another cell changes.

    It comes from what the cell was given (a key, an exercise, a file), else from the
    cell's first line, with a number for the second and later cells that have the same.
    """
    given = [cell.key, cell.exercise, cell.function_file]
    handle = "/".join(part for part in given if part) or cell.source.partition("\n")[0]
    handle = f"{slug}/{cell.kind}/{handle}"
    seen[handle] += 1
    return hashlib.sha256(f"{handle}/{seen[handle]}".encode()).hexdigest()[:_ID_LENGTH]


def _metadata(lesson: Lesson, edition: Edition) -> dict[str, Any]:
    """Return the notebook's metadata: its kernel, and the lesson it was built from."""
    formerly = {"formerly": lesson.formerly} if lesson.formerly else {}
    return {
        "kernelspec": _KERNELSPEC,
        "language_info": {"name": "python"},
        "labkit": {
            "edition": edition.value,
            "lesson": lesson.number,
            "slug": lesson.slug,
            "title": lesson.title,
            "minutes": lesson.minutes,
            "day": lesson.day,
            "block": lesson.block,
            "goals": list(lesson.goals),
            "creates": list(lesson.creates),
            "cost": lesson.cost,
            "question": lesson.question,
            **formerly,
        },
    }
