"""The progress panel: each lesson, how far the learner is in it, and how long it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from labkit.show.panels.frame import Panel, rows, sign


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
    def mood(self) -> str:
        """As `labkit.show.panels.frame.sign` takes it."""
        return "good" if self.done else "warn" if self.begun else "none"

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


class ProgressPanel(Panel):
    """Shows the standing of every lesson."""

    title = "Progress"

    def __init__(self, standings: Sequence[Standing]) -> None:
        self._standings = standings

    def html(self) -> str:
        """Return a table with a row for each lesson."""
        return rows(
            ("Lesson", "So far", "Time"),
            (
                (f"{one.name[:2]} {escape(one.title)}", sign(one.mood, one.words), one.time)
                for one in self._standings
            ),
        )

    def text(self) -> str:
        """Return a line for each lesson."""
        width = max((len(one.name) for one in self._standings), default=0)
        return "\n".join(
            f"{one.name:{width}}  {one.words:15}  {one.time}" for one in self._standings
        )
