"""What `labkit status` says: progress, lesson by lesson, and runs that are unfinished."""

from __future__ import annotations

import json
from collections.abc import Sequence

from labkit.course.lesson import Lesson, lesson_paths, read_lesson
from labkit.course.progress import Progress
from labkit.resources.runs import unfinished
from labkit.show.panels.progress import Standing


def standings(lessons: Sequence[Lesson]) -> list[Standing]:
    """Return how far the learner is in each lesson."""
    return [_standing(lesson) for lesson in lessons]


def solved_exercises() -> list[str]:
    """Return a line for each lesson: how many of its exercises have passed, in what time."""
    lines = []
    for one in standings([read_lesson(path) for path in lesson_paths()]):
        time = f", {one.time}" if one.minutes >= 1 else ""
        lines.append(f"{one.name:28}  {one.solved} of {one.exercises} exercises solved{time}")
    return lines


def times() -> str:
    """Return the minutes at work on each lesson, as JSON that a learner may hand on.

    It holds numbers alone: no name, no answer. `labkit timetable --measured` reads it.
    """
    lessons = [read_lesson(path) for path in lesson_paths()]
    minutes = {one.name: round(one.minutes, 1) for one in standings(lessons) if one.done}
    return json.dumps({"minutes": minutes}, indent=1)


def unfinished_runs() -> list[str]:
    """Return a line for each run that was not torn down, or one that says there is none."""
    lines = [
        f"unfinished: run {run.id[:8]} of {run.lesson}, {run.target} {run.account} {run.region}, "
        f"since {run.started_at.astimezone():%Y-%m-%d %H:%M}, {len(journal.open_items())} resources"
        for journal in unfinished()
        for run in [journal.run]
    ]
    return [*lines, "`labkit teardown` deletes them."] if lines else ["No run is unfinished."]


def _standing(lesson: Lesson) -> Standing:
    progress = Progress(lesson.slug)
    return Standing(
        name=lesson.name,
        title=lesson.title,
        solved=len(progress.solved() & set(lesson.exercises)),
        exercises=len(lesson.exercises),
        begun=bool(progress.events()),
        minutes=progress.minutes(),
        planned=lesson.minutes,
    )
