"""Waiting for a condition, not for a time: at once, then with growing pauses, up to a bound."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from labkit.clock import clock
from labkit.errors import LabkitError

Found = TypeVar("Found")

FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 2.0


class NotInTime(LabkitError):
    """A condition did not come true within its bound."""


def wait_until(
    probe: Callable[[], Found],
    seconds: float,
    what: str = "the condition to come true",
    longest_pause_s: float = LONGEST_PAUSE_S,
) -> Found:
    """Call `probe` until it returns something true, and return that.

    It is called at once, then after pauses that grow by half from 0.05 s to the longest, and once
    more when the time is up.

    Parameters
    ----------
    probe
        Returns a true value when the condition holds. What it raises is not caught.
    seconds
        The longest wait, in seconds.
    what
        Says in the error what was waited for, as in "waited 20 s for ...".
    longest_pause_s
        In seconds. What is true for a moment only is missed if the pause is longer than that.

    Raises
    ------
    NotInTime
        When the time is up and `probe` still returns something false.
    """
    deadline = clock().monotonic() + seconds
    pause = min(FIRST_PAUSE_S, longest_pause_s)
    while not (found := probe()):
        left = deadline - clock().monotonic()
        if left <= 0:
            raise NotInTime(f"waited {seconds:g} s for {what}, in vain")
        clock().sleep(min(pause, left))
        pause = min(pause * 1.5, longest_pause_s)
    return found
