"""What the class view remembers: events, notes and who shares, in one SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from labkit.classroom.class_events import ClassEvent

FILE = "view.sqlite"
MOST_EVENTS = 20_000
"""Of one learner: two days make some 500. A loop that sends without end stops here."""
_TABLES = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS events (
    who TEXT NOT NULL, key TEXT NOT NULL, event TEXT NOT NULL, PRIMARY KEY (who, key)
);
CREATE TABLE IF NOT EXISTS notes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, text TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sharing (who TEXT PRIMARY KEY, shares INTEGER NOT NULL);
"""


@dataclass(frozen=True)
class ClassNote:
    """A note to everybody.

    Attributes
    ----------
    number
        From 1; learners ask for those after the last that they have.
    at
        When, in UTC, ISO 8601.
    """

    number: int
    at: str
    text: str

    def as_json(self) -> dict[str, str | int]:
        """Return the note as JSON has it."""
        return asdict(self)


class Ledger:
    """Everything that the class view knows; each change is on disk when its call returns."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        self._database = sqlite3.connect(path)
        self._database.executescript(_TABLES)
        self._events: dict[str, list[ClassEvent]] = {}
        for who, event in self._rows("SELECT who, event FROM events"):
            self._events.setdefault(who, []).append(ClassEvent(**json.loads(event)))
        for of in self._events.values():
            of.sort(key=_when)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def add(self, who: str, events: Iterable[ClassEvent]) -> int:
        """Take events of a learner, each once however often it is sent; return how many are new."""
        known = self._events.setdefault(who, [])
        keys = {one.key for one in known}
        unknown = {one.key: one for one in events if one.key not in keys}
        new = list(unknown.values())[: max(MOST_EVENTS - len(known), 0)]
        rows = [(who, one.key, json.dumps(one.as_json())) for one in new]
        with self._database:
            self._database.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
        known += new
        known.sort(key=_when)
        return len(new)

    def events(self) -> dict[str, list[ClassEvent]]:
        """Return each learner's events, oldest first."""
        return self._events

    def share(self, who: str, shares: bool) -> None:
        """Note whether a learner shares progress."""
        with self._database:
            self._database.execute("INSERT OR REPLACE INTO sharing VALUES (?, ?)", (who, shares))

    def sharing(self) -> dict[str, bool]:
        """Return who shares; those who were not asked yet are missing."""
        return {who: bool(shares) for who, shares in self._rows("SELECT who, shares FROM sharing")}

    def forget(self, who: str) -> None:
        """Delete everything that a learner has sent; nothing of it stays in the file."""
        with self._database:
            self._database.execute("DELETE FROM events WHERE who = ?", (who,))
        self._events.pop(who, None)
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def forget_all(self) -> None:
        """Delete everything, and what of it is left in the file."""
        with self._database:
            for table in ("events", "notes", "sharing"):
                self._database.execute(f"DELETE FROM {table}")
        self._events.clear()
        self._database.execute("VACUUM")
        self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def write_note(self, text: str) -> ClassNote:
        """Write a note to everybody."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        with self._database:
            added = self._database.execute("INSERT INTO notes (at, text) VALUES (?, ?)", (at, text))
        return ClassNote(int(added.lastrowid or 0), at, text)

    def notes(self, after: int = 0) -> list[ClassNote]:
        """Return the notes after a number, oldest first."""
        rows = self._rows(
            "SELECT number, at, text FROM notes WHERE number > ? ORDER BY number", after
        )
        return [ClassNote(*row) for row in rows]

    def _rows(self, query: str, *values: object) -> Iterator[Any]:
        with closing(self._database.execute(query, values)) as cursor:
            yield from cursor.fetchall()


def _when(event: ClassEvent) -> datetime:
    return event.moment
