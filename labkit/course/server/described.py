"""The description of the course, as the server reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labkit.course.lesson_standing import Outline

DESCRIPTION = ".course.json"
"""In the folder of the learner's copies."""


def read_description(path: Path) -> list[dict[str, Any]]:
    """Return the course's lessons; none where there is no description yet."""
    try:
        lessons: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return lessons


def outline(lesson: Mapping[str, Any]) -> Outline:
    """Return what a standing needs to know of a described lesson."""
    exercises = lesson["exercises"]
    return Outline(
        name=lesson["name"],
        slug=lesson["slug"],
        title=lesson["title"],
        core=tuple(one["id"] for one in exercises if one["core"]),
        exercises=tuple(one["id"] for one in exercises),
        planned=lesson["minutes"],
        extra=lesson["extra"],
        formerly=lesson["formerly"],
    )


def is_stale(path: Path, lessons: Path) -> bool:
    """Tell whether a lesson is newer than the description, or there is none."""
    if not path.exists():
        return True
    written = path.stat().st_mtime_ns
    return any(one.stat().st_mtime_ns > written for one in lessons.glob("**/[0-9]*.py"))
