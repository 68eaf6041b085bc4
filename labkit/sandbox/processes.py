"""End every process of a session, so that nothing a function started can outlive the sandbox."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

import psutil

LOOKS = 10
"""How often `end_session` looks for processes that were not there before, or do not end."""


def end_session(session: int) -> None:
    """Kill every process of `session` but the caller.

    A process that forks while it is being looked for is found on the next look.
    """
    for _ in range(LOOKS):
        members = list(_members(session))
        if not members:
            return
        for process in members:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(members, timeout=0.5)


def end_group(group: int) -> None:
    """Kill the process group `group`; one that has ended already is no error."""
    signal_group(group, signal.SIGKILL)


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a signal to the process group `group`; one that has ended already is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _members(session: int) -> Iterator[psutil.Process]:
    for pid in psutil.pids():
        try:
            if os.getsid(pid) != session or pid == os.getpid():
                continue
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except (ProcessLookupError, PermissionError, psutil.NoSuchProcess, psutil.AccessDenied):
            continue
