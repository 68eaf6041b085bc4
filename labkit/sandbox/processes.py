"""End every process of a session, so that nothing a function started can outlive the sandbox."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import psutil


def end_session(session: int) -> None:
    """Kill every process of `session` but the caller, until none is left.

    A process that forks while it is being looked for is found on the next look.
    """
    while members := list(_members(session)):
        for process in members:
            process.kill()
        psutil.wait_procs(members, timeout=1)


def end_group(group: int) -> None:
    """Kill the process group `group`; one that has ended already is no error."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


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
