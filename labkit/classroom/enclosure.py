"""The first process of a room: it lays out what a learner sees of the host, and reaps.

It is run by its path, as root, in namespaces of its own, and imports nothing of labkit. Inside,
other learners' homes, the host's temporary folders and `/root` are not there; the learner's home is
at ``/home/NAME``. What the course needs of a hidden folder is put back to be read.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

MS_BIND = 4096
"""mount(2)"""
HIDDEN = {"/tmp": "1777", "/var/tmp": "1777", "/dev/shm": "1777", "/home": "755", "/root": "755"}
"""Folders of the host that a room has empty ones for, with their modes."""
HIDDEN_IF_THERE = {"/run": "755", "/mnt": "755", "/media": "755", "/srv": "755"}


def main() -> NoReturn:
    """Build the room that the first argument describes (JSON), run the rest in it, and reap."""
    room = json.loads(sys.argv[1])
    _furnish(room)
    child = os.fork()
    if child == 0:
        os.chdir(room["home"])
        os.execvp("setpriv", [*_as_learner(room["uid"]), *sys.argv[2:]])
    _reap(child)


def _furnish(room: dict[str, Any]) -> None:
    """Hide, and put back what is needed."""
    kept = [
        (os.open(source, os.O_PATH | os.O_DIRECTORY), Path(target), writable)
        for source, target, writable in room["kept"]
    ]
    folders = HIDDEN | {name: mode for name, mode in HIDDEN_IF_THERE.items() if _is_folder(name)}
    for folder, mode in folders.items():
        size = f"size={room['scratch_mb']}m,nosuid,nodev"
        _mount("-t", "tmpfs", "-o", f"mode={mode},{size}", "room", folder)
    for held, target, writable in kept:
        target.mkdir(parents=True, exist_ok=True)
        _bind(held, target)
        os.close(held)
        if not writable:
            _mount("-o", "remount,bind,ro", str(target))
    _terminals()
    _name(room)


def _terminals() -> None:
    """Give the room terminals of its own."""
    _mount("-t", "devpts", "-o", "newinstance,ptmxmode=0666,mode=620,gid=5", "devpts", "/dev/pts")
    if not Path("/dev/ptmx").is_symlink():
        _mount("--bind", "/dev/pts/ptmx", "/dev/ptmx")


def _name(room: dict[str, Any]) -> None:
    """Let programs in the room find out what the learner is called."""
    socket.sethostname(room["who"])
    line = f"{room['who']}:x:{room['uid']}:{room['uid']}::{room['home']}:/bin/bash\n"
    users = Path("/run/passwd")
    users.write_text(Path("/etc/passwd").read_text(encoding="utf-8") + line, encoding="utf-8")
    users.chmod(0o644)
    _mount("--bind", str(users), "/etc/passwd")


def _as_learner(uid: int) -> list[str]:
    """Return the command that runs the one after it as the learner, without any way back."""
    return [
        "setpriv",
        *(f"--reuid={uid}", f"--regid={uid}", "--clear-groups"),
        *("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"),
    ]


def _reap(child: int) -> NoReturn:
    """Hand signals on to the child, bury all orphans, and end as the child ends."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda got, _: os.kill(child, got))
    ctypes.CDLL(None).prctl(15, b"room", 0, 0, 0)  # PR_SET_NAME, prctl(2)
    while True:
        ended, status = os.wait()
        if ended == child:
            os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def _bind(folder: int, target: Path) -> None:
    """Mount an open folder, whose own path may be hidden by now; mount(8) would go by its path."""
    libc = ctypes.CDLL(None, use_errno=True)
    source = f"/proc/self/fd/{folder}".encode()
    if libc.mount(source, os.fsencode(target), None, MS_BIND, None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(target))


def _is_folder(name: str) -> bool:
    return Path(name).is_dir() and not Path(name).is_symlink()


def _mount(*arguments: str) -> None:
    subprocess.run(("mount", *arguments), check=True)


if __name__ == "__main__":
    main()
