"""Reading a lesson: one py:percent file becomes front matter and cells that know their line."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

import jupytext
import yaml

from labkit.course.cells import Cell, LessonError, check_headings, with_extra
from labkit.course.minutes import Estimate, estimate, exercise_minutes, rounded
from labkit.course.places import course_folder as course_folder
from labkit.errors import LabkitError

PARAMETERS = "parameters"  # papermill's tag, https://papermill.readthedocs.io/en/latest/usage-parameterize.html

_MARKER = re.compile(r"# %%")
_COMMENT = re.compile(r"^# ?", re.MULTILINE)
_CELL_KEYS = {"tags", "exercise", "function_file", "wrong", "expect", "wait"}
_LAYOUT_KEYS = {"lines_to_next_cell", "lines_to_end_of_cell_marker"}  # jupytext's own bookkeeping
FOLDERS = "day-{}"
"""The folder of a day's lessons, notebooks and copies."""
_OPTIONAL: dict[str, type] = {"formerly": str, "question": str}
_FRONT_MATTER: dict[str, type] = {
    "lesson": str,
    "slug": str,
    "title": str,
    "minutes": int,
    "day": int,
    "block": str,
    "goals": list,
    "creates": list,
    "cost": str,
}


@dataclass(frozen=True)
class Lesson:
    """A lesson's front matter and cells.

    Attributes
    ----------
    minutes
        The planned length of its core.
    question
        What the lesson asks at its top and answers in its recap.
    formerly
        Name of the lesson that this one, or this and others, came of; ``labkit update`` brings a
        learner's copy of that one over.
    """

    path: Path
    number: str
    slug: str
    title: str
    minutes: int
    day: int
    block: str
    goals: tuple[str, ...]
    creates: tuple[str, ...]
    cost: str
    cells: tuple[Cell, ...]
    formerly: str = ""
    question: str = ""

    @property
    def name(self) -> str:
        """Number and slug, as in the file's name."""
        return f"{self.number}-{self.slug}"

    @property
    def folder(self) -> str:
        """The day's folder, such as ``day-1``."""
        return FOLDERS.format(self.day)

    @property
    def notebook(self) -> str:
        """The notebook's path in an edition, such as ``day-1/08-delivery-order-api.ipynb``."""
        return f"{self.folder}/{self.name}.ipynb"

    @cached_property
    def version(self) -> str:
        """8 hexadecimal digits that change with the lesson's text."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()[:8]

    @property
    def exercises(self) -> tuple[str, ...]:
        """Ids of the exercises that have a cell, in the lesson's order."""
        return tuple(dict.fromkeys(cell.exercise for cell in self.cells if cell.exercise))

    @property
    def core_exercises(self) -> tuple[str, ...]:
        """Ids of the exercises outside extra sections."""
        extra = {cell.exercise for cell in self.cells if cell.extra}
        return tuple(name for name in self.exercises if name not in extra)

    @cached_property
    def core(self) -> Estimate:
        """What the core takes, as computed; `minutes` is what the head states."""
        cells = [cell for cell in self.cells if not cell.extra]
        return estimate([self.title_cell, *cells], exercise_minutes(self.cells))

    @cached_property
    def extra(self) -> Estimate:
        """What the extra sections take, as computed."""
        extra = [cell for cell in self.cells if cell.extra]
        return estimate(extra, exercise_minutes(self.cells))

    @property
    def length(self) -> str:
        """The planned length in words, such as ``30 minutes, and 15 more marked extra``."""
        more = f", and {rounded(self.extra.total)} more marked *extra*" if self.extra.total else ""
        return f"{self.minutes} minutes{more}"

    @property
    def title_cell(self) -> Cell:
        """The cell that both editions begin with, made from the front matter."""
        goals = "\n".join(f"- {goal}" for goal in self.goals)
        creates = "\n".join(f"- {thing}" for thing in self.creates)
        asked = f"**The question.** {self.question.strip()}\n\n" if self.question else ""
        text = (
            f"# {self.title}\n\n"
            f"Lesson {self.number} · {self.length} · Day {self.day}, {self.block}\n\n"
            f"{asked}"
            f"You will\n\n{goals}\n\n"
            f"This lesson creates\n\n{creates}\n\n"
            f"and deletes all of it at the end. **Cost:** {self.cost.strip()}"
        )
        return Cell("markdown", text, line=1, key="title")

    def cells_of(self, exercise: str) -> list[Cell]:
        """Return the cells that a learner fills in for one exercise."""
        return [cell for cell in self.cells if cell.exercise == exercise]

    def place(self, line: int) -> str:
        """Name a line of this lesson for a message: ``lessons/day-1/08-….py:17``."""
        return f"lessons/{self.folder}/{self.path.name}:{line}"


def lesson_paths(folder: Path | None = None) -> list[Path]:
    """Return every lesson's file, in the course's order."""
    return sorted(((folder or course_folder()) / "lessons").glob("**/[0-9]*.py"))


def find_lesson(name: str, folder: Path | None = None) -> Path:
    """Find a lesson by number, slug or both (``"08"``, ``"08-delivery-order-api"``).

    Raises
    ------
    LabkitError
        No lesson is called so; the message names the nearest, or lists all.
    """
    names: dict[str, Path] = {}
    for path in lesson_paths(folder):
        number, _, slug = path.stem.partition("-")
        names |= {path.stem: path, slug: path, number: path}
    if name in names:
        return names[name]
    slugs = [path.stem for path in lesson_paths(folder)]
    raise LabkitError(f"There is no lesson {name!r}. {nearest(name, names, slugs)}")


def nearest(word: str, known: Mapping[str, object], listed: list[str] | None = None) -> str:
    """Say which known name is closest to ``word``, or which there are."""
    close = get_close_matches(word, known, n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    names = ", ".join(listed if listed is not None else known)
    return f"There are: {names}." if names else "There are none here."


def read_lesson(path: Path) -> Lesson:
    """Read a lesson's source file.

    Raises
    ------
    LessonError
        The front matter is missing or wrong, or a cell has metadata that labkit does not know.
    """
    text = path.read_text(encoding="utf-8")
    notebook = jupytext.reads(text, fmt="py:percent")
    if not notebook.cells or notebook.cells[0].cell_type != "raw":
        raise LessonError(f"{path.name}:1: the file must begin with front matter (# --- … # ---).")
    front = _front_matter(path, notebook.cells[0].source)
    cells = _cells(path, text.splitlines(), notebook.cells[1:])
    return Lesson(
        path=path,
        number=front.pop("lesson"),
        goals=tuple(front.pop("goals")),
        creates=tuple(front.pop("creates")),
        cells=cells,
        **front,
    )


def _front_matter(path: Path, source: str) -> dict[str, Any]:
    """Parse and check the keys under ``labkit:``."""
    try:
        front = yaml.safe_load(source.strip().strip("-"))["labkit"]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise LessonError(f"{path.name}:1: the front matter has no labkit section.") from error
    problems = [f"{key!r} is missing" for key in _FRONT_MATTER if key not in front]
    known = _FRONT_MATTER | _OPTIONAL
    problems += [f"{key!r} is unknown" for key in front if key not in known]
    problems += [
        f"{key!r} must be {'a' if kind is not int else 'an'} {kind.__name__}"
        for key, kind in known.items()
        if key in front and not isinstance(front[key], kind)
    ]
    problems += [
        f"{key!r} must be a list of texts: put quotes around one with a colon"
        for key, kind in known.items()
        if kind is list and not all(isinstance(one, str) for one in front.get(key) or ())
    ]
    if not problems and f"{front['lesson']}-{front['slug']}" != path.stem:
        problems = [f"lesson and slug make {front['lesson']}-{front['slug']}.py, not this name"]
    if not problems and path.parent.name != FOLDERS.format(front["day"]):
        problems = [f"a lesson of day {front['day']} is in {FOLDERS.format(front['day'])}/"]
    if problems:
        raise LessonError(f"{path.name}:1: front matter: {'; '.join(problems)}.")
    return dict(front)


def _cells(path: Path, lines: list[str], nodes: list[Any]) -> tuple[Cell, ...]:
    """Pair jupytext's cells with the lines of the file at which they stand.

    jupytext keeps the number of lines of a cell, so the search for the next marker goes on after
    them and does not stumble over a marker inside a string.
    """
    cells = []
    cursor = 0
    for node in nodes:
        marker = next(n for n in range(cursor, len(lines)) if _MARKER.match(lines[n]))
        cursor = marker + 1 + node.source.count("\n")
        cells.append(_cell(path, marker + 1, node))
    check_headings(path.name, cells)
    return with_extra(path.name, cells)


def _cell(path: Path, marker_line: int, node: Any) -> Cell:
    """Make a cell, refusing metadata that nothing would read."""
    found = {key: value for key, value in node.metadata.items() if key not in _LAYOUT_KEYS}
    for key in found:
        if key not in _CELL_KEYS:
            place = f"{path.name}:{marker_line}"
            known = dict.fromkeys(sorted(_CELL_KEYS))
            raise LessonError(f"{place}: unknown cell metadata {key!r}. {nearest(key, known)}")
    tags = tuple(found.pop("tags", ()))
    source = node.source
    if not found.get("function_file", ".py").endswith(".py"):
        source = _COMMENT.sub("", source)
    return Cell(node.cell_type, source, marker_line + 1, tags, **found)
