"""A JupyterLab as `labkit lab` starts it, on a copy of the course, and a real browser on it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Page, Playwright, sync_playwright

from labkit.course.launch import SOLUTIONS
from labkit.course.roots import LEARNERS, WHOLE, Root
from labkit.polling import wait_until

PROJECT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
LOG = "jupyter.log"
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync")


class JupyterLab(NamedTuple):
    """A running JupyterLab: where it is, its token, the course it serves, what it shows of it."""

    url: str
    token: str
    course: Path
    root: Path

    @property
    def said(self) -> str:
        """What its terminal shows."""
        return (self.course.parent / LOG).read_text(encoding="utf-8")

    def path(self, notebook: str) -> str:
        """Return JupyterLab's path of a notebook of the course."""
        return (self.course / notebook).relative_to(self.root).as_posix()

    def address(self, notebook: str) -> str:
        """Return the address that opens a notebook of the course, in a workspace of its own.

        In a shared workspace JupyterLab would open the earlier notebooks, too.
        """
        workspace = Path(notebook).with_suffix("").as_posix().replace("/", "-")
        path = self.path(notebook)
        return f"{self.url}/lab/workspaces/{workspace}/tree/{path}?token={self.token}"


@pytest.fixture(scope="session")
def jupyter_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    """Start `labkit lab --no-browser --port N` on a copy of the course; end it afterwards."""
    with running_lab(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture(scope="session")
def authors_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterLab]:
    """The same, on another copy, with the solutions."""
    with running_lab(tmp_path_factory.mktemp("authors"), WHOLE) as lab:
        yield lab


@contextmanager
def running_lab(folder: Path, root: Root = LEARNERS) -> Iterator[JupyterLab]:
    """Run JupyterLab on a copy of the course, all of whose files are in a folder."""
    course = folder / "course"
    for edition in ("lessons", "notebooks", "solutions"):
        shutil.copytree(PROJECT / edition, course / edition)
    shutil.copy(PROJECT / "requirements.lock", course)
    for notebook in (course / "solutions").rglob("*.ipynb"):  # the shorter way, as smoke runs it
        text = notebook.read_text(encoding="utf-8")
        notebook.write_text(text.replace("quick = False", "quick = True"), encoding="utf-8")
    port = _free_port()
    environment = os.environ | {
        "LABKIT_COURSE_DIR": str(course),
        "LABKIT_STATE_DIR": str(made(folder, "state")),
        "JUPYTER_CONFIG_DIR": str(made(folder, "jupyter")),
        "JUPYTERLAB_WORKSPACES_DIR": str(made(folder, "workspaces")),
    }
    log = folder / LOG  # a pipe that nobody reads would fill
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [
                str(Path(sys.executable).with_name("labkit")),
                "lab",
                "--no-browser",
                f"--port={port}",
                *([SOLUTIONS] if root is WHOLE else []),
            ],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            url, token = f"http://127.0.0.1:{port}", _token(process, log)
            yield JupyterLab(url, token, course, root.folder(course))
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)


def made(folder: Path, name: str) -> Path:
    """Make a folder in a folder."""
    path = folder / name
    path.mkdir()
    return path


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Start Playwright, of which one process can have one at a time."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed, so nothing can be tried in a real browser")
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def pages(playwright: Playwright) -> Iterator[Page]:
    """Open one page in Debian's chromium."""
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", *QUIET]
    )
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    yield page
    browser.close()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _token(process: subprocess.Popen[bytes], log: Path) -> str:
    """Read the token in the address that the server's log names, once it does."""
    address = re.compile(r"http://127\.0\.0\.1:\d+/\S*[?&]token=(\w+)\s")

    def found() -> re.Match[str] | bool | None:
        ended = process.poll() is not None
        return address.search(log.read_text(encoding="utf-8")) or ended

    if isinstance(match := wait_until(found, 100, "JupyterLab's address"), re.Match):
        return str(match[1])
    pytest.fail(f"JupyterLab ended before it printed its address:\n{log.read_text()}")
