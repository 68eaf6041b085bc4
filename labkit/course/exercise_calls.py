"""The calls of a lesson's code that name an exercise, such as ``lab.check("order-function")``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from labkit.course.lesson import Lesson

_METHODS = ("check", "hint", "solution", "solve", "todo")


@dataclass(frozen=True)
class ExerciseCall:
    """One call on ``lab``; ``answer`` is the expression handed over as ``answer=``, if any."""

    method: str
    exercise: str
    answer: ast.expr | None
    line: int


def lesson_calls(lesson: Lesson) -> Iterator[ExerciseCall]:
    """Yield the calls in the cells that learners see; a cell that is not plain Python has none."""
    for cell in lesson.cells:
        if cell.kind != "code" or not cell.is_shown:
            continue
        try:
            tree = ast.parse("\n" * (cell.line - 1) + cell.source)
        except SyntaxError:
            continue
        yield from (call for node in ast.walk(tree) if (call := _call(node)))


def _call(node: ast.AST) -> ExerciseCall | None:
    """Return the call that a node is, if it is one."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="lab"), attr=method),
            args=[ast.Constant(value=str(exercise)), *_],
        ) if method in _METHODS:
            answers = [word.value for word in node.keywords if word.arg == "answer"]
            return ExerciseCall(method, exercise, answers[0] if answers else None, node.lineno)
    return None
