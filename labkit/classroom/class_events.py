"""What a learner's server tells the class view: lines of progress, without the learner's words."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import Any

from labkit.course.progress import ProgressEvent

FORMAT = 1
HAND, HAND_DOWN, KERNEL_DIED = "hand", "hand down", "kernel died"
"""Events that are in no progress file."""
KINDS = frozenset(
    {"open", "check", "todo", "hint", "solution", "solution early", "solve"}
    | {HAND, HAND_DOWN, KERNEL_DIED}
)
OUTCOMES = frozenset({"", "passed", "not yet", "not attempted", "error"})
LONGEST = 200
"""Characters of a text; all are names of the course's, not the learner's."""

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]*|")


class NoEvent(ValueError):
    """What was sent is no event."""


@dataclass(frozen=True)
class ClassEvent:
    """One line of progress, as far as it leaves a learner's server.

    `labkit.course.progress.ProgressEvent` without its message, which may quote the learner.

    Attributes
    ----------
    key
        Names this line among the learner's, so that sending it twice counts once.
    at
        When, in UTC, ISO 8601.
    lesson, exercise, event, outcome, seconds, version
        As in the progress file. An event may also be ``hand``, ``hand down`` or ``kernel died``.
    mistake
        Which known mistake the check found, in the words of the lesson's author; else empty.
    v
        The format of this line.
    """

    key: str
    at: str
    lesson: str = ""
    exercise: str = ""
    event: str = ""
    outcome: str = ""
    seconds: float = 0.0
    version: str = ""
    mistake: str = ""
    v: int = FORMAT

    @classmethod
    def of(cls, key: str, line: ProgressEvent, mistake: str = "") -> ClassEvent:
        """Take what may leave of a line of progress."""
        kept = {
            name: getattr(line, name)
            for name in ("at", "lesson", "exercise", "event", "outcome", "seconds", "version")
        }
        return cls(key=key, mistake=mistake[:LONGEST], **kept)

    @classmethod
    def read(cls, sent: Mapping[str, Any]) -> ClassEvent:
        """Check what a learner's server has sent; it is the learner's, so nothing is trusted.

        Raises
        ------
        NoEvent
            A field is missing, unknown, too long, or not of its kind.
        """
        try:
            event = cls(**sent)
        except TypeError as error:
            raise NoEvent(f"not the fields of an event: {error}") from None
        for one in fields(cls):
            value, kind = getattr(event, one.name), _KINDS_OF_FIELDS[one.name]
            if isinstance(value, bool) or not isinstance(value, kind):
                raise NoEvent(f"{one.name} is not {kind}")
            if isinstance(value, float) and not math.isfinite(value):
                raise NoEvent(f"{one.name} is no number")  # nor would it be JSON for browsers
            if isinstance(value, str) and (len(value) > LONGEST or not value.isprintable()):
                raise NoEvent(f"{one.name} is too long, or has characters that do not print")
        if event.event not in KINDS or event.outcome not in OUTCOMES:
            raise NoEvent(f"unknown event {event.event!r} or outcome {event.outcome!r}")
        if not (event.key and _SLUG.fullmatch(event.lesson) and _SLUG.fullmatch(event.exercise)):
            raise NoEvent("key, lesson or exercise is not a name")
        _ = event.moment
        return event

    @cached_property
    def moment(self) -> datetime:
        """Return when it happened.

        Raises
        ------
        NoEvent
            That is no time with a zone.
        """
        try:
            when = datetime.fromisoformat(self.at)
        except ValueError:
            raise NoEvent(f"{self.at!r} is no time") from None
        if when.tzinfo is None:
            raise NoEvent(f"{self.at!r} has no time zone")
        return when

    def as_json(self) -> dict[str, Any]:
        """Return what `read` takes."""
        return asdict(self)


_KINDS_OF_FIELDS: dict[str, Any] = {one.name: str for one in fields(ClassEvent)} | {
    "seconds": int | float,
    "v": int,
}
