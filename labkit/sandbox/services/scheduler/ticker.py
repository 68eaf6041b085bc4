"""What comes due again and again, of many accounts: no entry can stop or delay another account's.

Each entry is read and asked for its next time by itself, so one that cannot be read is passed over;
what is due is done in a line of its account's own.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from labkit.sandbox.languages import schedule_expressions

TICK_SECONDS = 1.0
"""How often entries are looked at; AWS is precise to the minute."""

LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """What is to be done at the times of an expression.

    Attributes
    ----------
    key
        What it is, and when; where that changes, it is another entry, which begins anew.
    account
        Whose it is.
    expression, zone
        Its schedule expression, and the time zone that it is meant in.
    fire
        Does it; takes the time that it was due at.
    enabled
        Whether it is done; times that pass meanwhile have passed.
    begins
        Seconds since 1970 that a rate is counted from; None for when the entry is first seen.
    since
        What was due until then, in seconds since 1970, has passed; None for when it is first seen.
    ends
        Nothing is due after that, in seconds since 1970.
    """

    key: Hashable
    account: str
    expression: str
    zone: ZoneInfo
    fire: Callable[[float], None]
    enabled: bool = True
    begins: float | None = None
    since: float | None = None
    ends: float | None = None


@dataclass
class _Look:
    """What is known of an entry: when a rate of it began, and when it is due next."""

    begins: float
    due: float | None

    def pass_over(self, entry: Entry, until: float) -> None:
        """Find the first time that it is due after `until`."""
        self.due = schedule_expressions.parse(entry.expression).next_after(
            until, self.begins, entry.zone
        )


class Ticker:
    """Looks again and again at what is due, in a thread of its own.

    Parameters
    ----------
    name
        The thread's name.
    stored
        Returns what is stored of every account.
    read
        Makes the entry of one of these; None if it has no times.
    """

    def __init__(
        self, name: str, stored: Callable[[], Iterable[Any]], read: Callable[[Any], Entry | None]
    ) -> None:
        self._name, self._stored, self._read = name, stored, read
        self._looks: dict[Hashable, _Look] = {}
        self._lines: dict[str, queue.SimpleQueue[Callable[[], None]]] = {}
        self._complained: set[str] = set()

    def start(self) -> None:
        """Look from now on."""
        threading.Thread(target=self._run, daemon=True, name=self._name).start()

    def _run(self) -> None:
        while True:
            time.sleep(TICK_SECONDS)
            self.tick(time.time())

    def tick(self, now: float) -> None:
        """Look once at every entry, and begin what has come due since the last look."""
        seen: dict[Hashable, _Look] = {}
        for one in self._stored():
            try:
                if entry := self._read(one):
                    seen[entry.key] = self._look(entry, now)
            except Exception as error:
                self._complain(one, error)
        self._looks = seen

    def _look(self, entry: Entry, now: float) -> _Look:
        look = self._looks.get(entry.key) or _first_look(entry, now)
        due = look.due
        if due is not None and due <= now:
            look.pass_over(entry, now)
            if entry.enabled and (entry.ends is None or due <= entry.ends):
                self._line(entry.account).put(lambda: entry.fire(due))
        return look

    def _line(self, account: str) -> queue.SimpleQueue[Callable[[], None]]:
        """Return the line of an account, which one thread works through."""
        if account not in self._lines:
            line: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
            threading.Thread(
                target=_work_through, args=(line,), daemon=True, name=f"{self._name}-{account}"
            ).start()
            self._lines[account] = line
        return self._lines[account]

    def _complain(self, one: Any, error: Exception) -> None:
        text = f"{one!r:.200} is passed over: {error!r:.200}"
        if text not in self._complained:
            self._complained.add(text)
            LOG.error("%s: %s", self._name, text)


def _first_look(entry: Entry, now: float) -> _Look:
    look = _Look(now if entry.begins is None else entry.begins, None)
    look.pass_over(entry, now if entry.since is None else entry.since)
    return look


def _work_through(line: queue.SimpleQueue[Callable[[], None]]) -> None:
    while True:
        fire = line.get()
        try:
            fire()
        except Exception:
            LOG.exception("a call that was due failed")
