"""End every process of a session, and remove what it leaves, so that nothing outlives a sandbox."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

REMOVE_AFTERWARDS = """
read _
tries=0
while [ $tries -lt 100 ]; do rm -rf -- "$1" && exit; tries=$((tries + 1)); sleep 0.2; done
"""
"""Waits for the end of standard input, then removes a folder in which something may still end."""

LOOKS = 10
"""How often `end_session` looks for processes that were not there before, or do not end."""


def end_session(session: int) -> None:
    """Kill every process of `session` but the caller.

    An environment goes with its children at once, so that none is left of it if the caller is
    killed half-way. A process that forks while it is being looked for is found on the next look.
    """
    import psutil  # not at the start, which it would make longer

    for _ in range(LOOKS):
        members = list(_members(session))
        if not members:
            return
        for process in members:
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                _end(process, session)
        psutil.wait_procs(members, timeout=0.5)


def remove_afterwards(directory: str) -> int:
    """Have `directory` removed once nobody holds the returned descriptor any more.

    A shell of its own session waits for that, so that the folder goes even if every process that
    knows of it is killed in the same instant.
    """
    reader, writer = os.pipe()
    command = ["/bin/sh", "-c", REMOVE_AFTERWARDS, "sandbox-folder", directory]
    nowhere = subprocess.DEVNULL
    subprocess.Popen(command, stdin=reader, stdout=nowhere, stderr=nowhere, start_new_session=True)
    os.close(reader)
    return writer


def get_ready() -> None:
    """Load what ending takes, so that it does not have to be there in the end."""
    import psutil  # noqa: F401


def end_group(group: int) -> None:
    """Kill the process group `group`; one that has ended already is no error."""
    signal_group(group, signal.SIGKILL)


def signal_group(group: int, number: signal.Signals) -> None:
    """Send a signal to the process group `group`; one that has ended already is no error."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _end(process: psutil.Process, session: int) -> None:
    """Kill a process with its group; one in the server's group, the session's own, alone."""
    group = os.getpgid(process.pid)
    if group == session:
        process.kill()
    else:
        end_group(group)


def _members(session: int) -> Iterator[psutil.Process]:
    import psutil

    for pid in psutil.pids():
        try:
            if os.getsid(pid) != session or pid == os.getpid():
                continue
            process = psutil.Process(pid)
            if process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except (ProcessLookupError, PermissionError, psutil.NoSuchProcess, psutil.AccessDenied):
            continue
