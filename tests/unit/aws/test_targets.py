"""Which target is opened, and what is said where none can be."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from labkit.aws.embedded import SHARED, Sandbox, sandbox
from labkit.aws.opening import open_target
from labkit.errors import LabkitError, SandboxUnavailable
from tests.support.virtual_clock import virtual_clock


def test_an_unknown_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_TARGET", "azure")
    with pytest.raises(LabkitError, match="LABKIT_TARGET"):
        open_target()


@pytest.mark.parametrize("line", ["no json", '{"endpoint": "http://127.0.0.1:1"}'])
def test_a_variable_that_describes_no_sandbox(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SHARED, line)
    with pytest.raises(SandboxUnavailable, match="LABKIT_SANDBOX"):
        open_target("local")


def a_living_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Describe a sandbox whose process and folder are there: this process and a folder."""
    texts = ("http://127.0.0.1:1", "111122223333", "us-east-1", "key", "secret")
    described = Sandbox(*texts, os.getpid(), os.getpid(), str(folder), str(folder / "root"))
    monkeypatch.setenv(SHARED, json.dumps(described.as_json()))
    return described


def test_a_sandbox_that_answers_late_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    described, answers = a_living_one(tmp_path, monkeypatch), iter([False, False, True, True])
    monkeypatch.setattr(Sandbox, "_answers", lambda _: next(answers))
    with virtual_clock():
        assert sandbox() == described


def test_a_sandbox_that_does_not_answer_is_not_called_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    a_living_one(tmp_path, monkeypatch)
    monkeypatch.setattr(Sandbox, "_answers", lambda _: False)
    with virtual_clock(), pytest.raises(SandboxUnavailable, match="has not ended"):
        sandbox()


def without_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_an_account_without_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_credentials(monkeypatch, tmp_path)
    with pytest.raises(LabkitError, match="Sign in"):
        open_target("aws", "us-east-1")


def test_an_account_without_a_region(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_credentials(monkeypatch, tmp_path)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(LabkitError, match="needs a region"):
        open_target("aws")
