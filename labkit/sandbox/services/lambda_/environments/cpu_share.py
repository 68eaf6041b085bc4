"""The CPU that a function's memory buys: a handler gets its share of the processor and no more.

Source: Lambda Developer Guide, "Configure Lambda function memory": at 1,769 MB a function has the
equivalent of one vCPU, and CPU grows with memory. As the Linux scheduler does for AWS, a process
whose budget is spent stands still until it has been earned again. Here a signal stops it; whoever
waits for the handler's answer watches the budget, so a short handler is never disturbed.
"""

from __future__ import annotations

import logging
import math
import os
import signal
import sys
import time
from collections.abc import Iterable

from labkit.sandbox.process.processes import signal_group
from labkit.sandbox.services.lambda_.environments.memory import descendants

MEMORY_OF_ONE_CPU = 1769
"""MB (Lambda Developer Guide, "Configure Lambda function memory")."""

PERIOD_SECONDS = 0.020
"""How often the budget is renewed; observations of AWS name 20 ms."""

LEAST_RATE = 0.5
"""A full budget lasts for a period at this rate, in CPU seconds per second, or at the rate of one
busy thread if that is higher. One thread cannot use more than a share of one, so with a smaller
budget the errors of the readings alone would stop it."""

MOMENT_SECONDS = 0.0005
"""The time and the CPU time are of one moment if they were read within this; their difference
would be taken for work that was or was not done."""

CLOCK_STEP_SECONDS = 0.004
"""Linux counts the CPU time of a process that runs on at the ticks of its scheduler, 250 a second
on most machines; only of one that stands still is all of it counted."""

READINGS = 4
"""How often both are read again where another thread or program came in between."""

PER_PROCESS_CLOCKS = sys.platform == "linux"
"""Whether this system tells the CPU time of another process to the nanosecond, in one call."""

CPU_CLOCK = 2
"""CPUCLOCK_SCHED: the low bits of the number of a process's clock (Linux, posix-timers.h)."""

LOG = logging.getLogger(__name__)


def say_if_missing() -> None:
    """Say in the server's log if this system cannot hold a handler to its share."""
    if not PER_PROCESS_CLOCKS:
        LOG.warning("handlers run at this computer's full speed: only Linux can scale their CPU")


def cpu_seconds(pid: int) -> float | None:
    """Return the CPU time of a process, all its threads included; None if it has ended."""
    try:
        return time.clock_gettime(~pid << 3 | CPU_CLOCK)
    except OSError:
        return None


def share(memory: int) -> float:
    """Return the processors that a function of `memory` MB may use, at most those there are."""
    return min(memory / MEMORY_OF_ONE_CPU, os.cpu_count() or 1)


class CpuShare:
    """Holds a process group to its share while it serves a call.

    The group is judged by the CPU time that the system counts for its leader and the leader's
    descendants, so nothing that runs inside can cheat. What it uses too much before it is
    noticed it repays by standing still for longer; over a call the share is exact.

    Parameters
    ----------
    group
        The number of the process group and of its leader.
    memory
        The function's memory in MB.
    """

    def __init__(self, group: int, memory: int) -> None:
        self._group = group
        self._share = share(memory)
        self._full = PERIOD_SECONDS * self._share * max(1 - self._share, LEAST_RATE)
        all_there_is = self._share >= (os.cpu_count() or 1)
        self._enforced = PER_PROCESS_CLOCKS and not all_there_is
        self._clocks = {group: 0.0}
        self._stopped = self._owes = False
        self._budget = self._seen = self._used = self._since_full = 0.0
        self._next = math.inf

    def begin(self) -> None:
        """Begin a call, with the budget of a fresh period."""
        if self._enforced:
            self._budget, self._since_full, self._owes = self._full, 0.0, False
            self._seen, self._used = self._read()
            self._next = self._seen + self._until_spent()

    @property
    def next_look(self) -> float:
        """When `look` is due, on the monotonic clock."""
        return self._next

    def look(self) -> None:
        """Stop the group if its budget is spent, and let it go on once it is full again."""
        self._follow(descendants(self._group))
        spent = self._account()
        if self._stopped and self._budget >= self._full:
            self.resume()
        elif not self._stopped and self._budget <= 0:
            self._stopped = True
            signal_group(self._group, signal.SIGSTOP)
        self._next = self._seen + self._until_the_next(spent)

    def resume(self) -> None:
        """Let the group run, if it stands still."""
        if self._stopped:
            self._stopped = False
            signal_group(self._group, signal.SIGCONT)

    def debt(self) -> float:
        """Return for how many seconds more the call would have to last to keep to its share.

        A call that ever used more than a full budget at a stretch gives back the one with which
        it began; one that never did has it for nothing.
        """
        if not self._enforced:
            return 0.0
        self._account()
        owed = self._full if self._owes else 0.0
        return max(0.0, (owed - self._budget) / self._share)

    def _account(self) -> float:
        """Add what was earned since the last time and take off what was spent; return that."""
        now, used = self._read()
        spent, earned = used - self._used, self._share * (now - self._seen)
        self._seen, self._used = now, used
        self._budget += earned - spent
        self._since_full += spent
        self._owes = self._owes or self._since_full > self._full
        if not self._stopped and self._budget >= self._full:
            not_yet_counted = self._share * CLOCK_STEP_SECONDS if spent else 0.0
            self._budget = min(self._budget, self._full + not_yet_counted)
            self._since_full = 0.0
        return spent

    def _until_the_next(self, spent: float) -> float:
        if self._stopped:
            return (self._full - self._budget) / self._share
        if spent == 0:
            return PERIOD_SECONDS
        return self._until_spent()

    def _until_spent(self) -> float:
        """Return for how long the budget lasts one busy thread, in seconds; a period at most."""
        shrinking = 1 - self._share
        return min(self._budget / shrinking, PERIOD_SECONDS) if shrinking > 0 else PERIOD_SECONDS

    def _read(self) -> tuple[float, float]:
        """Return the time and the CPU seconds used until then."""
        for _ in range(READINGS):
            before, used = time.monotonic(), self._count()
            now = time.monotonic()
            if now - before < MOMENT_SECONDS:
                break
        return now, used

    def _count(self) -> float:
        """Return the CPU seconds of all that were ever part of the group."""
        for pid in self._clocks:
            self._clocks[pid] = cpu_seconds(pid) or self._clocks[pid]
        return sum(self._clocks.values())

    def _follow(self, pids: Iterable[int]) -> None:
        for pid in pids:
            self._clocks.setdefault(pid, 0.0)
