"""What lessons will cost, and what the runs that are not torn down cost so far."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.clock import clock
from labkit.course.lesson import Lesson, find_lesson, lesson_paths, read_lesson
from labkit.errors import LabkitError
from labkit.resources import runs
from labkit.resources.cost import Cost, estimate, running


@dataclass(frozen=True)
class CostReport:
    """The cost of one lesson, planned or so far.

    Attributes
    ----------
    about
        Which lesson, or which run.
    cost
        What it costs.
    remark
        What could not be read, and so is not in it; usually "".
    """

    about: str
    cost: Cost
    remark: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it for ``json.dumps``."""
        return {"about": self.about, "remark": self.remark, **self.cost.as_json()}

    def __repr__(self) -> str:
        return "\n".join(text for text in (self.about, repr(self.cost), self.remark) if text)


def planned(slug: str, region: str, real: bool) -> Cost:
    """Price what a lesson's front matter says that it creates; nothing for an unknown lesson."""
    try:
        path = find_lesson(slug)
    except LabkitError:
        return estimate((), 1, region, real)
    lesson = read_lesson(path)
    return estimate(lesson.creates, _hours(lesson), region, real)


def lesson_bills(words: Sequence[str], region: str, real: bool) -> list[CostReport]:
    """Price lessons, by their numbers or slugs, before anything is created.

    Raises
    ------
    LabkitError
        When there is no such lesson.
    """
    known = {word: lesson for lesson in _lessons() for word in (lesson.number, lesson.slug)}
    unknown = [word for word in words if word not in known]
    if unknown:
        raise LabkitError(
            f"There is no lesson {unknown[0]}. `labkit status` lists numbers and names."
        )
    return [
        CostReport(f"{lesson.name}, {_hours(lesson)} h", planned(lesson.slug, region, real))
        for lesson in (known[word] for word in words)
    ]


def run_bills() -> Iterator[CostReport]:
    """Price the runs that are not torn down; an account that cannot be asked is said."""
    for journal in runs.unfinished():
        run = journal.run
        about = f"run {run.id[:8]} of {run.lesson}, {run.target} {run.account}"
        try:
            clients = runs.reopen(run)
            yield CostReport(about, running(journal, clock().now(), get_client=clients))
        except Exception as error:
            remark = f"Requests and data could not be read: {error}"
            yield CostReport(about, running(journal, clock().now()), remark)


def _lessons() -> list[Lesson]:
    return [read_lesson(path) for path in lesson_paths()]


def _hours(lesson: Lesson) -> int:
    return max(1, math.ceil(lesson.minutes / 60))
