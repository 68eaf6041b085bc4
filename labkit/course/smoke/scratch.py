"""A lesson's scratch folder: locked while anybody works in it, and what is found there at the end.

Whoever comes last cleans up: the process that runs the lesson, the one that started it, or, if both
were killed, the next smoke run, which finds a folder that nobody locks.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import psutil

from labkit.errors import LabkitError
from labkit.polling import NotInTime, wait_until
from labkit.resources import cost
from labkit.resources.journal import Journal
from labkit.state import STATE_DIR, state_dir

PREFIX = "labkit-smoke-"

WATCHDOG = "labkit.resources.watchdog"
"""What outlives a lesson's kernel on purpose; it ends when its journal goes with the folder."""

ENDING_S = 10.0
"""How long a lesson's processes may take to end after its notebook, in seconds."""


@contextmanager
def scratch_folder() -> Iterator[tuple[Path, int]]:
    """Make a folder for one lesson's run; give it with its lock, and remove it at the end.

    The lock is a file descriptor. A process that inherits it keeps the folder locked.
    """
    lock = None
    while lock is None:  # another run may take it for abandoned before it is locked
        folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
        lock = _locked(folder)
    try:
        (folder / "tmp").mkdir()
        yield folder, lock
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def clean_abandoned() -> list[str]:
    """Clean up after smoke runs that were killed; return what could not be removed."""
    left = []
    for folder in Path(tempfile.gettempdir()).resolve().glob(f"{PREFIX}*"):
        lock = _locked(folder)
        if lock is None:
            continue
        try:
            left += [*processes_left(folder), *settle(folder)]
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
    return left


def settle(folder: Path) -> list[str]:
    """Tear down the lesson's runs that are not, and name what could not be removed.

    The journals of such runs go to the user's own, so that ``labkit teardown`` goes on with them.
    """
    if not unfinished(folder):
        return []
    subprocess.run(
        [sys.executable, "-m", "labkit.cli", "teardown", "--json"],
        cwd=folder,
        env=os.environ | {STATE_DIR: str(folder / "state")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    left = unfinished(folder)
    for journal in left:
        kept = _keep_in() / "runs" / journal.path.parent.name / journal.path.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(journal.path, kept)
    return [line for journal in left for line in _described(journal)]


def unfinished(folder: Path) -> list[Journal]:
    """Return the journals of the lesson's runs that are not closed."""
    return [journal for journal in _journals(folder) if not journal.closed]


def not_torn_down(folder: Path) -> list[str]:
    """Name the runs that the lesson itself did not tear down, and their resources."""
    return [line for journal in unfinished(folder) for line in _described(journal)]


def created(folder: Path) -> dict[str, int]:
    """Count what the lesson created, by kind."""
    items = [item for journal in _journals(folder) for item in journal.items()]
    return dict(Counter(item.kind for item in items if not item.implied))


def usd(folder: Path) -> float:
    """Return what the lesson held cost by the hour, or would have cost in an account, in USD."""
    now = datetime.now(UTC)
    return round(sum(cost.running(journal, now).usd for journal in _journals(folder)), 4)


def folders_left(folder: Path) -> list[str]:
    """Name what the sandbox left in the folder for temporary files."""
    return [f"folder {path.name}" for path in (folder / "tmp").glob("labkit-*")]


def processes_left(folder: Path) -> list[str]:
    """Wait for the lesson's processes to end; name and end those that did not.

    Each of them has a path in the folder in its environment, and no other process has.
    """
    try:
        wait_until(lambda: not list(_processes_of(folder)), ENDING_S)
    except NotInTime:
        left = list(_processes_of(folder))
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return [f"process {process.pid}" for process in left]
    return []


def _locked(folder: Path) -> int | None:
    """Lock a folder; None where somebody else has, where it is gone, or is not ours."""
    lock = None
    try:
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (folder / "lock").stat()
    except (FileNotFoundError, PermissionError, BlockingIOError):
        if lock is not None:
            os.close(lock)
        return None
    return lock


def _journals(folder: Path) -> Iterator[Journal]:
    for path in sorted((folder / "state" / "runs").glob("*/*.jsonl")):
        with suppress(LabkitError):  # killed before its first line was on disk: nothing was sent
            yield Journal(path)


def _described(journal: Journal) -> list[str]:
    items = [f"{item.kind} {item.name or item.id}" for item in journal.open_items()]
    return [f"run {journal.run.id[:8]}, not torn down", *items]


def _keep_in() -> Path:
    """Return the state folder of the user who smokes, which the runner was told apart."""
    return Path(os.environ.get("LABKIT_KEEP", "") or state_dir())


def _processes_of(folder: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        try:
            mine = any(str(folder) in value for value in process.environ().values())
            watches = WATCHDOG in process.cmdline()
        except psutil.Error:
            continue
        if mine and not watches and process.pid != os.getpid():
            yield process
