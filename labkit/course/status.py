"""What `labkit status` says: exercises solved, lesson by lesson, and runs that are unfinished."""

from __future__ import annotations

from labkit.course.lesson import lesson_paths, read_lesson
from labkit.course.progress import Progress
from labkit.resources.runs import unfinished


def solved_exercises() -> list[str]:
    """Return a line for each lesson: how many of its exercises have passed."""
    lines = []
    for lesson in map(read_lesson, lesson_paths()):
        solved = Progress(lesson.slug).solved() & set(lesson.exercises)
        lines.append(f"{lesson.name:28}  {len(solved)} of {len(lesson.exercises)} exercises solved")
    return lines


def unfinished_runs() -> list[str]:
    """Return a line for each run that was not torn down, or one that says there is none."""
    lines = [
        f"unfinished: run {run.id[:8]} of {run.lesson}, {run.target} {run.account} {run.region}, "
        f"since {run.started_at.astimezone():%Y-%m-%d %H:%M}, {len(journal.open_items())} resources"
        for journal in unfinished()
        for run in [journal.run]
    ]
    return [*lines, "`labkit teardown` deletes them."] if lines else ["No run is unfinished."]
