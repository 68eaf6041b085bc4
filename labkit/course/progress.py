"""Progress: one readable line of JSON for each thing a learner did with an exercise."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from labkit.course.cards import Outcome, Result
from labkit.state import state_dir


@dataclass(frozen=True)
class Event:
    """One line of a progress file.

    Attributes
    ----------
    at
        When, in UTC, ISO 8601.
    lesson, exercise
        The lesson's slug and the exercise's id.
    event
        ``check``, ``todo``, ``hint``, ``solution``, ``solution early`` or ``solve``.
    outcome, message
        Of a check: one of the four outcomes, and the result in one line. Else empty.
    seconds
        How long the check took, in seconds.
    """

    at: str
    lesson: str
    exercise: str
    event: str
    outcome: str = ""
    message: str = ""
    seconds: float = 0.0

    @classmethod
    def now(
        cls, lesson: str, exercise: str, event: str, result: Result | None, seconds: float
    ) -> Event:
        """Make the event that happened just now."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        if result is None:
            return cls(at, lesson, exercise, event)
        return cls(at, lesson, exercise, event, result.outcome, str(result), round(seconds, 3))


class Progress:
    """The progress file of one lesson."""

    def __init__(self, lesson: str) -> None:
        self.path = state_dir() / "progress" / f"{lesson}.jsonl"

    def append(self, event: Event) -> None:
        """Add an event here, and to the file that ``LABKIT_RESULTS`` names."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        append_line(self.path, event)
        if results := os.environ.get("LABKIT_RESULTS"):
            append_line(Path(results), event)

    def events(self) -> list[Event]:
        """Return everything recorded so far, oldest first."""
        return read_events(self.path)

    def solved(self) -> set[str]:
        """Return the exercises of which a check has passed."""
        return {event.exercise for event in self.events() if event.outcome == Outcome.PASSED}

    def outcomes(self, exercise: str) -> list[Outcome]:
        """Return the outcomes of one exercise's checks, oldest first."""
        return [
            Outcome(event.outcome)
            for event in self.events()
            if event.exercise == exercise and event.event == "check"
        ]


def append_line(path: Path, event: Event) -> None:
    """Add one line to a file in a single write, so that two kernels never mix their lines."""
    line = json.dumps(asdict(event), ensure_ascii=False) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def read_events(path: Path) -> list[Event]:
    """Read a file of events; a line cut short by a crash is left out."""
    if not path.exists():
        return []
    events = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            events.append(Event(**json.loads(line)))
        except (ValueError, TypeError):
            continue
    return events
