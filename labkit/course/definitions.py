"""Loading a lesson's exercises: its definition cells, run with the lesson's own line numbers."""

from __future__ import annotations

import ast
import builtins
import traceback
from pathlib import Path
from typing import Any

from labkit.course.cells import LessonError
from labkit.course.contract import Exercise
from labkit.course.lesson import Lesson


def load_exercises(lesson: Lesson) -> dict[str, Exercise]:
    """Run a lesson's definition cells and return its exercises by id, in the lesson's order.

    The cells share one namespace, and get from the rest of the lesson only the imports whose names
    they use. Line numbers are those of the lesson's file, so that a traceback points into it.

    Raises
    ------
    LessonError
        A definition cell cannot be compiled or run, uses a name that nothing defines, or defines
        an exercise without an id, or one id twice.
    """
    module = _definitions(lesson)
    namespace: dict[str, Any] = {"__name__": f"labkit_lesson_{lesson.number}"}
    try:
        exec(compile(module, str(lesson.path), "exec"), namespace)
    except Exception as error:
        place = lesson.place(line_in(lesson.path, error))
        raise LessonError(f"{place}: {type(error).__name__}: {error}") from error
    exercises: dict[str, Exercise] = {}
    for name, kind in namespace.items():
        if not _is_exercise(kind, namespace["__name__"]):
            continue
        if not getattr(kind, "id", None) or not getattr(kind, "title", None):
            raise LessonError(f"{lesson.place(1)}: the exercise {name} needs an id and a title.")
        if kind.id in exercises:
            raise LessonError(f"{lesson.place(1)}: two exercises have the id {kind.id!r}.")
        exercises[kind.id] = kind()
    return exercises


def _is_exercise(kind: object, module: str) -> bool:
    """Whether an object is an exercise class that this lesson defines for use."""
    return (
        isinstance(kind, type)
        and issubclass(kind, Exercise)
        and kind.__module__ == module
        and not kind.__name__.startswith("_")
    )


def _definitions(lesson: Lesson) -> ast.Module:
    """Return the definition cells as one module, led by the lesson's imports that they use."""
    definitions = [
        s for c in lesson.cells if c.is_definition for s in _parsed(lesson, c.line, c.source)
    ]
    module = ast.Module(definitions, type_ignores=[])
    used = {n.id: n for n in ast.walk(module) if isinstance(n, ast.Name)}
    imports = [
        statement
        for cell in lesson.cells
        if cell.kind == "code" and cell.is_shown and not cell.function_file
        for statement in _parsed(lesson, cell.line, cell.source)
        if isinstance(statement, ast.Import | ast.ImportFrom) and _bound(statement) & set(used)
    ]
    module.body = [*imports, *definitions]
    known = {name for node in ast.walk(module) for name in _bound(node)} | set(dir(builtins))
    for name, node in used.items():
        if name not in known:
            raise LessonError(f"{lesson.place(node.lineno)}: nothing defines the name {name!r}.")
    return module


def _parsed(lesson: Lesson, line: int, source: str) -> list[ast.stmt]:
    """Parse a cell, each node at the line where it stands in the lesson's file."""
    try:
        tree = ast.parse("\n" * (line - 1) + source, filename=str(lesson.path))
    except SyntaxError as error:
        raise LessonError(f"{lesson.place(error.lineno or line)}: {error.msg}.") from error
    return tree.body


def _bound(node: ast.AST) -> set[str]:
    """Return the names that one node of a syntax tree gives a value."""
    match node:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {(alias.asname or alias.name).partition(".")[0] for alias in names}
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.ExceptHandler(name=str(name)):
            return {name}
        case ast.arg(arg=name):
            return {name}
        case ast.Name(id=name, ctx=ast.Store()):
            return {name}
    return set()


def line_in(path: Path, error: Exception) -> int:
    """Return the innermost line of a file that an exception passed through, or 1."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.lineno or 1 for f in reversed(frames) if f.filename == str(path)), 1)
