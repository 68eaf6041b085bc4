"""Launching JupyterLab on the course, with a sandbox that lives as long as it does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from labkit.aws import policies
from labkit.course.banner import banner
from labkit.course.copies import COPIES
from labkit.course.lesson import course_folder, lesson_paths, read_lesson
from labkit.course.moves import new_places
from labkit.course.opened import Opened, opened, opened_by_another
from labkit.course.own_kernel import prefer_own_kernel
from labkit.course.roots import LEARNERS, WHOLE
from labkit.course.shared import take_course
from labkit.course.startable import expect_free, expect_writable
from labkit.course.update import outdated
from labkit.course.workspace import prepare, workspaces
from labkit.errors import LabkitError, SandboxUnavailable
from labkit.state import STATE_DIR, state_dir

SANDBOX = "LABKIT_SANDBOX"  # how labkit.aws finds a sandbox that someone else owns
SOLUTIONS = "--solutions"
"""Option of `labkit lab`: JupyterLab shows the whole course, not the learner's folder alone."""
SETTINGS = Path(__file__).parent / "jupyter"
"""A Jupyter configuration folder; its labconfig/ layers defaults under the user's own settings:
https://jupyterlab.readthedocs.io/en/stable/user/directories.html#labconfig-directories"""
EXTENSIONS = SETTINGS / "labextensions"
PROGRAMS = Path(sys.executable).parent
"""Where `labkit` is, which JupyterLab's terminals then find."""

_PORT = re.compile(r"--(?:ServerApp\.)?port(?:=(\d+))?")


def launch(arguments: Sequence[str]) -> None:
    """Start a sandbox, then become JupyterLab; return only if the course is open already.

    Two servers on one folder would have two sandboxes and write the same notebooks, so a second
    start shows the first one again. The sandbox ends when the last holder of a pipe's writing end
    has ended, and that is the JupyterLab server, which inherits it over ``exec``: however the
    server dies, the sandbox goes.

    Parameters
    ----------
    arguments
        Handed on to ``jupyter lab``, but for `SOLUTIONS`.

    Raises
    ------
    LabkitError
        There are no notebooks, the named port is taken, a folder cannot be written, the sandbox did
        not start, or the course is open for another target. Nothing is left running then.
    """
    folder = course_folder()
    opens = "--no-browser" not in arguments
    root = WHOLE if SOLUTIONS in arguments else LEARNERS
    if already := _opened(folder):
        if root is WHOLE and already.root != folder.resolve():
            raise LabkitError(
                f"This course is open already, without its solutions (process {already.pid}); "
                "nothing was started. Stop that JupyterLab with Ctrl-C in its terminal, then start "
                "again."
            )
        print(already.show(opens), flush=True)
        return
    take_course(folder)
    places = new_places(folder)
    lessons = [read_lesson(path) for path in lesson_paths(folder)]
    command = [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={root.folder(folder)}",
        f"--LabApp.default_url={prepare(folder, lessons, root)}",
        f"--LabApp.workspaces_dir={workspaces()}",
        f"--LabApp.extra_labextensions_path={EXTENSIONS}",
        "--HTMLExporter.exclude_anchor_links=True",  # they are links that say only ¶
        "--Application.log_level=WARN",  # what goes well is in the banner; extensions' words, too
        *(one for one in arguments if one != SOLUTIONS),
    ]
    for old, now in places.items():
        if not (folder / COPIES / old).exists():
            print(f"labkit: {COPIES}/{old} is now {' and '.join(map(str, now))} there.")
    if (port := _port(arguments)) is not None:
        expect_free(port)
        command.append("--ServerApp.port_retries=0")
    if os.geteuid() == 0:  # in a container, say; the server listens on this machine alone
        command.append("--allow-root")
    if names := outdated(folder):
        print(f"labkit: the course has changed since your copies were made ({', '.join(names)}).")
        print("labkit: `labkit update` brings that into them and keeps what you wrote.")
    set_environment()
    print(banner(folder, opens), flush=True)
    os.execv(sys.executable, command)


def _opened(folder: Path) -> Opened | None:
    """Return the JupyterLab that serves the course, or is about to; None if this one is to do it.

    Raises
    ------
    LabkitError
        It cannot be asked, or a folder cannot be written.
    """
    roots = {one.folder(folder): one.address for one in (LEARNERS, WHOLE)}
    if already := opened(roots):
        return already
    _expect_folders(folder)
    return opened_by_another(folder, roots)


def set_environment() -> None:
    """Start a sandbox, and tell the program that this process becomes where things are.

    Raises
    ------
    SandboxUnavailable
        It did not start.
    """
    _hide_address()
    os.environ[SANDBOX] = _start_sandbox()
    os.environ["PATH"] = os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", os.defpath)])
    paths = [str(SETTINGS), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    prefer_own_kernel()


def _expect_folders(folder: Path) -> None:
    """Raise LabkitError if anything that JupyterLab or labkit writes cannot be written."""
    from jupyter_core.paths import jupyter_runtime_dir

    other_clone = "clone the course to a folder of your own"
    other_runtime = "name another one in JUPYTER_RUNTIME_DIR"
    expect_writable(folder / COPIES, "your notebooks", other_clone)
    expect_writable(state_dir(), "journals and progress", f"name another one in {STATE_DIR}")
    expect_writable(Path(jupyter_runtime_dir()), "Jupyter's addresses", other_runtime)


def _hide_address() -> None:
    """See to it that nobody else can read the file in which JupyterLab writes its token.

    Jupyter makes the folder for its owner alone, but takes one that is there as it is.
    """
    from jupyter_core.paths import jupyter_runtime_dir

    folder = Path(jupyter_runtime_dir())
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


def _port(arguments: Sequence[str]) -> int | None:
    """Return the port that the arguments ask for, if any."""
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if match := _PORT.fullmatch(word):
            number = match[1] or following
            return int(number) if number.isdecimal() else None
    return None


def _start_sandbox() -> str:
    """Start a sandbox that outlives this ``exec`` but not this process; return its JSON line."""
    reader, writer = os.pipe()
    options = ["--json", "--until-stdin-closes", *policies.sandbox_arguments()]
    process = subprocess.Popen(
        [sys.executable, "-m", "labkit.sandbox", *options],
        stdin=reader,
        stdout=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C asks JupyterLab whether to stop, not the sandbox
        text=True,
    )
    os.close(reader)
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        raise SandboxUnavailable("The sandbox did not start, so JupyterLab was not started either.")
    os.set_inheritable(writer, True)
    return line
