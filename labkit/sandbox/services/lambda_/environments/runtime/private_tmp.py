"""Give an execution environment a `/tmp` of its own, without privileges and on every system.

The functions of Python that take a path are wrapped: one below `/tmp` is looked up in the
environment's own folder. A child process, and C code that opens files itself, is not wrapped; for
those `TMPDIR` names the folder.
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


def redirect(folder: str, sandbox: str) -> None:
    """Send every path at or below `/tmp` to `folder`, but for those of the `sandbox` itself."""

    def mapped(path: Any) -> Any:
        try:
            text = os.fspath(path)
        except TypeError:
            return path
        if isinstance(text, bytes):
            return os.fsencode(mapped(os.fsdecode(text)))
        if text == "/tmp" or text.startswith("/tmp/"):
            return text if text.startswith(sandbox) else folder + text[4:]
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
