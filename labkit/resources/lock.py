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
        if not _try(descriptor):
            tell("another teardown of this run is under way; waiting for it to end")
            while not _try(descriptor):
                clock().sleep(LOOK_EVERY_S)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def if_free(path: Path) -> Iterator[bool]:
    """Hold the lock file `path` unless another process does; tell whether this one holds it now."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _try(descriptor)
    finally:
        os.close(descriptor)


def is_held(journal: Path) -> bool:
    """Tell whether a teardown of the run is under way."""
    path = _file(journal)
    if not path.exists():
        return False
    descriptor = os.open(path, os.O_RDWR)
    try:
        return not _try(descriptor)
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
