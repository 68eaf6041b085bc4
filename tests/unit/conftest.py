"""What tests share: a state folder each, one real sandbox, an independent census, a course."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest

from labkit.aws.embedded import SHARED
from labkit.lab import Lab
from labkit.state import STATE_DIR
from tests.unit.census import census

LESSON = "delivery-queue"


@pytest.fixture(scope="session")
def sandbox_line() -> Iterator[str]:
    """Give the JSON line of one sandbox for all tests of the session."""
    process = subprocess.Popen(
        [sys.executable, "-m", "labkit.sandbox", "--json", "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    yield process.stdout.readline()
    process.stdin.close()
    process.stdout.close()
    process.wait(timeout=30)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep journals and work folders of a test to itself."""
    folder = tmp_path / "state"
    monkeypatch.setenv(STATE_DIR, str(folder))
    monkeypatch.delenv("LABKIT_TARGET", raising=False)
    return folder


@pytest.fixture
def sandbox(state: Path, sandbox_line: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Have labkit use the session's sandbox, and return its description."""
    monkeypatch.setenv(SHARED, sandbox_line)
    described: dict[str, Any] = json.loads(sandbox_line)
    return described


@pytest.fixture(scope="session")
def plain(sandbox_line: str) -> Callable[[str], Any]:
    """Give boto3 clients of the sandbox that know nothing of labkit."""
    return plain_clients(json.loads(sandbox_line))


def plain_clients(sandbox: dict[str, Any]) -> Callable[[str], Any]:
    """Return a function that gives boto3 clients of a sandbox."""
    session = boto3.Session(
        sandbox["access_key_id"], sandbox["secret_access_key"], region_name=sandbox["region"]
    )
    return cache(lambda service: session.client(service, endpoint_url=sandbox["endpoint"]))


@pytest.fixture
def lab(sandbox: dict[str, Any], plain: Callable[[str], Any]) -> Iterator[Lab]:
    """Give a lab, and see to it that the test leaves nothing in the sandbox."""
    before = census(plain)
    opened = Lab(LESSON)
    yield opened
    opened.teardown(progress=False)
    assert census(plain) == before


@pytest.fixture
def smoke_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for a course whose kernels find the sample's helpers."""
    monkeypatch.setenv("LABKIT_COURSE_DIR", str(tmp_path))
    monkeypatch.setenv("LABKIT_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setenv("LABKIT_SANDBOX", "not for smoke runs")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path
