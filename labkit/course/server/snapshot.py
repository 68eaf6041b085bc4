"""What the sidebars show of the learner: progress, results, runs and what they hold."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labkit.clock import clock
from labkit.course.lesson_standing import next_lesson, standing
from labkit.course.progress import LessonProgress, ProgressEvent, progress_folder
from labkit.course.server.described import outline
from labkit.resources import held
from labkit.resources.cost import running
from labkit.resources.expiry import promise
from labkit.resources.journal import Item, Journal
from labkit.resources.runs import ended, unfinished
from labkit.state import state_dir

Stamp = tuple[tuple[str, int, int], ...]
"""Name, time in ns and size of each file that was looked at."""

RESULTS = ("check", "todo", "solve stopped")
"""Events that say how an exercise stands."""

_ROWS = re.compile(r" \| (?=(?:expected|found|next|note|so far): )")
"""What parts a result's line: see `labkit.course.cards.Result`."""


def stamp() -> Stamp:
    """Return what changes whenever progress is made or a run does anything."""
    files = [*progress_folder().glob("*.jsonl"), *(state_dir() / "runs").glob("*/*.jsonl")]
    return tuple(sorted(_stamped(path) for path in files))


def _stamped(path: Path) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:  # it went while we looked
        return (str(path), 0, 0)
    return (str(path), found.st_mtime_ns, found.st_size)


def lessons(described: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return standing and results of each lesson by its slug, and the name of the next one."""
    standings = [standing(outline(lesson)) for lesson in described]
    following = next_lesson(standings)
    return {
        "next": following and following.name,
        "lessons": {
            lesson["slug"]: one.as_json() | {"results": _results(lesson)}
            for lesson, one in zip(described, standings, strict=True)
        },
    }


def _results(lesson: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was recorded of each exercise; those of which nothing was are left out."""
    by_exercise: dict[str, list[ProgressEvent]] = {}
    for event in LessonProgress(lesson["slug"]).events():
        by_exercise.setdefault(event.exercise, []).append(event)
    return {
        exercise["id"]: _result(exercise, by_exercise[exercise["id"]])
        for exercise in lesson["exercises"]
        if exercise["id"] in by_exercise
    }


def _result(exercise: Mapping[str, Any], events: Sequence[ProgressEvent]) -> dict[str, Any]:
    told = [event for event in events if event.event in RESULTS and event.outcome]
    hints = sum(event.event == "hint" for event in events)
    heading, *parts = _ROWS.split(told[-1].message) if told else [""]
    return {
        "outcome": told[-1].outcome if told else "",
        "heading": heading,
        "rows": [part.partition(": ")[::2] for part in parts],
        "at": told[-1].at if told else "",
        "passed": any(event.outcome == "passed" for event in told),
        "hints": exercise["hints"][:hints],
    }


def runs() -> list[dict[str, Any]]:
    """Return the runs that are not torn down, the oldest first."""
    return [_run(journal) for journal in unfinished()]


def _run(journal: Journal) -> dict[str, Any]:
    run, items = journal.run, journal.open_items()
    cost = running(journal, clock().now())
    return {
        "id": run.id,
        "lesson": run.lesson,
        "edition": run.edition,
        "target": run.target,
        "account": run.account,
        "region": run.region,
        "since": run.started_at.isoformat(),
        "ended": ended(run),
        "held": [_item(item) for item in items],
        "words": held.in_words(items),
        "by_the_hour": cost.usd_a_month > 0 or bool(cost.unknown),
        "usd": cost.usd,
        "usd_a_month": cost.usd_a_month,
        "cost": cost.summary,
        "promise": promise(journal),
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "name": item.name or item.id or "(not named)",
        "state": item.state,
        "beside": item.implied,
    }
