"""What `labkit status` says: progress, lesson by lesson, and runs that are unfinished."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from labkit.course.lesson import Lesson, lesson_paths, read_lesson
from labkit.course.lesson_standing import Outline, Standing, standing
from labkit.course.minutes import rounded
from labkit.resources.expiry import promise
from labkit.resources.held import in_words
from labkit.resources.journal import Journal
from labkit.resources.runs import ended, unfinished
from labkit.show.words import count


def standings(lessons: Sequence[Lesson]) -> list[Standing]:
    """Return how far the learner is in each lesson."""
    return [standing(_outline(lesson)) for lesson in lessons]


def solved_exercises() -> list[str]:
    """Return a line for each lesson: how many of its exercises have passed, in what time."""
    lines = []
    found = standings([read_lesson(path) for path in lesson_paths()])
    width = max((len(one.name) for one in found), default=0)
    for one in found:
        time = f", {one.time}" if one.minutes >= 1 else ""
        of = count(one.exercises, "exercise")
        lines.append(f"{one.name:{width}}  {one.solved} of {of} solved{time}")
    return lines


def times() -> str:
    """Return the minutes at work on each lesson, as JSON that a learner may hand on.

    It holds numbers alone: no name, no answer. `labkit timetable --measured` reads it.
    """
    lessons = [read_lesson(path) for path in lesson_paths()]
    minutes = {one.name: round(one.minutes, 1) for one in standings(lessons) if one.done}
    return json.dumps({"minutes": minutes}, indent=1)


def unfinished_runs() -> list[str]:
    """Return what there is of each run that was not torn down, and what will become of it."""
    journals = unfinished()
    lines = [_unfinished(journal) for journal in journals]
    if not lines:
        return ["No run is unfinished."]
    return [*lines, "`labkit teardown` deletes them, and closes those that have ended."]


def _unfinished(journal: Journal) -> str:
    run = journal.run
    whose = f"run {run.id[:8]} of {run.lesson}, {run.target} {run.account} {run.region}"
    since = f"since {run.started_at.astimezone():%Y-%m-%d %H:%M}"
    if ended(run):
        return f"ended: {whose}, {since}\n  Its sandbox has ended, and everything in it with it."
    return f"unfinished: {whose}, {since}, {in_words(journal.open_items())}\n  {promise(journal)}"


def as_json() -> str:
    """Return lessons and unfinished runs as JSON; times are UTC."""
    runs = [
        {
            "run": run.id,
            "lesson": run.lesson,
            "target": run.target,
            "account": run.account,
            "region": run.region,
            "started_at": run.started_at.isoformat(),
            "expires_at": run.expires_at and run.expires_at.isoformat(),
            "resources": len(journal.open_items()),
            "ended": ended(run),
            "promise": promise(journal),
        }
        for journal in unfinished()
        for run in [journal.run]
    ]
    lessons = [asdict(one) for one in standings([read_lesson(path) for path in lesson_paths()])]
    return json.dumps({"lessons": lessons, "runs": runs}, ensure_ascii=False, indent=1)


def _outline(lesson: Lesson) -> Outline:
    return Outline(
        name=lesson.name,
        slug=lesson.slug,
        title=lesson.title,
        core=lesson.core_exercises,
        exercises=lesson.exercises,
        planned=lesson.minutes,
        extra=rounded(lesson.extra.total) if lesson.extra.total else 0,
        formerly=lesson.formerly.partition("-")[2],
    )
