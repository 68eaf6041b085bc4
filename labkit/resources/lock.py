"""One teardown of a run at a time, whoever starts it, and no creation beside it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from labkit.clock import clock

LOOK_EVERY_S = 0.25
"""Pause between two tries to get the lock, in seconds."""

TRIES = 50
"""Whoever only looks at a lock keeps others from it for a moment: that is not to hold it."""

A_MOMENT_S = 0.01
"""Pause between these tries, in seconds."""


def _file(journal: Path) -> Path:
    return journal.with_suffix(".lock")


@contextmanager
def only_one(journal: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Hold a run's lock; wait as long as another process, or another thread, holds it.

    The system lets go of it when its holder ends, killed or not.

    Parameters
    ----------
    journal
        The run's journal.
    tell
        Is told once that another teardown is waited for.
    """
    descriptor = os.open(_file(journal), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _take(descriptor):
            tell("another teardown of this run is under way; waiting for it to end")
            while not _try(descriptor, fcntl.LOCK_EX):
                clock().sleep(LOOK_EVERY_S)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def if_free(path: Path) -> Iterator[bool]:
    """Hold the lock file `path` unless another process does; tell whether this one holds it now."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _take(descriptor)
    finally:
        os.close(descriptor)


def keep(path: Path) -> bool:
    """Take the lock file `path` for good; return whether that is done, or another holds it.

    It is held until this process ends, or the program that it becomes by ``exec``.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if _take(descriptor):
        os.set_inheritable(descriptor, True)
        return True
    os.close(descriptor)
    return False


def is_held(journal: Path) -> bool:
    """Tell whether a teardown of the run is under way."""
    return is_locked(_file(journal))


def is_locked(path: Path) -> bool:
    """Tell whether somebody holds the lock file `path`; any number may look at once."""
    if not path.exists():
        return False
    descriptor = os.open(path, os.O_RDWR)
    try:
        return not _try(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    for _ in range(TRIES):
        if _try(descriptor, fcntl.LOCK_EX):
            return True
        clock().sleep(A_MOMENT_S)
    return False


def _try(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
