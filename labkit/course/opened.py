"""A course that is open already: found by the files that Jupyter's servers leave, shown again."""

from __future__ import annotations

import hashlib
import json
import os
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from jupyter_core.paths import jupyter_runtime_dir
from jupyter_server.serverapp import list_running_servers

from labkit.aws.opening import TARGET
from labkit.errors import LabkitError
from labkit.polling import wait_until
from labkit.resources.lock import keep
from labkit.state import state_dir

LONGEST_S = 10
"""How long a server is given to answer, in seconds."""

STARTED_WITHIN_S = 120
"""How long a start that is under way elsewhere is waited for, in seconds."""


@dataclass(frozen=True)
class Opened:
    """A JupyterLab that serves the course.

    Attributes
    ----------
    pid
        Its process.
    root
        The folder that it shows.
    address
        What a browser opens, its token included.
    page
        A file beside it that only its owner can read and that leads there: other users see what a
        browser is started with.
    """

    pid: int
    root: Path
    address: str
    page: Path

    def show(self, opens: bool) -> str:
        """Open a browser on it, if that is wanted; return what to say in the terminal."""
        shown = opens and webbrowser.open(
            self.page.as_uri() if self.page.exists() else self.address
        )
        where = "Your browser shows it. If it does not, click" if shown else "Click"
        return f"""
labkit: this course is open already (process {self.pid}), so nothing new was started.

  open   {where}: {self.address}
  stop   Ctrl-C, then y, in the terminal that started it; or: kill {self.pid}
"""


def opened(roots: dict[Path, str]) -> Opened | None:
    """Return the JupyterLab that serves a course already; None if there is none.

    Parameters
    ----------
    roots
        The folders that such a server may show, each with the path of the address that opens it.

    Raises
    ------
    LabkitError
        There is one that does not answer, or that serves another target.
    """
    known = {root.resolve(): path for root, path in roots.items()}
    for server in list_running_servers():
        root = Path(server["root_dir"]).resolve()
        path = known.get(root)
        if path is not None and (state := _state(server)) is not None:
            _expect_target(server, state["environment"]["target"])
            page = Path(jupyter_runtime_dir()) / f"jpserver-{server['pid']}-open.html"
            address = server["url"].rstrip("/") + path + _query(server)
            return Opened(server["pid"], root, address, page)
    return None


def opened_by_another(course: Path, roots: dict[Path, str]) -> Opened | None:
    """Return the JupyterLab that another `labkit lab` is starting; None if nobody is.

    A server can be found as soon as it has written its file. Until then the course's lock says that
    somebody starts one. This process holds the lock from then on, as JupyterLab, too.

    Parameters
    ----------
    course
        The course's folder.
    roots
        As `opened` takes them.

    Raises
    ------
    LabkitError
        It did not start in time, or as `opened` says.
    """
    digest = hashlib.sha256(str(course.resolve()).encode()).hexdigest()
    lock = state_dir() / f"open-{digest[:16]}.lock"
    found: list[Opened | None] = []

    def settled() -> bool:
        if already := opened(roots):
            found.append(already)
        elif keep(lock):
            found.append(None)
        return bool(found)

    if not settled():
        print("labkit: this course is being opened already; waiting for it.", flush=True)
        wait_until(settled, STARTED_WITHIN_S, "the JupyterLab that another terminal starts")
    return found[0]


def _state(server: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the server says of the course; None if it is a Jupyter server without labkit."""
    address = f"{server['url']}labkit/state{_query(server)}"
    ask = build_opener(ProxyHandler({}))  # it is on this computer, whatever proxy is set
    try:
        with ask.open(address, timeout=LONGEST_S) as answer:
            told: dict[str, Any] = json.load(answer)
            return told
    except HTTPError as error:
        if error.code == 404:
            return None
        raise _silent(server, f"it answers {error.code}") from None
    except (OSError, ValueError) as error:
        raise _silent(server, str(error)) from None


def _silent(server: dict[str, Any], why: str) -> LabkitError:
    return LabkitError(
        f"A JupyterLab with this course runs in process {server['pid']} and cannot be asked "
        f"({why}); nothing was started. Stop it with `kill {server['pid']}`, then start again."
    )


def _expect_target(server: dict[str, Any], target: str) -> None:
    """Raise LabkitError if lessons run elsewhere in that server than was asked for."""
    wanted = os.environ.get(TARGET) or "local"
    if target != wanted:
        raise LabkitError(
            f"This course is open already, with the target {target} (process {server['pid']}); "
            f"nothing was started for the target {wanted}. Stop that JupyterLab with Ctrl-C in its "
            "terminal, then start again."
        )


def _query(server: dict[str, Any]) -> str:
    """Return the token as an address ends with it; nothing where a server has none."""
    return f"?token={server['token']}" if server["token"] else ""
