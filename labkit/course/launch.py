"""Launching JupyterLab on the first lesson, with a sandbox that lives as long as it does."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from labkit.course.build import Edition
from labkit.course.lesson import course_folder
from labkit.errors import LabkitError, SandboxUnavailable

SANDBOX = "LABKIT_SANDBOX"  # how labkit.aws finds a sandbox that someone else owns
SETTINGS = Path(__file__).parent / "jupyter"
"""A Jupyter configuration folder; its labconfig/ layers defaults under the user's own settings:
https://jupyterlab.readthedocs.io/en/stable/user/directories.html#labconfig-directories"""

_PORT = re.compile(r"--(?:ServerApp\.)?port(?:=(\d+))?")


def launch(arguments: Sequence[str]) -> NoReturn:
    """Start a sandbox, then become JupyterLab.

    The sandbox ends when the last holder of a pipe's writing end has ended, and that is the
    JupyterLab server, which inherits it over ``exec``: however the server dies, the sandbox goes.

    Parameters
    ----------
    arguments
        Handed on to ``jupyter lab``.

    Raises
    ------
    LabkitError
        There are no notebooks, the named port is taken, or the sandbox did not start. Nothing is
        left running then.
    """
    folder = course_folder()
    command = [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{first_notebook(folder).relative_to(folder)}",
        *arguments,
    ]
    if (port := _port(arguments)) is not None:
        _expect_free(port)
        command.append("--ServerApp.port_retries=0")
    if os.geteuid() == 0:  # in a container, say; the server listens on this machine alone
        command.append("--allow-root")
    os.environ[SANDBOX] = _start_sandbox()
    paths = [str(SETTINGS), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    os.execv(sys.executable, command)


def first_notebook(folder: Path) -> Path:
    """Return the notebook of the course's first lesson.

    Raises
    ------
    LabkitError
        There is none.
    """
    notebooks = sorted((folder / Edition.LEARNER.value).glob("[0-9]*.ipynb"))
    if not notebooks:
        raise LabkitError(
            f"There are no notebooks in {folder / Edition.LEARNER.value}; JupyterLab was not "
            "started. `labkit build` makes them."
        )
    return notebooks[0]


def _port(arguments: Sequence[str]) -> int | None:
    """Return the port that the arguments ask for, if any."""
    for word, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if match := _PORT.fullmatch(word):
            number = match[1] or following
            return int(number) if number.isdecimal() else None
    return None


def _expect_free(port: int) -> None:
    """Raise LabkitError if a port cannot be listened on."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise LabkitError(
            f"Port {port} cannot be used ({os.strerror(error.errno or 0)}); nothing was started. "
            "Choose another one, or leave --port out to get a free one."
        ) from None


def _start_sandbox() -> str:
    """Start a sandbox that outlives this ``exec`` but not this process; return its JSON line."""
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "labkit.sandbox", "--json", "--until-stdin-closes"],
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
