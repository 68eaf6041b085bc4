"""How long a lesson takes: reading, code, exercises, predictions, and waits as measured."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from labkit.course.cells import FENCED, Cell

WORDS_A_MIN = 150
"""Careful reading of technical prose, by people whose second language it is."""
LINES_A_MIN = 15
"""Lines of code that are read and run."""
PREDICTION_MIN = 1
EXERCISE_MIN = 5
"""An exercise that does not say its own minutes."""
EXERCISE_RANGE_MIN = (4, 7)
"""An exercise that takes less is a question; one that takes more is two."""
PREDICT = "> **Predict.**"
ROUNDED_TO_MIN = 5


@dataclass(frozen=True)
class Estimate:
    """Minutes that some cells take, by what they go to."""

    prose: float = 0.0
    code: float = 0.0
    exercises: float = 0.0
    predictions: float = 0.0
    waits: float = 0.0

    @property
    def total(self) -> float:
        """All of them."""
        return self.prose + self.code + self.exercises + self.predictions + self.waits


def estimate(cells: Iterable[Cell], exercise_minutes: Mapping[str, int]) -> Estimate:
    """Add up what cells take; those that are in no edition take nothing.

    Parameters
    ----------
    exercise_minutes
        Minutes of each exercise, by its id: its cell's own lines are not counted beside them.
    """
    shown = [cell for cell in cells if cell.is_shown]
    prose = [cell.source for cell in shown if cell.kind == "markdown"]
    code = [cell for cell in shown if cell.kind == "code"]
    fenced = [block for text in prose for block in FENCED.findall(text)]
    lines = sum(map(_lines, [*(cell.source for cell in code if not cell.exercise), *fenced]))
    exercises = dict.fromkeys(cell.exercise for cell in code if cell.exercise)
    return Estimate(
        prose=sum(_words(FENCED.sub("", text)) for text in prose) / WORDS_A_MIN,
        code=lines / LINES_A_MIN,
        exercises=sum(exercise_minutes.get(name or "", EXERCISE_MIN) for name in exercises),
        predictions=sum(text.count(PREDICT) for text in prose) * PREDICTION_MIN,
        waits=sum(float(cell.wait) for cell in shown) / 60,
    )


def exercise_minutes(cells: Iterable[Cell]) -> dict[str, int]:
    """Read the minutes of a lesson's exercises off their classes, without running them."""
    found = {}
    for node in _classes(cells):
        attributes = _constants(node)
        if isinstance(name := attributes.get("id"), str):
            found[name] = int(attributes.get("minutes", EXERCISE_MIN))
    return found


def rounded(minutes: float) -> int:
    """Return minutes as a timetable says them: in steps of five, and never none."""
    return max(ROUNDED_TO_MIN, round(minutes / ROUNDED_TO_MIN) * ROUNDED_TO_MIN)


def _classes(cells: Iterable[Cell]) -> Iterator[ast.ClassDef]:
    """Yield the classes that definition cells define; one that is no Python is said elsewhere."""
    for cell in cells:
        if cell.is_definition:
            with suppress(SyntaxError):
                nodes = ast.walk(ast.parse(cell.source))
                yield from (node for node in nodes if isinstance(node, ast.ClassDef))


def _constants(node: ast.ClassDef) -> dict[str, str | int]:
    """Return the class attributes that are plain text or numbers."""
    return {
        target.id: statement.value.value
        for statement in node.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        for target in statement.targets
        if isinstance(target, ast.Name) and isinstance(statement.value.value, str | int)
    }


def _words(text: str) -> int:
    return sum(any(letter.isalnum() for letter in word) for word in text.split())


def _lines(text: str) -> int:
    return sum(bool(line.strip()) for line in text.splitlines())
