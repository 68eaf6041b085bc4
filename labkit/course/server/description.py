"""The course as JupyterLab's sidebars show it: read from the lessons, kept as a file of JSON.

Reading lessons takes seconds and 50 MB, so the server never does it: it reads this file, and has it
written anew by a program of its own where a lesson is newer.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from labkit.course.build import cell_ids
from labkit.course.cells import Cell
from labkit.course.copies import write_whole
from labkit.course.exercise_calls import lesson_calls
from labkit.course.lesson import Lesson, course_folder, lesson_paths, read_lesson
from labkit.course.minutes import rounded
from labkit.course.places import COPIES
from labkit.course.sections import sections, whole_minutes
from labkit.course.server.described import DESCRIPTION


def write_description(folder: Path, lessons: Sequence[Lesson]) -> Path:
    """Write what the sidebars show of the course, and return where.

    Raises
    ------
    LabkitError
        It cannot be written.
    """
    path = folder / COPIES / DESCRIPTION
    write_whole(path, json.dumps([describe(lesson) for lesson in lessons], ensure_ascii=False))
    return path


def describe(lesson: Lesson) -> dict[str, Any]:
    """Return one lesson for ``json.dumps``, its solutions left out."""
    return {
        "name": lesson.name,
        "number": lesson.number,
        "slug": lesson.slug,
        "formerly": lesson.formerly.partition("-")[2],
        "title": lesson.title,
        "day": lesson.day,
        "block": lesson.block,
        "minutes": lesson.minutes,
        "extra": rounded(lesson.extra.total) if lesson.extra.total else 0,
        "notebook": lesson.notebook,
        "question": lesson.question.strip(),
        "goals": list(lesson.goals),
        "creates": list(lesson.creates),
        "cost": " ".join(lesson.cost.split()),
        "sections": list(_sections(lesson)),
        "exercises": list(_exercises(lesson)),
    }


def _sections(lesson: Lesson) -> Iterable[dict[str, Any]]:
    """Yield title, length in minutes and first cell of each section that has a heading."""
    ids = cell_ids(lesson)
    for section in sections(lesson)[1:]:
        first = next((cell for cell in section.cells if cell.is_shown), None)
        if first is not None and first.level:
            yield {
                "title": section.title,
                "extra": section.extra,
                "minutes": whole_minutes(lesson, section),
                "cell": ids[first.line],
            }


def _exercises(lesson: Lesson) -> Iterable[dict[str, Any]]:
    """Yield what each exercise says of itself, and the line that checks it, in the lesson's order.

    The classes are read, not run: what they import has no place here.
    """
    told = {one["id"]: one for cell in lesson.cells if cell.is_definition for one in _told(cell)}
    checks = {c.exercise: c for c in lesson_calls(lesson) if c.method == "check"}
    for name in lesson.exercises:
        call = checks.get(name)
        answer = f", answer={ast.unparse(call.answer)}" if call and call.answer else ""
        yield {
            "id": name,
            "title": told[name]["title"],
            "minutes": told[name].get("minutes", 5),
            "hints": list(told[name].get("hints", ())),
            "core": name in lesson.core_exercises,
            "check": f'lab.check("{name}"{answer})',
        }


def _told(cell: Cell) -> Iterable[dict[str, Any]]:
    """Yield the plain attributes of the exercise classes that a cell defines."""
    for node in ast.walk(ast.parse(cell.source)):
        if isinstance(node, ast.ClassDef):
            found = {
                target.id: ast.literal_eval(statement.value)
                for statement in node.body
                if isinstance(statement, ast.Assign)
                for target in statement.targets
                if isinstance(target, ast.Name) and target.id in ("id", "title", "hints", "minutes")
            }
            if "id" in found and "title" in found:
                yield found


if __name__ == "__main__":
    write_description(course_folder(), [read_lesson(path) for path in lesson_paths()])
