"""A class folder, and a plan of two lessons."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.classroom.course_plan import CoursePlan, PlannedExercise, PlannedLesson
from labkit.classroom.folder import ClassFolder, new_class


@pytest.fixture
def folder(tmp_path: Path) -> ClassFolder:
    """Make a class of three."""
    return new_class(tmp_path / "class", "Seoul, 13 June", ["Kim", "Lee, Min", ""])


@pytest.fixture
def plan() -> CoursePlan:
    """Plan two lessons on one day, from 10:00."""
    lessons = tuple(
        PlannedLesson(
            slug,
            f"0{number}-{slug}",
            f"0{number}",
            slug.title(),
            1,
            30,
            (
                PlannedExercise(f"{slug}-a", "A", 5, True),
                PlannedExercise(f"{slug}-b", "B", 5, True),
                PlannedExercise(f"{slug}-x", "X", 5, False),
            ),
        )
        for number, slug in enumerate(("first", "second"))
    )
    slots = {1: [(600, 630, "first", "10:00–10:30 00"), (630, 660, "second", "10:30–11:00 01")]}
    return CoursePlan(lessons, slots)
