"""What an environment's processes hold, told by the system, with as little reading as it takes.

A call is followed by a look, so a look has to be cheap: the files that tell of the process stay
open, and its descendants are searched only where it may have some.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

LOOK_SECONDS = 0.1
"""How often the memory of a process that works is looked at."""

STATUS_BYTES = 4096
"""More than a process's status is long."""


def descendants(pid: int) -> Iterator[int]:
    """Yield the numbers of the processes that `pid` and its children have started."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")  # noqa: PTH208 - names are all that is needed
        children = [Path(f"/proc/{pid}/task/{task}/children").read_text() for task in tasks]
    except OSError:
        return
    for child in map(int, " ".join(children).split()):
        yield child
        yield from descendants(child)


class Memory:
    """The memory of the process `pid` and its descendants."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._status = _opened(f"/proc/{pid}/status")
        self._children = _opened(f"/proc/{pid}/task/{pid}/children")
        self._threads = 0
        self._next_look = 0.0

    def most(self) -> int:
        """Return the most of what is held now, and of what the process has ever held alone, in MB.

        Nothing is known of a process that has ended: zero. Descendants are looked for as often as
        `LOOK_SECONDS` says, the process itself every time.
        """
        status = _read(self._status)
        peak = _field(status, b"VmHWM:") // 1024
        if not peak:
            return _resident(self._pid)
        now = time.monotonic()
        if now < self._next_look:
            return peak
        self._next_look = now + LOOK_SECONDS
        if not self._may_have_children(status):
            return peak
        others = sum(map(_proportional, descendants(self._pid)))
        return max(peak, _field(status, b"VmRSS:") // 1024 + others)

    def note_threads(self) -> None:
        """Take the threads that there are now for the runtime's own, which start no process."""
        self._threads = _field(_read(self._status), b"Threads:")

    def close(self) -> None:
        """Close what is open."""
        for descriptor in (self._status, self._children):
            if descriptor is not None:
                os.close(descriptor)
        self._status = self._children = None

    def _may_have_children(self, status: bytes) -> bool:
        """Tell whether the main thread has children, or there are threads that may have some."""
        return _field(status, b"Threads:") > self._threads or bool(_read(self._children))


def _opened(path: str) -> int | None:
    with contextlib.suppress(OSError):
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    return None


def _read(descriptor: int | None) -> bytes:
    if descriptor is None:
        return b""
    with contextlib.suppress(OSError):
        return os.pread(descriptor, STATUS_BYTES, 0)
    return b""


def _field(status: bytes, name: bytes) -> int:
    """Return a number of a process's status; zero if it is not there."""
    at = status.find(name)
    return int(status[at + len(name) :].split(maxsplit=1)[0]) if at >= 0 else 0


def _resident(pid: int) -> int:
    with contextlib.suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss) // (1 << 20)
    return 0


def _proportional(pid: int) -> int:
    """Return a descendant's memory in MB; what it shares with its parent counts in part."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return int(rollup.partition("Pss:")[2].split(maxsplit=1)[0]) // 1024
    return 0
