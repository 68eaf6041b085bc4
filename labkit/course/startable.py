"""Whether JupyterLab can be started: the port is free, and what it writes can be written."""

from __future__ import annotations

import errno
import os
import socket
import tempfile
from pathlib import Path

from labkit.errors import LabkitError

_REMEDIES = {
    errno.ENOSPC: "Free some space on that disk",
    errno.EDQUOT: "Free some space on that disk",
    errno.EROFS: "That disk is read-only: choose a place on another one",
    errno.EEXIST: "A file of that name is in its way: move it elsewhere",
    errno.ENOTDIR: "A file is where a folder should be: move it elsewhere",
}
"""What helps against each reason why a folder cannot be written."""


def expect_free(port: int) -> None:
    """Raise LabkitError if a port cannot be listened on."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except (OSError, OverflowError) as error:
        why = os.strerror(error.errno or 0) if isinstance(error, OSError) else error
        raise LabkitError(
            f"Port {port} cannot be used ({why}); nothing was started. "
            "Choose another one, or leave --port out to get a free one."
        ) from None


def expect_writable(folder: Path, what: str, elsewhere: str) -> None:
    """Make a folder, and a file in it that goes again.

    Parameters
    ----------
    folder
        Of the user.
    what
        Says what it is for, as in "your notebooks".
    elsewhere
        Says how another one is chosen.

    Raises
    ------
    LabkitError
        That is not possible; it says why and what helps.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise LabkitError(
            f"{folder}, the folder for {what}, cannot be written "
            f"({os.strerror(error.errno or 0)}); nothing was started. "
            f"{_remedy(folder, error)}, or {elsewhere}; then start again."
        ) from None


def _remedy(folder: Path, error: OSError) -> str:
    """Return what helps, for a place of somebody else's: whose it must become."""
    if error.errno in _REMEDIES:
        return _REMEDIES[error.errno]
    place = next(one for one in (folder, *folder.parents) if _seen(one))
    if _seen(place) and place.stat().st_uid == os.geteuid():
        return f"Allow yourself to write there (chmod u+rwx '{place}')"
    return f"Make it yours (sudo chown -R \"$USER\" '{place}')"


def _seen(place: Path) -> bool:
    """Tell whether there is such a place; one in a folder that is shut cannot be seen."""
    try:
        return place.exists()
    except OSError:
        return False
