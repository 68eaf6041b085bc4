"""A clock whose time passes only when everybody waits: hours of AWS's pauses in a moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from labkit import clock
from labkit.clock import Clock

SLICE_S = 0.002
"""Real time that a waiting thread leaves to the others before it leaps, in seconds."""


class VirtualClock(Clock):
    """Stands still, until all wait: then it is set forward to the end of the shortest wait.

    Attributes
    ----------
    skew
        By how much the time of day is wrong.
    crowd
        How many threads have to wait before time passes.
    """

    def __init__(self) -> None:
        self.skew, self.crowd = timedelta(), 1
        self._time = self._began = time.monotonic()
        self._began_at = datetime.now(UTC)
        self._lock = threading.Lock()
        self._waiting: list[float] = []

    def monotonic(self) -> float:
        with self._lock:
            return self._time

    def now(self) -> datetime:
        with self._lock:
            return self._began_at + timedelta(seconds=self._time - self._began) + self.skew

    def sleep(self, seconds: float) -> None:
        self._pass(seconds, time.sleep)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self._pass(seconds, event.wait)
        return event.is_set()

    def _pass(self, seconds: float, pause: Callable[[float], bool | None]) -> None:
        """Wait until nobody waits for an earlier time, and leap; or until `pause` returns true."""
        until = self.monotonic() + seconds
        with self._lock:
            self._waiting.append(until)
        try:
            while (left := until - self.monotonic()) > 0:
                if pause(min(left, SLICE_S)):
                    return
                with self._lock:
                    all_wait = len(self._waiting) >= self.crowd
                    is_next = all_wait and until <= min(self._waiting)
                if is_next:
                    self.leap_to(until)
        finally:
            with self._lock:
                self._waiting.remove(until)

    def leap_to(self, until: float) -> None:
        """Set the clock to `until`, unless it is later already."""
        with self._lock:
            self._time = max(self._time, until)


@contextmanager
def virtual_clock() -> Iterator[VirtualClock]:
    """Have labkit wait by a virtual clock."""
    virtual = VirtualClock()
    before = clock.use(virtual)
    try:
        yield virtual
    finally:
        clock.use(before)
