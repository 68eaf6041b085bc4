"""The one clock that labkit waits by, so that tests can let hours pass in a moment."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime


class Clock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the time of day, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let time pass, in seconds."""
        time.sleep(seconds)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Let at most `seconds` pass, fewer when the event is set; tell whether it is."""
        return event.wait(seconds)


_clock = Clock()


def clock() -> Clock:
    """Return the clock in use."""
    return _clock


def use(other: Clock) -> Clock:
    """Put another clock in its place, and return the one before."""
    global _clock
    before, _clock = _clock, other
    return before
