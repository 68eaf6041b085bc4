"""The ``labkit`` command in a test's own process, on a course of one lesson."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from labkit.cli import main
from labkit.course.build import build
from tests.support.course_samples import write_course

LABKIT = [sys.executable, "-m", "labkit.cli"]


@dataclass(frozen=True)
class Ran:
    """What a run of the command said and returned."""

    code: int
    out: str
    err: str


Labkit = Callable[..., Ran]


def labkit_in(capfd: pytest.CaptureFixture[str]) -> Labkit:
    """Return a function that runs the command in this process."""

    def run(*arguments: str) -> Ran:
        code = main(arguments)
        said = capfd.readouterr()
        return Ran(code, said.out, said.err)

    return run


def built_course(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Build a course of one lesson, with a state folder of its own."""
    write_course(folder)
    build(folder)
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(folder))
    monkeypatch.setenv("LABKIT_STATE_DIR", str(folder / "state"))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder
