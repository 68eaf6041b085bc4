"""What a process and its descendants use, read from the system without their help."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

PER_PROCESS_CLOCKS = sys.platform == "linux"
"""Whether this system tells the CPU time of another process to the nanosecond, in one call."""

CPU_CLOCK = 2
"""CPUCLOCK_SCHED: the low bits of the number of a process's clock (Linux, posix-timers.h)."""


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


def cpu_seconds(pid: int) -> float | None:
    """Return the CPU time of a process, all its threads included; None if it has ended."""
    try:
        return time.clock_gettime(~pid << 3 | CPU_CLOCK)
    except OSError:
        return None


def memory(pid: int) -> tuple[int, int]:
    """Return what `pid` holds now, its descendants included, and the most it has held alone, in MB.

    Nothing is known of a process that has ended: zeros.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        peak = int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) // 1024
        resident = int(status.partition("VmRSS:")[2].split(maxsplit=1)[0]) // 1024
    except (OSError, IndexError, ValueError):
        peak = resident = _resident(pid)
    return resident + sum(map(_proportional, descendants(pid))), peak


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
