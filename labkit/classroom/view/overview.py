"""The class as the page shows it: learners by need, lessons, pace, notes; one JSON document."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labkit.classroom.class_events import HAND, HAND_DOWN, ClassEvent
from labkit.classroom.course_plan import CoursePlan
from labkit.classroom.folder import ClassFolder, Learner
from labkit.classroom.ledger import Ledger
from labkit.classroom.standing import LearnerStanding, standing


@dataclass(frozen=True)
class Health:
    """What the host and the hub know of a learner's server, whether progress is shared or not.

    Attributes
    ----------
    server
        ``running``, ``starting``, ``stopped``, or ``unknown`` while the hub does not answer.
    memory_mb
        Taken now, of how much; 0 where it is not held.
    killed
        Processes that the limit has killed.
    disk_mb
        Free in the home; -1 where it is not held.
    """

    server: str = "unknown"
    memory_mb: int = 0
    killed: int = 0
    disk_mb: int = -1


@dataclass(frozen=True)
class LearnerRow:
    """One learner of the class."""

    learner: Learner
    shares: bool | None
    standing: LearnerStanding
    health: Health

    def as_json(self) -> dict[str, Any]:
        """Return the row as JSON has it; of one who does not share it has the hand alone."""
        shown = self.standing.as_json()
        if not self.shares and not self.standing.hand:
            shown |= {
                "state": "private",
                "why": "does not share" if self.shares is False else "was not asked yet",
            }
        return shown | {
            "who": self.learner.who,
            "name": self.learner.shown,
            "shares": self.shares,
            "server": self.health.server,
            "memory_mb": self.health.memory_mb,
            "killed": self.health.killed,
            "disk_mb": self.health.disk_mb,
        }


def rows(
    folder: ClassFolder,
    ledger: Ledger,
    plan: CoursePlan,
    health: Mapping[str, Health],
    now: datetime,
) -> list[LearnerRow]:
    """Return everybody, those who need help most first."""
    events, sharing = ledger.events(), ledger.sharing()
    found = []
    for learner in folder.learners:
        shares = sharing.get(learner.who)
        theirs = events.get(learner.who, [])
        shown = theirs if shares else _hands(theirs)
        found.append(
            LearnerRow(
                learner,
                shares,
                standing(shown, plan, now),
                health.get(learner.who, Health()),
            )
        )
    return sorted(found, key=_order)


def overview(
    folder: ClassFolder,
    ledger: Ledger,
    plan: CoursePlan,
    everyone: Sequence[LearnerRow],
    now: datetime,
) -> dict[str, Any]:
    """Return the document that the page shows."""
    return {
        "class": folder.settings.name,
        "at": now.isoformat(timespec="seconds"),
        "learners": [row.as_json() for row in everyone],
        "notes": [note.as_json() for note in ledger.notes()],
        "pace": pace(plan, everyone, now),
    }


def pace(plan: CoursePlan, everyone: Sequence[LearnerRow], now: datetime) -> dict[str, Any]:
    """Return what the timetable has now, and how many are at, before and behind it.

    The day is that of the lesson that most are at; times are the host's own.
    """
    order = [lesson.slug for lesson in plan.lessons]
    at = [row.standing.lesson for row in everyone if row.shares and row.standing.lesson]
    most = Counter(at).most_common(1)
    day = plan.by_slug[most[0][0]].day if most else 1
    due, line = plan.due(now.astimezone(), day)
    behind = ahead = there = 0
    if due:
        place = order.index(due) if due in order else -1
        places = [order.index(slug) for slug in at]
        behind = sum(one < place for one in places)
        ahead = sum(one > place for one in places)
        there = len(places) - behind - ahead
    return {"due": due, "line": line, "behind": behind, "there": there, "ahead": ahead}


def as_csv(everyone: Sequence[LearnerRow], plan: CoursePlan) -> str:
    """Return a line for each learner: the pseudonym, where they are, and what passed by lesson."""
    out = io.StringIO()
    written = csv.writer(out, lineterminator="\n")
    lessons = [lesson.name for lesson in plan.lessons]
    heads = ["who", "name", "shares", "state", "why", "lesson", "exercise", "minutes", "tries"]
    written.writerow([*heads, "hints", "last", "server", *lessons])
    for row in everyone:
        shown = row.as_json()
        cells = [f"{mark.passed}/{mark.of}" if row.shares else "" for mark in row.standing.marks]
        values = [shown[head] if shown[head] is not None else "" for head in heads]
        written.writerow(
            [*map(_plain, values), shown["hints"], shown["last"], shown["server"], *cells]
        )
    return out.getvalue()


def _plain(value: object) -> object:
    """Keep a spreadsheet from running a name that looks like a formula."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value


def _hands(events: Sequence[ClassEvent]) -> list[ClassEvent]:
    """Return what is shown of one who does not share: a raised hand says itself."""
    return [one for one in events if one.event in (HAND, HAND_DOWN)]


def _order(row: LearnerRow) -> tuple[float, float, str]:
    level, minutes = row.standing.need
    return (-level, -minutes, row.learner.who)
