"""A clock whose time passes only when everybody waits: hours of AWS's pauses in a moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from labkit import clock
from labkit.clock import Clock

SLICE_S = 0.002
"""Real time that a waiting thread leaves to the others before it leaps, in seconds."""


class VirtualClock(Clock):
    """Real time plus leaps: a wait takes `SLICE_S`, then time is set forward to its end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead = 0.0

    def monotonic(self) -> float:
        with self._lock:
            return time.monotonic() + self._ahead

    def now(self) -> datetime:
        with self._lock:
            return datetime.now(UTC) + timedelta(seconds=self._ahead)

    def sleep(self, seconds: float) -> None:
        until = self.monotonic() + seconds
        time.sleep(min(seconds, SLICE_S))
        self.leap_to(until)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        until = self.monotonic() + seconds
        if not event.wait(min(seconds, SLICE_S)):
            self.leap_to(until)
        return event.is_set()

    def leap_to(self, until: float) -> None:
        """Set the clock to `until`, unless it is later already."""
        with self._lock:
            self._ahead = max(self._ahead, until - time.monotonic())


@contextmanager
def virtual_clock() -> Iterator[VirtualClock]:
    """Have labkit wait by a virtual clock."""
    virtual = VirtualClock()
    before = clock.use(virtual)
    try:
        yield virtual
    finally:
        clock.use(before)
