"""Ends a run in an account that would not: a process that outlives the kernel, but not the run.

Usage: ``python -m labkit.resources.watchdog JOURNAL``; `start` does it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from labkit.clock import clock
from labkit.errors import LabkitError
from labkit.polling import NotInTime, wait_until
from labkit.resources import runs
from labkit.resources.journal import Journal
from labkit.resources.lock import if_free, is_locked

LOOK_EVERY_S = 2.0
"""How often it looks at the time of day and whether the journal has changed, in seconds."""

STARTED_WITHIN_S = 20.0
"""Bound for its start, in seconds; it takes under one."""

AGAIN_S = 600.0
"""Pause after a teardown that left something, in seconds: a sign-in may have run out."""

TRIES = 144
"""A day of such pauses."""


def start(journal: Journal) -> bool:
    """Start a run's watchdog unless there is one; tell whether one watches."""
    if watches(journal):
        return True
    command = [sys.executable, "-m", "labkit.resources.watchdog", str(journal.path)]
    with journal.path.with_suffix(".watchdog.log").open("ab") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    with suppress(NotInTime):
        wait_until(lambda: watches(journal) or process.poll() is not None, STARTED_WITHIN_S)
    return watches(journal)


def watches(journal: Journal) -> bool:
    """Tell whether a watchdog of the run is alive."""
    return is_locked(_lock(journal.path))


def watch(path: Path) -> None:
    """Wait until a run has been torn down, or its time is over; then tear it down.

    If something is left it tries again for a day, unless the run is given more time.

    Parameters
    ----------
    path
        The run's journal. When it is gone, so is what there was to watch.
    """
    for _ in range(TRIES):
        journal = _until_over(path)
        if journal is None or _torn_down(journal):
            return
        clock().sleep(AGAIN_S)


def _until_over(path: Path) -> Journal | None:
    """Return the journal of a run when its time is over; None when it needs no end any more."""
    seen = 0
    while path.exists():
        if (changed := path.stat().st_mtime_ns) != seen:
            seen, journal = changed, Journal(path)
        if journal.closed or journal.run.expires_at is None:
            return None
        if clock().now() >= journal.run.expires_at:
            return journal
        clock().sleep(LOOK_EVERY_S)
    return None


def _torn_down(journal: Journal) -> bool:
    try:
        report = runs.tear_down(journal, progress=False)
    except LabkitError as error:  # a full disk, say: it may have room later
        print(error, flush=True)
        return False
    print(report, flush=True)
    return report.clean


def _lock(journal: Path) -> Path:
    return journal.with_suffix(".watchdog")


def main() -> None:
    """Watch the journal that the command line names, unless another process does."""
    path = Path(sys.argv[1])
    with if_free(_lock(path)) as free:
        if free:
            _lock(path).write_text(f"{os.getpid()}\n")  # for whoever looks for it
            watch(path)


if __name__ == "__main__":
    main()
