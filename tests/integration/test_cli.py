"""The ``labkit`` command, with real sandboxes and a real JupyterLab."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import requests
from requests import Request, Session

from labkit.polling import wait_until
from tests.support.commands import LABKIT, Labkit, built_course, labkit_in


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built course of one lesson."""
    monkeypatch.delenv("LABKIT_SANDBOX", raising=False)
    return built_course(tmp_path, monkeypatch)


@pytest.fixture
def labkit(capfd: pytest.CaptureFixture[str]) -> Labkit:
    """The command, run in this process."""
    return labkit_in(capfd)


def test_the_sandbox_command_passes_its_options_on(course: Path) -> None:
    ran = subprocess.run(
        [*LABKIT, "sandbox", "--json", "--until-stdin-closes", "--account", "444455556666"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(ran.stdout)["account"] == "444455556666"


def test_status_and_teardown_know_what_a_dead_kernel_left(course: Path, labkit: Labkit) -> None:
    dying = (
        "import os\nfrom labkit import Lab\nlab = Lab('greeting')\n"
        "lab.client('sqs').create_queue(QueueName=lab.name('orders'))\n"
        "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", dying], check=False)
    # The sandbox that the kernel owned ends a moment after it.
    left = r"(unfinished: run \w{8} of greeting, local .* 1 resource |ended: run \w{8} of greeting)"
    assert re.search(left, " ".join(labkit("status").out.split()))
    removed = labkit("teardown", "--json")
    assert removed.code == 0
    (report,) = json.loads(removed.out)
    assert [item["outcome"] for item in report["items"]] == ["gone"]
    assert "No run is unfinished." in labkit("status").out
    assert labkit("teardown").out == "No run is unfinished; nothing to tear down.\n"


Lab = tuple[subprocess.Popen[bytes], str]
"""``labkit lab``: its process, and its address."""


@pytest.fixture
def lab(course: Path) -> Iterator[Callable[..., Lab]]:
    """A function that starts ``labkit lab`` on a free port, with further options."""
    processes = []

    def start(*options: str) -> Lab:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        process = subprocess.Popen(
            [
                *(*LABKIT, "lab", "--no-browser", f"--port={port}", "--allow-root"),
                *("--IdentityProvider.token=secret", *options),
            ],
            stdin=subprocess.DEVNULL,
            stdout=(course / "said.log").open("ab"),
            stderr=(course / "jupyter.log").open("ab"),
        )
        processes.append(process)
        return process, f"http://127.0.0.1:{port}"

    yield start
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture
def server(lab: Callable[..., Lab]) -> Lab:
    """``labkit lab`` on a free port."""
    return lab()


def answered(address: str) -> requests.Response | None:
    """Ask the server for a page; None as long as it does not answer."""
    try:
        return requests.get(address, params={"token": "secret"}, timeout=10)
    except (requests.ConnectionError, requests.Timeout):
        return None


def test_lab_opens_the_workspace_with_settings_for_a_class_and_takes_its_sandbox_along(
    course: Path, server: Lab
) -> None:
    process, address = server
    page = wait_until(lambda: answered(f"{address}/"), seconds=60, what="JupyterLab to answer")
    assert page.ok
    assert page.url.startswith(f"{address}/lab/workspaces/labkit")
    settings = f"{address}/lab/api/settings/@jupyterlab/notebook-extension:tracker"
    tracker = wait_until(lambda: answered(settings), seconds=60, what="the settings")
    default = tracker.json()["schema"]["properties"]["codeCellConfig"]["default"]
    assert default["lineNumbers"] is True

    sandboxes = psutil.Process(process.pid).children(recursive=True)
    assert any("labkit.sandbox.process.server" in one.cmdline() for one in sandboxes)
    os.kill(process.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(sandboxes, timeout=30)
    assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []
    assert list(course.glob("labkit-sandbox-*")) == []


def test_the_learners_jupyterlab_has_no_solution_and_an_authors_has(
    course: Path, lab: Callable[..., Lab]
) -> None:
    process, address = lab()
    page = wait_until(lambda: answered(f"{address}/api/contents/"), 60, "JupyterLab to answer")
    assert {one["name"] for one in page.json()["content"]} == {"AGENTS.md", "day-1", "start.md"}
    assert (course / "solutions" / "day-1" / "01-greeting.ipynb").is_file()
    for way in ("api/contents", "files", "nbconvert/html"):
        for above in ("..", "%2e%2e", "docs/../..", "day-1/../.."):
            asked = f"{address}/{way}/{above}/solutions/day-1/01-greeting.ipynb?token=secret"
            answer = Session().send(Request("GET", asked).prepare(), timeout=10)
            assert not answer.ok, asked

    asked = subprocess.run([*LABKIT, "lab", "--solutions"], capture_output=True, text=True)
    assert asked.stderr.startswith("labkit: This course is open already, without its solutions")
    process.kill()
    process.wait()
    _, address = lab("--solutions")
    page = wait_until(lambda: answered(f"{address}/api/contents/"), 60, "JupyterLab to answer")
    assert {"lessons", "my-lessons", "solutions"} <= {one["name"] for one in page.json()["content"]}
    assert answered(f"{address}/").url.startswith(f"{address}/lab/workspaces/labkit-solutions")


def test_a_container_starts_on_the_course_that_its_image_has(
    course: Path, lab: Callable[..., Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the Dockerfile's command does: `labkit lab` with the course apart from the learner's."""
    monkeypatch.setenv("LABKIT_CLASS_COURSE", str(course))
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(course / "home" / "course"))
    _, address = lab()
    page = wait_until(lambda: answered(f"{address}/api/contents/day-1"), 60, "JupyterLab")
    assert [one["name"] for one in page.json()["content"]] == ["01-greeting.ipynb"]
    assert not (course / "home" / "course" / "solutions").exists()


def sandboxes() -> list[int]:
    """The processes of sandboxes that this test has started, itself or through others."""
    family = psutil.Process().children(recursive=True)
    return [one.pid for one in family if "labkit.sandbox.process.server" in one.cmdline()]


def test_a_second_start_shows_the_course_that_is_open(
    course: Path, server: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, address = server
    wait_until(lambda: answered(f"{address}/"), seconds=60, what="JupyterLab to answer")
    before = sandboxes()
    shown = course / "shown"
    browser = course / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" >> {shown}\n')
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(browser))

    quiet = subprocess.run([*LABKIT, "lab", "--no-browser"], capture_output=True, text=True)
    assert (quiet.returncode, quiet.stderr) == (0, "")
    assert f"open already (process {process.pid}), so nothing new was started" in quiet.stdout
    link = f"{address}/lab/workspaces/labkit?token=secret".replace("127.0.0.1", "localhost")
    assert link in quiet.stdout
    assert requests.get(link, timeout=10).ok
    assert not shown.exists()

    opened = subprocess.run([*LABKIT, "lab"], capture_output=True, text=True)
    assert "Your browser shows it" in opened.stdout
    page = Path(urlsplit(wait_until(lambda: shown.exists() and shown.read_text(), 10)).path.strip())
    assert link in page.read_text()
    assert sandboxes() == before

    monkeypatch.setenv("LABKIT_TARGET", "aws")
    other = subprocess.run([*LABKIT, "lab", "--no-browser"], capture_output=True, text=True)
    assert other.returncode == 1
    assert other.stderr.startswith("labkit: This course is open already, with the target local")


def test_two_starts_at_once_are_one(course: Path, lab: Callable[..., Lab]) -> None:
    before = len(sandboxes())
    started = [lab() for _ in range(2)]
    over = wait_until(
        lambda: [one for one, _ in started if one.poll() is not None], 120, "one to give way"
    )
    assert [one.returncode for one in over] == [0]
    [(process, address)] = [one for one in started if one[0] not in over]
    said = (course / "said.log").read_text(encoding="utf-8")
    assert f"open already (process {process.pid}), so nothing new was started" in said
    assert answered(f"{address}/").ok
    assert len(sandboxes()) == before + 1


def test_a_start_takes_the_place_of_one_that_was_killed(
    course: Path, lab: Callable[..., Lab]
) -> None:
    first, _ = lab()
    wait_until(lambda: list(course.glob("**/open-*.lock")), 60, "the first to hold the lock")
    first.kill()
    first.wait()
    _, address = lab()
    assert wait_until(lambda: answered(f"{address}/"), 60, "JupyterLab to answer").ok
