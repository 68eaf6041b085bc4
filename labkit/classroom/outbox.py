"""What waits to be sent to the class view: lines of the progress files, and raised hands.

The progress files are the queue. A check writes its line and is done; whether the view can be
reached never matters to it. What was sent is remembered beside them, and a line sent twice counts
once.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from labkit.classroom.class_events import HAND, HAND_DOWN, ClassEvent
from labkit.course.copies import write_whole
from labkit.course.lesson import find_lesson, read_lesson
from labkit.course.progress import ProgressEvent
from labkit.errors import LabkitError
from labkit.state import state_dir

AT_ONCE = 200
"""Events in one request; an hour without the view makes some sixty."""


@dataclass
class Choice:
    """What the learner has chosen, and how far it was carried out; `class/choice.json`.

    Attributes
    ----------
    shares
        None until the learner was asked.
    told
        Whether the view knows the choice.
    forget
        Whether the view has yet to delete what was sent.
    sent
        By file (its name and its number on the disk): up to which byte it was sent.
    queue
        Hands and kernels' deaths that wait to be sent.
    hand
        Whether the hand is up.
    seen
        The last note that the learner has seen.
    """

    shares: bool | None = None
    told: bool = True
    forget: bool = False
    sent: dict[str, int] = field(default_factory=dict)
    queue: list[dict[str, Any]] = field(default_factory=list)
    hand: bool = False
    seen: int = 0


class Outbox:
    """The learner's choice and what waits to be sent."""

    def __init__(self) -> None:
        self._file = state_dir() / "class" / "choice.json"
        self.choice = Choice()
        with suppress(OSError, ValueError, TypeError):
            self.choice = Choice(**json.loads(self._file.read_text(encoding="utf-8")))

    def share(self, shares: bool, *, forget: bool = False) -> None:
        """Take the learner's choice. What was written while nothing was shared is never sent."""
        again = shares and self.choice.shares is False
        self.choice.shares, self.choice.told = shares, False
        self.choice.forget = self.choice.forget or forget
        if again or forget:
            self.choice.sent = {_name(path): path.stat().st_size for path in _files()}
        self.save()

    def raise_hand(self, up: bool) -> None:
        """Raise the hand, or take it down; that is said whether progress is shared or not."""
        if up != self.choice.hand:
            self.choice.hand = up
            self.put(HAND if up else HAND_DOWN)

    def put(self, event: str, lesson: str = "") -> None:
        """Put an event of now into the queue."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        made = ClassEvent(key=f"{event}:{uuid.uuid4().hex}", at=at, event=event, lesson=lesson)
        self.choice.queue.append(made.as_json())
        self.save()

    def waiting(self) -> tuple[list[ClassEvent], dict[str, int]]:
        """Return what is to be sent next, and how far the files are sent when it is."""
        events = [ClassEvent(**one) for one in self.choice.queue]
        sent = dict(self.choice.sent)
        if self.choice.shares:
            for path in _files():
                for end, event in _lines(path, sent.get(_name(path), 0)):
                    if len(events) >= AT_ONCE:
                        return events, sent
                    sent[_name(path)] = end
                    events += [event] if event else []
        return events, sent

    def took(self, events: list[ClassEvent], sent: dict[str, int]) -> None:
        """Note that the view has taken events."""
        keys = {one.key for one in events}
        self.choice.queue = [one for one in self.choice.queue if one["key"] not in keys]
        self.choice.sent |= sent
        self.save()

    def save(self) -> None:
        """Write the choice; where the disk is full it holds until the server ends."""
        with suppress(LabkitError):
            write_whole(self._file, json.dumps(asdict(self.choice), indent=1) + "\n")


def _files() -> list[Path]:
    return sorted((state_dir() / "progress").glob("*.jsonl"))


def _name(path: Path) -> str:
    """Name a file so that a new one in its place is another."""
    return f"{path.stem}:{path.stat().st_ino}"


def _lines(path: Path, begin: int) -> Iterator[tuple[int, ClassEvent | None]]:
    """Yield each whole line after a place: where it ends, and its event if it holds one."""
    with path.open("rb") as file:
        file.seek(begin)
        for line in file:
            if not line.endswith(b"\n"):
                return
            place, begin = begin, begin + len(line)
            try:
                read = ProgressEvent(**json.loads(line))
                event = ClassEvent.of(f"{_name(path)}:{place}", read, mistake(read))
                yield begin, ClassEvent.read(event.as_json())
            except (ValueError, TypeError):  # cut short by a crash, or a later labkit's
                yield begin, None


def mistake(line: ProgressEvent) -> str:
    """Return which of the lesson's known mistakes a check has found, in its author's words."""
    if line.event != "check" or line.outcome == "passed":
        return ""
    known = [text for exercise, text in _known(line.lesson) if exercise == line.exercise]
    return max((text for text in known if text in line.message), key=len, default="")


@cache
def _known(slug: str) -> tuple[tuple[str, str], ...]:
    """Return the mistakes that the lesson's own tests try: exercise, and what the check says."""
    try:
        lesson = read_lesson(find_lesson(slug))
    except LabkitError:
        return ()
    return tuple((cell.wrong, cell.expect) for cell in lesson.cells if cell.wrong and cell.expect)
