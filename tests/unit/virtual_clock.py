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
    """Real time plus leaps: when all wait, time is set forward to the end of the shortest wait.

    Attributes
    ----------
    skew
        By how much the time of day is wrong.
    """

    def __init__(self) -> None:
        self.skew = timedelta()
        self._lock = threading.Lock()
        self._ahead = 0.0
        self._waiting: list[float] = []

    def monotonic(self) -> float:
        with self._lock:
            return time.monotonic() + self._ahead

    def now(self) -> datetime:
        with self._lock:
            return datetime.now(UTC) + timedelta(seconds=self._ahead) + self.skew

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
                    is_next = until <= min(self._waiting)
                if is_next:
                    self.leap_to(until)
        finally:
            with self._lock:
                self._waiting.remove(until)

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
