"""Progress: one readable line of JSON for each thing a learner did with an exercise."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from labkit.course.cards import CheckOutcome, Result
from labkit.state import state_dir

LONGEST_WORK = timedelta(minutes=20)
"""Who does nothing that is recorded for longer than this has gone for lunch."""


@dataclass(frozen=True)
class ProgressEvent:
    """One line of a progress file.

    Attributes
    ----------
    at
        When, in UTC, ISO 8601.
    lesson, exercise
        The lesson's slug and the exercise's id.
        The latter is empty for what concerns the lesson as a whole.
    event
        ``open`` (a run of the lesson was begun or gone on with), ``check``, ``todo``, ``hint``,
        ``solution``, ``solution early``, ``solve`` or ``solve stopped``.
    outcome, message
        Of a check, and of a solution that stopped: one of the four outcomes, and the result in one
        line. Else empty.
    seconds
        How long the check took, in seconds.
    version
        The lesson's version: `labkit.course.lesson.Lesson.version`.
    """

    at: str
    lesson: str
    exercise: str
    event: str
    outcome: str = ""
    message: str = ""
    seconds: float = 0.0
    version: str = ""

    @classmethod
    def now(
        cls,
        lesson: str,
        exercise: str,
        event: str,
        result: Result | None = None,
        seconds: float = 0.0,
        version: str = "",
    ) -> ProgressEvent:
        """Make the event that happened just now."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        if result is None:
            return cls(at, lesson, exercise, event, version=version)
        outcome, message = result.outcome, str(result)
        return cls(at, lesson, exercise, event, outcome, message, round(seconds, 3), version)


@dataclass(frozen=True)
class Effort:
    """What an exercise has taken so far.

    Attributes
    ----------
    tries
        Checks, up to the first that passed.
    minutes
        Time at work on it, in minutes.
    """

    tries: int
    minutes: float

    @property
    def in_words(self) -> str:
        """Tries and minutes, or nothing if there was one try within a minute."""
        if self.tries <= 1 and self.minutes < 1:
            return ""
        tries = "1 try" if self.tries == 1 else f"{self.tries} tries"
        return tries if self.minutes < 1 else f"{tries}, {self.minutes:.0f} min"


def progress_folder() -> Path:
    """Return the folder of the learner's progress files."""
    return state_dir() / "progress"


class LessonProgress:
    """The progress file of one lesson.

    Parameters
    ----------
    lesson
        The lesson's slug.
    edition
        From `labkit.course.places.edition`: what a solved notebook does is no progress of the
        learner's, so it has a file of its own.
    """

    def __init__(self, lesson: str, edition: str | None = None) -> None:
        self.path = progress_folder() / (edition or "") / f"{lesson}.jsonl"

    def append(self, event: ProgressEvent) -> None:
        """Add an event here; one of an exercise also to the file that ``LABKIT_RESULTS`` names."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        append_line(self.path, event)
        if event.exercise and (results := os.environ.get("LABKIT_RESULTS")):
            append_line(Path(results), event)

    def events(self) -> list[ProgressEvent]:
        """Return everything recorded so far, oldest first."""
        return read_events(self.path)

    def solved(self) -> set[str]:
        """Return the exercises of which a check has passed."""
        return {event.exercise for event in self.events() if event.outcome == CheckOutcome.PASSED}

    def outcomes(self, exercise: str) -> list[CheckOutcome]:
        """Return the outcomes of one exercise's checks, oldest first."""
        return [
            CheckOutcome(event.outcome)
            for event in self.events()
            if event.exercise == exercise and event.event == "check"
        ]

    def effort(self, exercise: str) -> Effort:
        """Return what one exercise has taken until it first passed, or until now."""
        tries, minutes = 0, 0.0
        for event, worked in _worked(self.events()):
            if event.exercise == exercise:
                minutes += worked
                tries += event.event == "check"
                if event.outcome == CheckOutcome.PASSED:
                    break
        return Effort(tries, minutes)

    def minutes(self) -> float:
        """Return the time at work on the whole lesson, in minutes."""
        return sum(worked for _, worked in _worked(self.events()))


def _worked(events: list[ProgressEvent]) -> Iterator[tuple[ProgressEvent, float]]:
    """Pair each event with the minutes at work since the one before it; a break counts as none."""
    for earlier, event in pairwise([*events[:1], *events]):
        try:
            gap = datetime.fromisoformat(event.at) - datetime.fromisoformat(earlier.at)
        except ValueError:
            gap = timedelta()
        yield event, gap.total_seconds() / 60 if timedelta() < gap <= LONGEST_WORK else 0.0


def append_line(path: Path, event: ProgressEvent) -> None:
    """Add one line to a file in a single write, so that two kernels never mix their lines.

    Behind a line that a crash or a full disk cut short it begins a new one.
    """
    line = json.dumps(asdict(event), ensure_ascii=False) + "\n"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        size = os.fstat(descriptor).st_size
        torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
        os.write(descriptor, ("\n" * torn + line).encode())
    finally:
        os.close(descriptor)


def read_events(path: Path) -> list[ProgressEvent]:
    """Read a file of events; a line cut short by a crash is left out."""
    if not path.exists():
        return []
    events = []
    for line in path.read_bytes().split(b"\n"):
        try:
            events.append(ProgressEvent(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return events
