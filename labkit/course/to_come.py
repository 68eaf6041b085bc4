"""Lessons that are planned and not written yet: they keep their place in the timetable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from labkit.course.cells import LessonError
from labkit.course.lesson import Lesson, course_folder

LIST = "to-come.yaml"
"""In lessons/: number, title, minutes, day and block of each."""


@dataclass(frozen=True)
class ToCome:
    """A lesson of which there is a plan alone; its attributes are those of a `Lesson`."""

    number: str
    title: str
    minutes: int
    day: int
    block: str

    @property
    def name(self) -> str:
        """Its number, as long as it has no file."""
        return self.number


def with_to_come(lessons: Sequence[Lesson], folder: Path | None = None) -> list[Lesson | ToCome]:
    """Return the course's lessons and, in their places, those to come.

    Parameters
    ----------
    lessons
        Those that are written.
    folder
        The course's folder; by default that of the first lesson.

    Raises
    ------
    LessonError
        The list of those to come cannot be read.
    """
    path = (folder or _course_of(lessons)) / "lessons" / LIST
    written = {lesson.number for lesson in lessons}
    planned = [one for one in _read(path) if one.number not in written]
    return sorted([*lessons, *planned], key=lambda one: (one.day, one.number))


def _course_of(lessons: Sequence[Lesson]) -> Path:
    return lessons[0].path.resolve().parents[2] if lessons else course_folder()


def _read(path: Path) -> list[ToCome]:
    if not path.exists():
        return []
    try:
        return [ToCome(**entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]
    except (yaml.YAMLError, TypeError) as error:
        raise LessonError(f"lessons/{LIST} cannot be read: {error}") from error
