"""What the doctor says, and how it sums up."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from labkit.aws.embedded import SHARED
from labkit.cli import main
from labkit.course.doctor.findings import Diagnosis, fine, problem, warning
from labkit.course.doctor.machine import _hidden_modules, _package, _threads


def test_a_sandbox_that_does_not_start_is_a_problem(
    state: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(SHARED, "no JSON")
    assert main(["doctor"]) == 1
    said = capfd.readouterr().out
    assert "✗ problem  sandbox" in said
    assert said.splitlines()[-1].startswith("Lessons will not run yet on the target local: 1 prob")


def test_what_a_lesson_would_lack_is_said_with_how_to_get_it() -> None:
    lacking = _package("cfn-lint", "no_such_module", "a part of lesson 14", "make extras")
    assert lacking == warning(
        "cfn-lint", "not installed; lost: a part of lesson 14", "`make extras` installs it."
    )
    assert _package("pandas", "pandas", "everything", "make lab").verdict == "fine"


def test_lines_say_what_to_do() -> None:
    findings = [fine("a", "good"), warning("bb", "slow", "Wait."), problem("c", "gone", "Cry.")]
    assert repr(Diagnosis("local", findings)).splitlines() == [
        "✓ fine     a   good",
        "! warning  bb  slow",
        "                → Wait.",
        "✗ problem  c   gone",
        "                → Cry.",
        "Lessons will not run yet on the target local: 1 problem, 1 warning.",
    ]


def test_modules_that_stand_before_those_of_lessons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pandas.py", "sitecustomize.py", "mine.py"):
        (tmp_path / name).touch()
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{tmp_path / 'gone'}")
    (found,) = _hidden_modules()
    assert (found.verdict, found.about) == ("problem", "PYTHONPATH")
    assert found.found == f"{tmp_path} hides modules that lessons import: pandas"


def test_too_few_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _threads().verdict == "fine"
    begin, left = threading.Thread.start, iter(range(3))

    def start(thread: threading.Thread) -> None:
        if next(left, None) is None:
            raise RuntimeError("can't start new thread")
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    assert _threads().found == "only 3 more threads can be started; lessons 07 and 09 stop"
