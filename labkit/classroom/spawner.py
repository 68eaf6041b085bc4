"""Starts a learner's server: in a room of its own, or where all trust each other, beside them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from subprocess import STDOUT
from typing import Any

import psutil
from jupyterhub.spawner import LocalProcessSpawner

from labkit.classroom import control_groups
from labkit.classroom.folder import ClassFolder, Learner
from labkit.classroom.homes import ensure_home
from labkit.classroom.on_aws import environment
from labkit.classroom.rooms import PORT, Room, open_room
from labkit.classroom.running import named_folder, read
from labkit.course.doctor.shared_host import ROOM
from labkit.course.lesson import course_folder
from labkit.course.shared import SHARED_COURSE

"""Environment variable of hub and view: the class folder."""
ENCLOSURE = Path(__file__).with_name("enclosure.py")
SERVER = [sys.executable, "-m", "labkit.classroom.singleuser"]
KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "PYTHONPATH")
"""What a learner's server keeps of the hub's environment: nothing of the host's credentials."""


class ClassSpawner(LocalProcessSpawner):  # type: ignore[misc]
    """What rooms and trusting servers have in common: homes, logs, and sure process numbers."""

    pid: int

    @property
    def folder(self) -> ClassFolder:
        """The class."""
        return named_folder()

    @property
    def learner(self) -> Learner:
        """Whose server it is."""
        return self.folder.learner(self.user.name)

    def home(self) -> Path:
        """Return the home as the server sees it."""
        return self.folder.home(self.user.name)

    def way_out(self) -> str | None:
        """Return the proxy by which the server reaches AWS, if it needs one."""
        return None

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Add what is the learner's: home, course, state, and account."""
        home = self.home()
        return (
            env
            | environment(self.folder, self.learner, self.way_out())
            | {
                "USER": self.user.name,
                "HOME": str(home),
                "SHELL": "/bin/bash",
                "LABKIT_COURSE_DIR": str(home / "course"),
                "LABKIT_STATE_DIR": str(home / "state"),
                SHARED_COURSE: str(course_folder()),
            }
        )

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        """Return what the child does first; the hub's spawner would become the system's user."""
        return partial(os.chdir, "/")

    async def start(self) -> tuple[str, int]:
        """Start the server, with a log of its own."""
        log = self.folder.log(self.user.name)
        with log.open("ab") as output:
            self.popen_kwargs = {"stdout": output, "stderr": STDOUT}
            where: tuple[str, int] = await super().start()
        self.popen_kwargs = {}
        return where

    def get_state(self) -> dict[str, Any]:
        """Save when the process began, too: after a reboot its number may be another's."""
        state: dict[str, Any] = super().get_state()
        if self.pid and (began := _began(self.pid)):
            state["began"] = began
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Take the process up again only if it is the one that was started."""
        super().load_state(state)
        if self.pid and _began(self.pid) != state.get("began"):
            self.pid = 0


class TrustingSpawner(ClassSpawner):
    """All learners are one user of the host, and can do everything to one another."""

    async def start(self) -> tuple[str, int]:
        """Start the server in the learner's home."""
        ensure_home(self.folder, self.learner, None)
        return await super().start()


class RoomSpawner(ClassSpawner):
    """Each learner has a user id, a network, processes and temporary folders of their own."""

    @property
    def room(self) -> Room:
        """Where the server runs."""
        return Room.of(self.folder.settings, self.learner)

    def home(self) -> Path:
        """Return the home as the room shows it."""
        return Path("/home") / str(self.user.name)

    def way_out(self) -> str | None:
        """Return the proxy at the other end of the room's cable."""
        running = read(self.folder)
        return running.way_out if running else None

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Say that this server has a room, for the doctor."""
        return super().user_env(env) | {ROOM: "1"}

    def make_preexec_fn(self, name: str) -> Callable[[], None]:
        """Return what puts the child under the learner's limits."""
        files = control_groups.make(self.folder.settings, name).join_files()

        def first() -> None:
            os.chdir("/")
            control_groups.join(files)

        return first

    async def start(self) -> tuple[str, int]:
        """Make home and room, and start the server in it."""
        folder, learner = self.folder, self.learner
        loop = asyncio.get_running_loop()
        home = await loop.run_in_executor(None, ensure_home, folder, learner, self.room.uid)
        room = await loop.run_in_executor(None, open_room, folder.settings, learner)
        self.ip, self.port = room.address, PORT
        self.cmd = [*room.enter(), *self._enclosed(home), *SERVER]
        return await super().start()

    def _enclosed(self, home: Path) -> list[str]:
        """Return the command that lays out the room and runs the command after it."""
        kept = [(str(home), str(self.home()), True)]
        kept += [(str(path), str(path), False) for path in needed()]
        described = {
            "who": self.user.name,
            "uid": self.room.uid,
            "home": str(self.home()),
            "scratch_mb": max(64, self.folder.settings.memory_mb // 2),
            "kept": kept,
        }
        return [sys.executable, "-I", str(ENCLOSURE), json.dumps(described)]

    async def _signal(self, sig: int) -> bool:
        """Signal the room's first process, which hands it on; `unshare` before it would not.

        Killed, `unshare` takes the whole room along.
        """
        if sig in (0, signal.SIGKILL):
            return bool(await super()._signal(sig))
        try:
            inside = psutil.Process(self.pid).children()
        except psutil.NoSuchProcess:
            return False
        for process in inside:
            process.send_signal(sig)
        return True


def needed() -> list[Path]:
    """Return the folders that a server reads and that a room would hide, outermost first."""
    hidden = ("/tmp", "/var/tmp", "/home", "/root", "/run", "/mnt", "/media", "/srv")
    read = [course_folder(), Path(__file__).parents[2], Path(sys.prefix), Path(sys.base_prefix)]
    within = [path for path in read if any(path.is_relative_to(folder) for folder in hidden)]
    found: list[Path] = []
    for path in sorted(set(within), key=lambda one: len(one.parts)):
        if not any(path.is_relative_to(outer) for outer in found):
            found.append(path)
    return found


def _began(pid: int) -> float:
    """Return when a process began; 0 where there is none."""
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return 0.0
