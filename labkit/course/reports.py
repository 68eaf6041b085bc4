"""Reports of smoke runs: what is known of each lesson's run, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from labkit.course.cards import Outcome


@dataclass(frozen=True)
class Report:
    """How one lesson's smoke run went.

    Attributes
    ----------
    lesson
        Number and slug.
    seconds
        Time from start to the end of its last process, in seconds.
    exercises
        The last outcome of each exercise; "not checked" where no check ran.
    left
        What was left: resources, processes, folders. One line each.
    error
        What stopped the notebook, with the number of the cell; empty if nothing did.
    """

    lesson: str
    seconds: float
    exercises: dict[str, str]
    left: list[str] = field(default_factory=list)
    error: str = ""

    @property
    def solved(self) -> int:
        """Number of exercises that passed."""
        return sum(outcome == Outcome.PASSED for outcome in self.exercises.values())

    @property
    def passed(self) -> bool:
        """Whether nothing failed and nothing was left."""
        return not self.error and not self.left and self.solved == len(self.exercises)

    @property
    def details(self) -> list[str]:
        """One line or more for everything that was not as it should be."""
        lines = [self.error] if self.error else []
        lines += [
            f"exercise {name}: {outcome}"
            for name, outcome in self.exercises.items()
            if outcome != Outcome.PASSED
        ]
        return [*lines, *(f"left: {thing}" for thing in self.left)]


def table(reports: Sequence[Report]) -> str:
    """Return the reports as text: a row for each, then what went wrong, then the sum."""
    width = max((len(report.lesson) for report in reports), default=6)
    lines = [f"{'lesson':{width}}  seconds  exercises  left  outcome"]
    for report in reports:
        exercises = f"{report.solved}/{len(report.exercises)}"
        outcome = "passed" if report.passed else "failed"
        lines.append(
            f"{report.lesson:{width}}  {report.seconds:7.1f}  {exercises:>9}  "
            f"{len(report.left):4}  {outcome}"
        )
    lines += [f"{report.lesson}: {detail}" for report in reports for detail in report.details]
    return "\n".join([*lines, summary(reports)])


def summary(reports: Sequence[Report]) -> str:
    """Return the last line of a smoke run."""
    passed = sum(report.passed for report in reports)
    return f"{passed} passed, {len(reports) - passed} failed"


def as_json(reports: Sequence[Report]) -> str:
    """Return the reports as one JSON array."""
    rows: list[dict[str, Any]] = [
        {
            "lesson": report.lesson,
            "outcome": "passed" if report.passed else "failed",
            "seconds": report.seconds,
            "exercises": report.exercises,
            "left": report.left,
            "error": report.error,
        }
        for report in reports
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1)
