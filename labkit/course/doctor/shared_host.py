"""Looks whether others use this computer too, and whether they could reach what is a learner's."""

from __future__ import annotations

import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from labkit.course.doctor.findings import Finding, fine, some, warning
from labkit.state import state_dir

PEOPLE = range(1000, 60000)
"""Numbers of users that are people. Source: Debian Policy, 9.2.2."""

HUB = "JUPYTERHUB_USER"
"""Set in the server that a JupyterHub has started for a user."""

ROOM = "LABKIT_CLASS_ROOM"
"""Set to 1 by what has given this server a network and processes of its own."""

APART = (
    "The sandbox lets nobody in without its secret, but APIs, function URLs and public buckets "
    "ask for no key: give each learner a container or a network namespace (docs/security.md)."
)


def examine_sharing() -> Iterator[Finding]:
    """Yield what there is to say about other users of this computer."""
    if os.environ.get(ROOM) == "1":
        yield fine("other users", "this is a room of its own: nobody else is in it")
    else:
        yield _users(others(_running(), os.getuid()), hub=HUB in os.environ)
    yield private("private: journals", state_dir())
    yield private("private: JupyterLab's address", _runtime_folder())


def others(running: set[int], own: int) -> list[str]:
    """Return the names of the people of whom a process runs, but for `own`."""
    return sorted(_name(uid) for uid in running if uid in PEOPLE and uid != own)


def _users(names: list[str], *, hub: bool) -> Finding:
    about = "other users"
    if names:
        return warning(about, f"{some(names)} share this computer and its 127.0.0.1", APART)
    if hub:
        return warning(about, "a JupyterHub started this; others may share its 127.0.0.1", APART)
    return fine(about, "nobody else is using this computer")


def private(about: str, folder: Path) -> Finding:
    """Say whether others may look into a folder."""
    if not folder.exists():
        return fine(about, f"{folder} is made for you alone when it is needed")
    mode = stat.S_IMODE(folder.stat().st_mode)
    hidden = any(not outer.stat().st_mode & stat.S_IXOTH for outer in (folder, *folder.parents))
    if hidden:
        return fine(about, f"nobody else can look into {folder}")
    return warning(about, f"others can look into {folder} (mode {mode:04o})", f"chmod 700 {folder}")


def _runtime_folder() -> Path:
    """Return the folder where JupyterLab writes its address, token included."""
    from jupyter_core.paths import jupyter_runtime_dir

    return Path(jupyter_runtime_dir())


def _running() -> set[int]:
    """Return the numbers of the users of whom a process runs."""
    import psutil

    found = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            found.add(process.uids().real)
    return found


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
