"""Give an execution environment AWS's folders, without privileges and on every system.

The functions of Python that take a path are wrapped: one below `/tmp` is looked up in the
environment's own folder, one below `/var/task` in the function's code, and one below `/opt` in its
layers. So is a program that is started, and each of its arguments that is such a path. What a child
process looks up itself, and C code that opens files, is not wrapped; for those `TMPDIR` and
`LAMBDA_TASK_ROOT` name the folders.
"""

from __future__ import annotations

import _posixsubprocess
import builtins
import functools
import io
import os
import sys

TYPE_CHECKING = False  # as in `typing`
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
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

AWS_PYTHON = b"#!/var/lang/bin/python"
"""How a script of a layer begins that was built for AWS's Python."""


def redirect(tmp: str, code: str, layers: list[str], sandbox: str) -> None:
    """Send every path of AWS's to where that folder is, but for those of the `sandbox` itself."""
    places = {"/tmp": tmp, "/var/task": code}
    exists, here = os.path.lexists, _looked_up_with(os.lstat)

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

    def for_a_child(path: Any) -> Any:
        found = mapped(path)
        return path if found != path and here(path) and not here(found) else found

    _redirect_programs(for_a_child)


def _looked_up_with(lstat: Callable[[Any], Any]) -> Callable[[Any], bool]:
    """Return what tells whether a path is there, wherever it is."""

    def is_there(path: Any) -> bool:
        try:
            lstat(path)
        except (OSError, ValueError):
            return False
        return True

    return is_there


def _redirect_programs(mapped: Callable[[Any], Any]) -> None:
    """Send the paths of a program that is started, and of its arguments, to where they are."""
    owner: Any = _posixsubprocess
    fork_exec: Callable[..., int] = owner.fork_exec
    posix_spawn = os.posix_spawn

    def forked(
        args: Sequence[Any], programs: Sequence[bytes], close: bool, keep: Any, cwd: Any, *more: Any
    ) -> int:
        args, programs = _started([mapped(one) for one in args], [mapped(one) for one in programs])
        return fork_exec(args, tuple(programs), close, keep, mapped(cwd), *more)

    @functools.wraps(posix_spawn)
    def spawned(path: Any, argv: Sequence[Any], *more: Any, **options: Any) -> int:
        args, programs = _started([mapped(one) for one in argv], [mapped(path)])
        return posix_spawn(programs[0], args, *more, **options)

    owner.fork_exec = forked
    os.posix_spawn = spawned


def _started(args: list[Any], programs: list[Any]) -> tuple[list[Any], list[Any]]:
    """Return arguments and programs; a script for AWS's Python is run by this one."""
    if len(programs) > 1:  # the folders of PATH
        return args, programs
    try:
        with io.FileIO(programs[0]) as file:
            begins = file.read(len(AWS_PYTHON))
    except OSError:
        return args, programs
    if begins != AWS_PYTHON:
        return args, programs
    return [sys.executable, programs[0], *args[1:]], [os.fsencode(sys.executable)]
