"""How far a learner is in a lesson, from the lesson's outline and what was recorded of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labkit.course.progress import LessonProgress


@dataclass(frozen=True)
class Outline:
    """What a standing needs to know of a lesson.

    Attributes
    ----------
    name, slug, title
        As in `labkit.course.lesson.Lesson`.
    core, exercises
        Ids of the core's exercises, and of all.
    planned, extra
        Minutes of the core, and of the extra sections.
    formerly
        Slug of the lesson that this one came of; "" for none.
    """

    name: str
    slug: str
    title: str
    core: tuple[str, ...]
    exercises: tuple[str, ...]
    planned: int
    extra: int
    formerly: str = ""


@dataclass(frozen=True)
class Standing:
    """How far a learner is in one lesson.

    Attributes
    ----------
    name, title
        The lesson's number and slug, and its title.
    solved, exercises
        How many exercises of its core have passed, and how many there are.
    begun
        Whether anything was recorded of it.
    minutes
        Time at work on it so far, in minutes.
    planned
        The planned length of its core, in minutes.
    extra
        What its extra sections take beside that, in minutes.
    """

    name: str
    title: str
    solved: int
    exercises: int
    begun: bool
    minutes: float
    planned: int
    extra: int = 0

    @property
    def done(self) -> bool:
        """Whether every exercise of the core has passed."""
        return self.solved == self.exercises > 0

    @property
    def words(self) -> str:
        """How far, such as "2 of 4 solved"."""
        if self.done:
            return "done"
        return f"{self.solved} of {self.exercises} solved" if self.begun else "not begun"

    @property
    def time(self) -> str:
        """Time taken beside the plan, such as "12 of 35 min, extra 15 min"."""
        taken = f"{self.minutes:.0f} of " if self.begun else ""
        return f"{taken}{self.planned} min" + (f", extra {self.extra} min" if self.extra else "")

    def as_json(self) -> dict[str, Any]:
        """Return it for ``json.dumps``."""
        return {
            "solved": self.solved,
            "exercises": self.exercises,
            "begun": self.begun,
            "done": self.done,
            "minutes": round(self.minutes),
            "planned": self.planned,
            "extra": self.extra,
            "words": self.words,
            "time": self.time,
        }


def standing(of: Outline) -> Standing:
    """Read how far the learner is in a lesson."""
    progress = LessonProgress(of.slug)
    solved = progress.solved() | (LessonProgress(of.formerly).solved() if of.formerly else set())
    return Standing(
        name=of.name,
        title=of.title,
        solved=len(solved & set(of.core)),
        exercises=len(of.core),
        begun=bool(progress.events()) or bool(solved & set(of.exercises)),
        minutes=progress.minutes(),
        planned=of.planned,
        extra=of.extra,
    )


def next_lesson(progress: Sequence[Standing]) -> Standing | None:
    """Return the lesson to go on with: the first that is not done; None if all are."""
    return next((one for one in progress if not one.done), None)
