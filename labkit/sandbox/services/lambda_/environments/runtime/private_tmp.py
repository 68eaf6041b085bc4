"""Give an execution environment AWS's folders, without privileges and on every system.

The functions of Python that take a path are wrapped: one below `/tmp` is looked up in the
environment's own folder, one below `/var/task` in the function's code, and one below `/opt` in its
layers. A child process, and C code that opens files itself, is not wrapped; for those `TMPDIR` and
`LAMBDA_TASK_ROOT` name the folders.
"""

from __future__ import annotations

import builtins
import functools
import io
import os
from typing import Any

ONE_PATH = [
    "access",
    "chdir",
    "chmod",
    "chown",
    "listdir",
    "lstat",
    "mkdir",
    "mkfifo",
    "open",
    "readlink",
    "remove",
    "rmdir",
    "scandir",
    "stat",
    "statvfs",
    "truncate",
    "unlink",
    "utime",
]
TWO_PATHS = ["link", "rename", "replace", "symlink"]


def redirect(tmp: str, code: str, layers: list[str], sandbox: str) -> None:
    """Send every path of AWS's to where that folder is, but for those of the `sandbox` itself."""
    places = {"/tmp": tmp, "/var/task": code}
    exists = os.path.lexists

    def mapped(path: Any) -> Any:
        try:
            text = os.fspath(path)
        except TypeError:
            return path
        if isinstance(text, bytes):
            return os.fsencode(mapped(os.fsdecode(text)))
        if text.startswith(sandbox):
            return text
        for place, folder in places.items():
            if text == place or text.startswith(f"{place}/"):
                return folder + text[len(place) :]
        if text.startswith("/opt/"):  # where this computer may have something of its own
            found = (layer + text[len("/opt") :] for layer in layers)
            return next(filter(exists, found), text)
        return path

    def wrap(owner: Any, name: str, paths: int) -> None:
        original = getattr(owner, name)

        @functools.wraps(original)
        def redirected(*arguments: Any, **options: Any) -> Any:
            head = [mapped(argument) for argument in arguments[:paths]]
            return original(*head, *arguments[paths:], **options)

        for able in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            if original in able:
                able.add(redirected)
        setattr(owner, name, redirected)

    for name in ONE_PATH:
        wrap(os, name, 1)
    for name in TWO_PATHS:
        wrap(os, name, 2)
    wrap(io, "open", 1)
    wrap(builtins, "open", 1)
