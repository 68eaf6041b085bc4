"""Keeps calls of one account apart, over all processes of this machine, before AWS has to."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from labkit.aws.limits import Limits
from labkit.clock import clock
from labkit.state import state_dir

FARTHEST = 100
"""No turn is further ahead: so many learners share no account. One that is was given out before the
machine's clock was set back."""


@dataclass(frozen=True)
class Pacer:
    """Gives out turns for the calls that a target takes only so often.

    The next free turn of each operation is in a file of the state folder, under a lock: so two
    kernels, or two lessons, do not get in each other's way.

    Attributes
    ----------
    account, region
        Whose calls these are.
    limits
        What the target takes.
    """

    account: str
    region: str
    limits: Limits

    def apart_s(self, service: str, operation: str) -> float:
        """Return the least time between two such calls, in seconds; 0 where there is no limit."""
        return self.limits.apart_s.get((service, operation), 0.0)

    def turn_in(self, service: str, operation: str) -> float:
        """Take the next free turn, and return the seconds until then."""
        apart = self.apart_s(service, operation)
        if not apart:
            return 0.0
        now = clock().now().timestamp()
        path = self._file(service, operation)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            taken_until = _read(descriptor)
            turn = taken_until if now < taken_until < now + FARTHEST * apart else now
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{turn + apart:.3f}".encode(), 0)
        finally:
            os.close(descriptor)
        return turn - now

    def _file(self, service: str, operation: str) -> Path:
        return state_dir() / "turns" / f"{self.account}-{self.region}-{service}-{operation}"


def _read(descriptor: int) -> float:
    with suppress(ValueError):
        return float(os.pread(descriptor, 64, 0))
    return 0.0
