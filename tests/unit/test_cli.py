"""The ``labkit`` command: help, refusals, builds."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

from labkit.cli import main
from tests.support.commands import LABKIT, Labkit, built_course, labkit_in
from tests.support.course_samples import SAMPLE, write_course


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built course of one lesson."""
    return built_course(tmp_path, monkeypatch)


@pytest.fixture
def labkit(capfd: pytest.CaptureFixture[str]) -> Labkit:
    """The command, run in this process."""
    return labkit_in(capfd)


def test_help_names_every_subcommand() -> None:
    said = subprocess.run([*LABKIT, "--help"], capture_output=True, text=True, check=True).stdout
    for name in ("lab", "sandbox", "build", "smoke", "teardown", "status"):
        assert re.search(rf"^    {name} ", said, re.MULTILINE)


def test_the_version_is_the_packages(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capfd.readouterr().out == f"labkit {metadata.version('labkit')}\n"


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


@pytest.mark.parametrize("encoding", ["ascii", "cp949"])
def test_a_sign_that_a_terminal_has_not_ends_nothing(encoding: str) -> None:
    done = subprocess.run(
        [*LABKIT, "timetable"],
        env=os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "?" in done.stdout.decode(encoding)


def test_a_course_without_notebooks_says_how_to_make_them(course: Path, labkit: Labkit) -> None:
    (course / "notebooks" / "day-1" / "01-greeting.ipynb").unlink()
    failed = labkit("lab")
    assert failed.code == 1
    assert "JupyterLab was not started. `labkit build` makes them." in failed.err


def test_without_a_command_it_says_which_there_are(labkit: Labkit) -> None:
    said = labkit()
    assert said.code == 0
    assert "start a sandbox and JupyterLab on the course" in said.out
    assert re.search(r"^ +instructor +write the", said.out, re.MULTILINE)
    assert said.err == ""


def test_status_counts_solved_exercises(course: Path, labkit: Labkit) -> None:
    assert "0 of 2 exercises solved" in labkit("status").out
    passed = {"at": "", "lesson": "greeting", "exercise": "number", "event": "check"}
    progress = course / "state" / "progress" / "greeting.jsonl"
    progress.parent.mkdir(parents=True)
    progress.write_text(json.dumps(passed | {"outcome": "passed"}) + "\n")
    assert "1 of 2 exercises solved" in labkit("status").out
