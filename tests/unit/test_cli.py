"""The ``labkit`` command, with real sandboxes and a real JupyterLab."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import requests

from labkit.cli import main
from labkit.course.build import build
from labkit.course.launch import EXTENSIONS
from labkit.polling import wait_until
from tests.unit.course_samples import SAMPLE, write_course

LABKIT = [sys.executable, "-m", "labkit.cli"]


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built course of one lesson, with a state folder of its own."""
    write_course(tmp_path)
    build(tmp_path)
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    monkeypatch.setenv("LABKIT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.delenv("LABKIT_SANDBOX", raising=False)
    return tmp_path


@dataclass(frozen=True)
class Ran:
    """What a run of the command said and returned."""

    code: int
    out: str
    err: str


Labkit = Callable[..., Ran]


@pytest.fixture
def labkit(capfd: pytest.CaptureFixture[str]) -> Labkit:
    """Run the command in this process."""

    def run(*arguments: str) -> Ran:
        code = main(arguments)
        said = capfd.readouterr()
        return Ran(code, said.out, said.err)

    return run


def test_help_names_every_subcommand() -> None:
    said = subprocess.run([*LABKIT, "--help"], capture_output=True, text=True, check=True).stdout
    for name in ("lab", "sandbox", "build", "smoke", "teardown", "status"):
        assert re.search(rf"^    {name} ", said, re.MULTILINE)


def test_an_unknown_argument_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["build", "--chekc"])
    assert ended.value.code == 2
    assert capfd.readouterr().err.endswith("labkit: error: unknown arguments: --chekc\n")


def test_build_check_says_one_line_for_each_difference(course: Path, labkit: Labkit) -> None:
    assert labkit("build", "--check").code == 0
    write_course(course, SAMPLE.replace("start + 2", "2 + start"))
    stale = labkit("build", "--check")
    assert stale.code == 1
    assert stale.err == (
        "solutions/day-1/01-greeting.ipynb differs from its lesson (cell 7): run labkit build.\n"
    )
    assert labkit("build").out == "2 notebooks built.\n"
    assert labkit("build", "--check").code == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["smoke", "greting"], "There is no lesson 'greting'. Did you mean 'greeting'?"),
        (["lab", "--port", "{taken}"], "Port {taken} cannot be used (Address already in use)"),
        (["lab", "--ServerApp.port={taken}"], "Port {taken} cannot be used"),
        (["lab", "--port", "99999"], "Port 99999 cannot be used (bind(): port must be 0-65535.)"),
    ],
)
def test_a_problem_is_one_sentence_and_code_1(
    course: Path, labkit: Labkit, arguments: list[str], sentence: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        failed = labkit(*(word.format(taken=taken) for word in arguments))
    assert failed.code == 1
    assert failed.err.startswith(f"labkit: {sentence.format(taken=taken)}")
    assert failed.err.count("\n") == 1


def test_a_course_without_notebooks_says_how_to_make_them(course: Path, labkit: Labkit) -> None:
    (course / "notebooks" / "day-1" / "01-greeting.ipynb").unlink()
    failed = labkit("lab")
    assert failed.code == 1
    assert "JupyterLab was not started. `labkit build` makes them." in failed.err


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
    assert re.search(
        r"unfinished: run \w{8} of greeting, local .* 1 resources", labkit("status").out
    )
    removed = labkit("teardown", "--json")
    assert removed.code == 0
    (report,) = json.loads(removed.out)
    assert [item["outcome"] for item in report["items"]] == ["gone"]
    assert "No run is unfinished." in labkit("status").out
    assert labkit("teardown").out == "No run is unfinished; nothing to tear down.\n"


def test_status_counts_solved_exercises(course: Path, labkit: Labkit) -> None:
    assert "0 of 2 exercises solved" in labkit("status").out
    passed = {"at": "", "lesson": "greeting", "exercise": "number", "event": "check"}
    progress = course / "state" / "progress" / "greeting.jsonl"
    progress.parent.mkdir(parents=True)
    progress.write_text(json.dumps(passed | {"outcome": "passed"}) + "\n")
    assert "1 of 2 exercises solved" in labkit("status").out


def test_a_changed_extension_has_another_address_for_browsers_keep_the_old_one_for_a_year() -> None:
    folder = EXTENSIONS / "labkit"
    load = json.loads((folder / "package.json").read_text())["jupyterlab"]["_build"]["load"]
    content = hashlib.sha256((folder / "static" / "labkit.js").read_bytes()).hexdigest()
    assert load == f"static/labkit.js?v={content[:8]}"


@pytest.fixture
def server(course: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """``labkit lab`` on a free port: its process, and its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    process = subprocess.Popen(
        [
            *(*LABKIT, "lab", "--no-browser", f"--port={port}", "--allow-root"),
            "--IdentityProvider.token=secret",
        ],
        stdin=subprocess.DEVNULL,
        stderr=(course / "jupyter.log").open("wb"),
    )
    yield process, f"http://127.0.0.1:{port}"
    process.kill()
    process.wait()


def answered(address: str) -> requests.Response | None:
    """Ask the server for a page; None as long as it does not answer."""
    try:
        return requests.get(address, params={"token": "secret"}, timeout=10)
    except (requests.ConnectionError, requests.Timeout):
        return None


def test_lab_opens_the_workspace_with_settings_for_a_class_and_takes_its_sandbox_along(
    course: Path, server: tuple[subprocess.Popen[bytes], str]
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
