"""The course as the class view needs it: lessons, their exercises, and when each is planned."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, time
from functools import cached_property
from typing import Any

from labkit.course import timetable as tables
from labkit.course.definitions import load_exercises
from labkit.course.lesson import Lesson, lesson_paths, read_lesson
from labkit.course.to_come import with_to_come


@dataclass(frozen=True)
class PlannedExercise:
    """An exercise of a lesson.

    Attributes
    ----------
    minutes
        Planned for it.
    core
        Whether it stands outside the extra sections.
    """

    id: str
    title: str
    minutes: int
    core: bool


@dataclass(frozen=True)
class PlannedLesson:
    """A lesson: `slug` is what events name, `name` what people read."""

    slug: str
    name: str
    number: str
    title: str
    day: int
    minutes: int
    exercises: tuple[PlannedExercise, ...]

    @cached_property
    def core(self) -> tuple[PlannedExercise, ...]:
        """The exercises that the timetable counts."""
        return tuple(one for one in self.exercises if one.core)

    def find(self, exercise: str) -> PlannedExercise | None:
        """Return an exercise by its id."""
        return next((one for one in self.exercises if one.id == exercise), None)


@dataclass(frozen=True)
class CoursePlan:
    """The lessons in the course's order, and the timetable's lines of each day."""

    lessons: tuple[PlannedLesson, ...]
    slots: dict[int, list[tuple[int, int, str, str]]]

    @cached_property
    def by_slug(self) -> dict[str, PlannedLesson]:
        """The lessons by what events name."""
        return {one.slug: one for one in self.lessons}

    def due(self, now: datetime, day: int) -> tuple[str, str]:
        """Return what the timetable has for a time of a day: slug (may be empty) and line."""
        minute = now.hour * 60 + now.minute
        for begin, end, slug, line in self.slots.get(day, []):
            if begin <= minute < end:
                return slug, line
        return "", ""

    def as_json(self) -> list[dict[str, Any]]:
        """Return the lessons as JSON has them."""
        return [asdict(one) for one in self.lessons]


def read_plan(start: time) -> CoursePlan:
    """Read the lessons, and plan each day from a start."""
    lessons = [read_lesson(path) for path in lesson_paths()]
    days = tables.timetable(with_to_come(lessons), start)
    slots = {
        day: [
            (slot.begin, slot.end, getattr(slot.lesson, "slug", ""), f"{slot.time} {slot.text}")
            for slot in of_day
        ]
        for day, of_day in days.items()
    }
    return CoursePlan(tuple(map(_planned, lessons)), slots)


def _planned(lesson: Lesson) -> PlannedLesson:
    exercises = load_exercises(lesson)
    return PlannedLesson(
        lesson.slug,
        lesson.name,
        lesson.number,
        lesson.title,
        lesson.day,
        lesson.minutes,
        tuple(
            PlannedExercise(
                name,
                exercises[name].title,
                exercises[name].minutes,
                name in lesson.core_exercises,
            )
            for name in lesson.exercises
        ),
    )
