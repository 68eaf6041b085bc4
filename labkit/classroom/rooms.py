"""Rooms: a network namespace and a user id for each learner, which keep learners apart.

127.0.0.1 belongs to everybody on a host, and the sandbox serves some routes there without a key. So
each learner's processes run in a network of their own, with one cable to the hub and none to one
another. Needs Linux and root; nothing here works around their absence.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from labkit.classroom.class_settings import Settings
from labkit.classroom.folder import ClassFolder, Learner
from labkit.errors import LabkitError

TOOLS = {
    "ip": "iproute2",
    "bridge": "iproute2",
    "unshare": "util-linux",
    "setpriv": "util-linux",
    "mount": "util-linux",
}
"""What rooms are built with, and the package of Debian that has it."""
UIDS_FROM = 1_900_000_000
"""User ids that neither distributions nor systemd give away (1879048192 to 2147483647).

Source: systemd, "Users, Groups, UIDs and GIDs on systemd Systems", https://systemd.io/UIDS-GIDS
"""
PORT = 8888
"""Of a learner's server: each room has all ports to itself."""
TRIAL = "lk-trial"


class NoRooms(LabkitError):
    """Learners cannot be kept apart here; nothing was started."""


@dataclass(frozen=True)
class Room:
    """Where one learner's processes run.

    Attributes
    ----------
    name
        Of the network namespace, and of the cable's end on the host.
    address
        Of the learner's server, as the hub sees it.
    uid
        User and group of all that the learner runs.
    """

    name: str
    address: str
    uid: int

    @classmethod
    def of(cls, settings: Settings, learner: Learner) -> Room:
        """Return the room of a learner; it is the same one each time."""
        return cls(
            f"{settings.bridge}-{learner.number}",
            str(settings.network[learner.number + 1]),
            UIDS_FROM + settings.network.network_address.packed[2] * 256 + learner.number,
        )

    def enter(self) -> list[str]:
        """Return the command that runs the command after it in the room, as its first process."""
        return [
            *("ip", "netns", "exec", self.name),
            *("unshare", "--mount", "--pid", "--ipc", "--uts", "--mount-proc"),
            *("--fork", "--kill-child=KILL", "--"),
        ]


def missing() -> list[str]:
    """Return why learners cannot be kept apart here, a sentence each; none where they can."""
    if not sys.platform.startswith("linux"):
        return [f"Rooms need Linux's namespaces, and this is {sys.platform}."]
    found = [
        f"The program {tool!r} is missing (Debian and Ubuntu: apt install {package})."
        for tool, package in TOOLS.items()
        if shutil.which(tool) is None
    ]
    if os.geteuid() != 0:
        found.append("Only root can make rooms: run it with sudo.")
    return found or list(_trial())


def expect_rooms() -> None:
    """Raise NoRooms with all reasons where learners cannot be kept apart."""
    if reasons := missing():
        raise NoRooms(
            "Learners cannot be kept apart on this machine, so nothing was started.\n  "
            + "\n  ".join(reasons)
            + "\nWithout rooms every learner can read and change every other learner's files, "
            "sandbox and processes. If they may (a class among friends), add --trust-each-other."
        )


def open_bridge(settings: Settings) -> None:
    """Make the bridge that the rooms' cables end at, unless it is there.

    Raises
    ------
    NoRooms
        Its network is in use by something else.
    """
    bridge = settings.bridge
    if Path("/sys/class/net", bridge).exists():
        return
    if clash := _route_to(settings):
        raise NoRooms(
            f"The network {settings.network} is in use here already ({clash}); nothing was "
            "started. Write another one into class.toml."
        )
    _run("ip", "link", "add", bridge, "type", "bridge")
    own = f"{settings.hub_address}/{settings.network.prefixlen}"
    _run("ip", "address", "add", own, "dev", bridge)
    _run("ip", "link", "set", bridge, "up")


def open_room(settings: Settings, learner: Learner) -> Room:
    """Make a learner's network namespace with its cable to the hub, anew each time."""
    room = Room.of(settings, learner)
    close_room(room)
    inside = ("ip", "-n", room.name)
    _run("ip", "netns", "add", room.name)
    _run("ip", "link", "add", room.name, "type", "veth", "peer", "eth0", "netns", room.name)
    _run("ip", "link", "set", room.name, "master", settings.bridge, "up")
    _run("bridge", "link", "set", "dev", room.name, "isolated", "on")
    own = f"{room.address}/{settings.network.prefixlen}"
    _run(*inside, "address", "add", own, "dev", "eth0")
    _run(*inside, "link", "set", "eth0", "up")
    _run(*inside, "link", "set", "lo", "up")
    return room


def empty_room(room: Room) -> None:
    """Kill what runs in a room."""
    if Path("/run/netns", room.name).exists():
        for pid in _run("ip", "netns", "pids", room.name).split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


def close_room(room: Room) -> None:
    """Take a room away; what runs in it keeps its namespace, without a cable."""
    if Path("/sys/class/net", room.name).exists():
        _run("ip", "link", "delete", room.name)
    if Path("/run/netns", room.name).exists():
        _run("ip", "netns", "delete", room.name)


def close_rooms(folder: ClassFolder) -> None:
    """End what still runs in the rooms of a class, and take them away with their bridge."""
    for learner in folder.everyone:
        room = Room.of(folder.settings, learner)
        empty_room(room)
        close_room(room)
    if Path("/sys/class/net", folder.settings.bridge).exists():
        _run("ip", "link", "delete", folder.settings.bridge)


def _trial() -> Iterator[str]:
    """Make and take away what a room is made of: some containers let even root do neither."""
    name = f"{TRIAL}{os.getpid() % 100000}"
    trials: tuple[tuple[str, Sequence[str]], ...] = (
        ("a network namespace", ("ip", "netns", "add", name)),
        ("a bridge", ("ip", "link", "add", name, "type", "bridge")),
        ("a process namespace", ("unshare", "--mount", "--pid", "--fork", "--mount-proc", "true")),
    )
    for what, command in trials:
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            said = ran.stderr.strip().splitlines() or ["it said nothing"]
            yield f"{what[0].upper()}{what[1:]} cannot be made here ({said[-1]})."
    for undo in (("ip", "netns", "delete", name), ("ip", "link", "delete", name)):
        subprocess.run(undo, capture_output=True, check=False)


def _route_to(settings: Settings) -> str:
    """Return the route of this host that lies within the rooms' network, if there is one."""
    ran = _run("ip", "-4", "route", "show", "root", str(settings.network))
    return ran.strip().partition("\n")[0]


def _run(*command: str) -> str:
    """Run a command and return what it printed.

    Raises
    ------
    NoRooms
        It failed; the message has what it said.
    """
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise NoRooms(f"`{' '.join(command)}` failed: {ran.stderr.strip() or ran.returncode}.")
    return ran.stdout
