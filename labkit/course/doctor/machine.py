"""Looks at this machine: Python, packages, programs, ports, disk, clock, and the sandbox itself."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from labkit.aws import embedded
from labkit.aws.surroundings import ENOUGH_FILES, MANY_FILES, allow_many_files
from labkit.course.doctor.findings import Finding, fine, problem, some, warning
from labkit.course.lesson import course_folder
from labkit.errors import LabkitError
from labkit.resources.runs import unfinished
from labkit.state import state_dir

OLDEST_PYTHON = (3, 11)

LOCK = "requirements.lock"

PROXIES = {"http_proxy", "https_proxy", "all_proxy"}

MB = 1_000_000

LEAST_MB = 200
"""Room that a lesson's sandbox, journal and work folder need at the very least, in MB."""

ENOUGH_MB = 2_000
"""Room that also takes a new .venv, in MB (the learner's takes about 0.7 GB)."""

EARLIER_RUNS = "earlier runs"
"""What the finding about runs that were not torn down is called."""

ENOUGH_THREADS = 500
"""Threads that every lesson runs with: lesson 07 and its sandbox have some 400 at a time."""

SITE = "sitecustomize"
"""A module that is meant to be a computer's own."""

CLOCK_S = 2.0
"""Seconds by which a file's time may differ from the clock."""


def examine_machine() -> Iterator[Finding]:
    """Yield what there is to say about this machine."""
    yield _python()
    yield _packages(course_folder() / LOCK)
    yield _program("node", "node", "Node.js functions (a part of lesson 06)", "Install Node.js 22.")
    yield _program("sam", "sam", "a part of lesson 14 (the SAM CLI)", "pipx install aws-sam-cli")
    yield _package("cfn-lint", "cfnlint", "a part of lesson 14 (a template linted)", "make extras")
    yield _program(
        "chromium",
        "chromium",
        "nothing for learners; `make test` leaves its browser tests out",
        "Install chromium, if you work on labkit itself.",
    )
    yield _ports()
    yield from _disk()
    yield _clock()
    yield _open_files()
    yield _threads()
    yield from _hidden_modules()
    yield from _disturbing_settings()
    yield _sandbox()
    yield _runs()


def _python() -> Finding:
    found = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info >= OLDEST_PYTHON:
        return fine("Python", found)
    return problem("Python", found, "Install Python 3.11 or newer, then run `make lab` again.")


def _packages(lock: Path) -> Finding:
    if not lock.exists():
        return warning(
            "packages", f"there is no {lock} to compare with", "Run labkit from its project folder."
        )
    missing, other, count = [], [], 0
    for line in lock.read_text(encoding="utf-8").splitlines():
        locked = Requirement(line)
        if locked.marker is not None and not locked.marker.evaluate():
            continue
        count += 1
        try:
            installed = metadata.version(locked.name)
        except metadata.PackageNotFoundError:
            missing.append(locked.name)
            continue
        if not locked.specifier.contains(installed, prereleases=True):
            other.append(f"{locked.name} {installed} (locked: {locked.specifier})")
    again = "`make clean`, then `make lab`, installs what the lock file says."
    if missing:
        return problem("packages", f"missing: {some(missing)}", again)
    if other:
        return warning("packages", f"other versions: {some(other)}", again)
    return fine("packages", f"all {count} as in {lock.name}")


def _package(about: str, module: str, lost: str, remedy: str) -> Finding:
    if importlib.util.find_spec(module):
        return fine(about, f"version {metadata.version(about)}")
    return warning(about, f"not installed; lost: {lost}", f"`{remedy}` installs it.")


def _program(about: str, name: str, lost: str, remedy: str) -> Finding:
    path = shutil.which(name)
    return fine(about, path) if path else warning(about, f"not found; lost: {lost}", remedy)


def _ports() -> Finding:
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError as error:
        return problem(
            "ports",
            f"nothing can listen on 127.0.0.1: {error}",
            "A firewall or security program forbids it; allow Python local connections.",
        )
    return fine("ports", "programs can listen on 127.0.0.1 and be reached there")


def _disk() -> Iterator[Finding]:
    folders = {"disk, temporary files": Path(tempfile.gettempdir()), "disk, journals": state_dir()}
    for about, folder in folders.items():
        existing = next(place for place in (folder, *folder.parents) if place.exists())
        free_mb = shutil.disk_usage(existing).free // MB
        found = f"{free_mb:,} MB free at {folder}"
        if not os.access(existing, os.W_OK):
            yield problem(about, f"{folder} cannot be written", f"Make {existing} writable.")
        elif free_mb < LEAST_MB:
            yield problem(about, found, f"Make room: {LEAST_MB} MB are the least.")
        elif free_mb < ENOUGH_MB:
            yield warning(about, found, f"Make room: {ENOUGH_MB:,} MB are enough for everything.")
        else:
            yield fine(about, found)


def _clock() -> Finding:
    """Compare the clock with the file system's: they part in virtual machines that slept."""
    with tempfile.NamedTemporaryFile() as file:
        apart = abs(Path(file.name).stat().st_mtime - time.time())
    if apart > CLOCK_S:
        return warning(
            "clock",
            f"a new file is {apart:.0f} s away from it",
            "Set the clock (in WSL: wsl --shutdown, then start again).",
        )
    return fine("clock", "files and clock agree")


def _open_files() -> Finding:
    """See how many files a process may have open, after labkit has asked for more."""
    files = allow_many_files()
    if files is None or files >= ENOUGH_FILES:
        return fine("open files", f"a process may have {files or 'enough'}")
    return problem(
        "open files",
        f"a process may have only {files}, and the system allows no more; lessons 07 and 09 stop",
        f"Start again from a shell in which `ulimit -n {MANY_FILES}` was said before.",
    )


def _threads() -> Finding:
    """See how many more threads there may be: a user's processes and threads count together."""
    over, started = threading.Event(), []
    try:
        for _ in range(ENOUGH_THREADS):
            thread = threading.Thread(target=over.wait, daemon=True)
            thread.start()
            started.append(thread)
    except RuntimeError:  # can't start new thread
        return problem(
            "processes",
            f"only {len(started)} more threads can be started; lessons 07 and 09 stop",
            "Close programs, or start again from a shell in which `ulimit -u` says more.",
        )
    finally:
        over.set()
        for thread in started:
            thread.join()
    return fine("processes", f"{ENOUGH_THREADS} more threads can be started")


def _hidden_modules() -> Iterator[Finding]:
    """Name modules of PYTHONPATH that stand before those of the same names that lessons import."""
    needed = {*sys.stdlib_module_names, *metadata.packages_distributions()} - {SITE}
    for place in filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)):
        found = sorted(needed & {path.stem for path in _modules(Path(place))})
        if found and Path(place).resolve() != course_folder().resolve():
            yield problem(
                "PYTHONPATH", f"{place} hides modules that lessons import: {some(found)}",
                "Unset PYTHONPATH, or rename them.",
            )  # fmt: skip


def _modules(folder: Path) -> Iterator[Path]:
    """Yield the modules and packages of a folder; nothing if it cannot be read."""
    with suppress(OSError):
        for path in folder.iterdir():
            if path.suffix == ".py" or (path / "__init__.py").exists():
                yield path


def _disturbing_settings() -> Iterator[Finding]:
    """Name what is set for other purposes; labkit sets it aside for the target local."""
    proxies = sorted(name for name in os.environ if name.lower() in PROXIES and os.environ[name])
    if proxies:
        yield fine("proxy", f"{', '.join(proxies)}: not used for this computer itself")
    if os.environ.get("AWS_ENDPOINT_URL"):
        yield warning(
            "AWS_ENDPOINT_URL",
            "is set: the target aws would go there, too",
            "Unset it before you set LABKIT_TARGET=aws.",
        )
    for name in ("PYTHONSTARTUP", "PYTHONPATH"):
        if os.environ.get(name):
            yield warning(
                name, f"is set ({os.environ[name]}): its modules can hide those of a lesson",
                f"Unset {name} if a lesson cannot import something.",
            )  # fmt: skip


def _sandbox() -> Finding:
    begin = time.monotonic()
    try:
        sandbox = embedded.sandbox()
    except LabkitError as error:
        return problem(
            "sandbox", str(error), "`labkit sandbox` shows more; `make clean` starts over."
        )
    took = time.monotonic() - begin
    return fine("sandbox", f"answers at {sandbox.endpoint}, after {took * 1000:,.0f} ms")


def _runs() -> Finding:
    count = len(unfinished())
    if count:
        return warning(
            EARLIER_RUNS,
            f"{count} not torn down",
            "Unless a lesson is under way: `labkit status` lists them, `labkit teardown` deletes "
            "what is left of them.",
        )
    return fine(EARLIER_RUNS, "all torn down")
