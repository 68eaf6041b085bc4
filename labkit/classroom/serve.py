"""`labkit class serve`: hub, proxy and class view, each started again when it dies."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from labkit.classroom.account_list import account_of
from labkit.classroom.bytecode import compile_bytecode, folders
from labkit.classroom.class_settings import AWS, LOOPBACK, Settings
from labkit.classroom.control_groups import held
from labkit.classroom.folder import ClassFolder
from labkit.classroom.homes import can_hold_disks, release_homes
from labkit.classroom.invitations import instructors_link
from labkit.classroom.keeper import Keeper
from labkit.classroom.kept_programs import Program
from labkit.classroom.rooms import close_rooms, expect_rooms, open_bridge
from labkit.classroom.running import APART_ENV, FOLDER_ENV, Running, hub_config, settle
from labkit.course.places import course_folder
from labkit.errors import LabkitError

PROXY = "configurable-http-proxy"
PROXY_NAME = "proxy"
PROXY_ENV = "LABKIT_CLASS_PROXY"
"""Environment variable: the proxy's program, where neither is it on the path nor in `INSTALLED`."""
INSTALLED = Path("out", "proxy", "node_modules", ".bin")
"""Where `make class-extras` puts it, in the course's folder."""
LOOK_S = 0.2
IDLE_EVERY_S = 300.0


def serve(folder: ClassFolder, *, trusting: bool, start_all: bool = True) -> int:
    """Serve a class until Ctrl-C or SIGTERM; return the exit code.

    Parameters
    ----------
    trusting
        Learners trust each other: no rooms are made.
    start_all
        Start everybody's server at once, so that nobody waits at the beginning.

    Raises
    ------
    NoRooms
        Learners cannot be kept apart here.
    LabkitError
        A program is missing, or another `labkit class serve` serves this class.
    """
    proxy = find_proxy()
    expect_hub()
    if not trusting:
        expect_rooms()
    if folder.settings.target == AWS:
        expect_accounts(folder)
    with only_one(folder):
        _say("Compiling what learners import, where that is not done yet.")
        compile_bytecode(folders())
        if not trusting:
            open_bridge(folder.settings)
        running = settle(folder, apart=not trusting)
        _tell_limits(folder, trusting=trusting)
        programs = [_proxy(folder, running, proxy), _hub(folder, running), _view(folder, running)]
        if folder.settings.target == AWS and not trusting:
            programs.append(_way_out(folder, running))
        for program in programs:
            program.end_earlier()
        try:
            _keep(folder, running, programs, start_all)
        finally:
            for program in reversed(programs):
                program.end()
            if not trusting:
                release_homes(folder)
                close_rooms(folder)
    return 0


def find_proxy() -> str:
    """Return the proxy's program.

    Raises
    ------
    LabkitError
        It is not installed.
    """
    named = os.environ.get(PROXY_ENV)
    places = [named] if named else [PROXY, str(course_folder() / INSTALLED / PROXY)]
    found = next(filter(None, map(shutil.which, places)), None)
    if found is None:
        raise LabkitError(
            f"{named or PROXY} was not found; nothing was started. In a clone, `make class-extras` "
            f"installs it; elsewhere, with Node 20 or newer, npm install -g {PROXY}@5.3.0. "
            f"{PROXY_ENV} names one in another place."
        )
    return found


def expect_hub() -> None:
    """Raise LabkitError unless JupyterHub is installed."""
    if find_spec("jupyterhub") is None:
        raise LabkitError(
            "JupyterHub is not installed; nothing was started. "
            "pip install 'labkit[class]' does it, and in a clone: make class-extras."
        )


def expect_accounts(folder: ClassFolder) -> None:
    """See that everybody has an account, and begin a session of the first learner.

    Raises
    ------
    LabkitError
        There is none; the message says what to do.
    """
    from labkit.aws.opening import open_target
    from labkit.classroom.account_sessions import AccountSessions

    for one in folder.learners:
        account_of(folder, one.who)
    sessions = AccountSessions.open(folder, open_target(AWS, folder.settings.region))
    sessions.session(folder.learners[0].who)


@contextmanager
def only_one(folder: ClassFolder) -> Iterator[None]:
    """Hold the class, so that it is served once.

    Raises
    ------
    LabkitError
        It is being served already, or its files are another user's.
    """
    try:
        opened = (folder.private / "served").open("a")
    except OSError as error:
        raise LabkitError(
            f"{folder.private} cannot be written to ({error.strerror}); nothing was done. "
            "Do it as the user who serves the class: with sudo, where that is root."
        ) from error
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LabkitError(
                f"`labkit class serve` serves {folder.path} already; nothing was done. "
                "Stop that one first (Ctrl-C where it runs)."
            ) from None
        yield


def _keep(folder: ClassFolder, running: Running, programs: list[Program], start_all: bool) -> None:
    """Look after the programs until a signal comes, then stop everybody's server."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    keeper = Keeper(running, over=stop)
    threading.Thread(target=_begin, args=[folder, keeper, start_all], daemon=True).start()
    threading.Thread(target=_stop_idle, args=[folder, keeper], daemon=True).start()
    while not stop.wait(LOOK_S):
        for program in programs:
            if said := program.look():
                _say(said)
                if program.name == PROXY_NAME:
                    threading.Thread(target=keeper.restore_routes, daemon=True).start()
    _say("Stopping everybody's server; homes and progress stay.")
    with suppress(LabkitError):
        keeper.stop_all()


def _begin(folder: ClassFolder, keeper: Keeper, start_all: bool) -> None:
    """Say where the class is, and start everybody."""
    try:
        keeper.wait_for_hub()
        _say(f"{folder.settings.name}: {folder.settings.url}")
        _say(f"The instructor's link, for 15 minutes: {instructors_link(folder)}")
        _say(f"The learners' links: labkit class links {folder.path}")
        if not start_all:
            return
        everyone = [one.who for one in folder.learners]
        without = keeper.start_all(everyone)
    except LabkitError as error:
        if not keeper.over.is_set():
            _say(str(error))
        return
    _say(f"{len(everyone) - len(without)} of {len(everyone)} servers run.")
    for who in without:
        _say(f"{who} has none; {folder.log(who)} says why. It is tried again when they come in.")


def _stop_idle(folder: ClassFolder, keeper: Keeper) -> None:
    """Stop idle servers for as long as the class is served, but never within the day's hours."""
    settings = folder.settings
    while settings.cull_after_h and not keeper.over.wait(IDLE_EVERY_S):
        now = datetime.now().astimezone()
        if in_class(settings, now):
            continue
        with suppress(LabkitError):
            for who in keeper.stop_idle(settings.cull_after_h, now):
                _say(f"{who}'s server was idle and is stopped; homes and progress stay.")


def in_class(settings: Settings, now: datetime) -> bool:
    """Tell whether a day of the class goes on, in which nobody's server is stopped."""
    return settings.start <= now.time() <= settings.end


def _tell_limits(folder: ClassFolder, *, trusting: bool) -> None:
    """Say plainly what is not held here, and what is not encrypted."""
    settings = folder.settings
    if trusting:
        _say("Learners trust each other: each can read and change everything of every other.")
    else:
        wanted = {name for name, limit in settings.limits.items() if limit}
        for name in sorted(wanted - held()):
            _say(f"This host cannot hold learners' {name}: one can take all of it.")
        if settings.disk_mb and not can_hold_disks():
            _say("This host cannot hold learners' disk space: one can fill the disk for all.")
    if not settings.tls_cert and not settings.local:
        _say("Without tls_cert and tls_key everything, invitations too, goes unencrypted.")


def _proxy(folder: ClassFolder, running: Running, program: str) -> Program:
    settings = folder.settings
    address, _, port = settings.bind.rpartition(":")
    command = [
        *(program, f"--ip={address}", f"--port={port}"),
        *(f"--api-ip={LOOPBACK}", f"--api-port={running.proxy_port}"),
        f"--default-target={running.hub}",
        f"--error-target={running.hub}/hub/error",
        *([f"--ssl-cert={settings.tls_cert}"] if settings.tls_cert else []),
        *([f"--ssl-key={settings.tls_key}"] if settings.tls_key else []),
    ]
    environment = os.environ | {"CONFIGPROXY_AUTH_TOKEN": running.proxy_token}
    return Program(PROXY_NAME, command, environment, folder.private, folder.log("proxy"))


def _hub(folder: ClassFolder, running: Running) -> Program:
    command = [sys.executable, "-m", "jupyterhub", "-f", str(hub_config(folder))]
    environment = _ours(folder, running)
    return Program("hub", command, environment, folder.private, folder.log("hub"))


def _view(folder: ClassFolder, running: Running) -> Program:
    command = [sys.executable, "-m", "labkit.classroom.view"]
    environment = _ours(folder, running) | {
        "JUPYTERHUB_API_TOKEN": running.view_token,
        "JUPYTERHUB_API_URL": running.hub_api,
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_CLIENT_ID": "service-class",
        "JUPYTERHUB_SERVICE_NAME": "class",
        "JUPYTERHUB_SERVICE_PREFIX": "/services/class/",
        "JUPYTERHUB_SERVICE_URL": running.view,
    }
    return Program("class view", command, environment, folder.private, folder.log("view"))


def _way_out(folder: ClassFolder, running: Running) -> Program:
    command = [sys.executable, "-m", "labkit.classroom.way_out"]
    environment = _ours(folder, running)
    return Program("way out", command, environment, folder.private, folder.log("way-out"))


def _ours(folder: ClassFolder, running: Running) -> dict[str, str]:
    bin_folder = str(Path(sys.executable).parent)
    return os.environ | {
        FOLDER_ENV: str(folder.path),
        APART_ENV: str(int(running.apart)),
        "PATH": os.pathsep.join([bin_folder, os.environ.get("PATH", os.defpath)]),
    }


def _say(text: str) -> None:
    print(f"labkit: {text}", flush=True)
