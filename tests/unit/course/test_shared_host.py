"""What the doctor says of other users of the computer, and of what they could read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from labkit.course.doctor import shared_host
from labkit.course.launch import _hide_address


def users(monkeypatch: pytest.MonkeyPatch, running: set[int]) -> shared_host.Finding:
    monkeypatch.setattr(shared_host, "_running", lambda: running)
    return next(shared_host.examine_sharing())


def test_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    assert users(monkeypatch, {0, 33, 65534, os.getuid()}).verdict == "fine"


def test_other_people_are_a_warning_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    found = users(monkeypatch, {0, 4001, 4002, os.getuid()})
    assert found.verdict == "warning"
    assert "user 4001" in found.found
    assert "network namespace" in found.remedy


def test_a_hub_is_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "ann")
    assert users(monkeypatch, {0}).verdict == "warning"


def test_oneself_is_no_other() -> None:
    assert shared_host.others({1000, 1001}, 1000) == ["user 1001"]


@pytest.mark.parametrize(("mode", "verdict"), [(0o700, "fine"), (0o711, "warning"),
                                               (0o755, "warning"), (0o770, "fine")])  # fmt: skip
def test_a_folder_that_others_can_look_into(mode: int, verdict: str) -> None:
    with tempfile.TemporaryDirectory() as outer:
        Path(outer).chmod(0o755)
        inner = Path(outer) / "state"
        inner.mkdir()
        inner.chmod(mode)
        assert shared_host.private("private", inner).verdict == verdict


def test_one_inside_a_hidden_one_is_hidden(tmp_path: Path) -> None:
    inner = tmp_path / "outer" / "inner"
    inner.mkdir(parents=True)
    inner.chmod(0o755)
    inner.parent.chmod(0o700)
    assert shared_host.private("private", inner).verdict == "fine"


def test_the_launcher_hides_jupyters_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o755)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    _hide_address()
    assert runtime.stat().st_mode & 0o777 == 0o700


def test_a_room_of_a_class_is_shared_with_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "learner-01")
    monkeypatch.setenv("LABKIT_CLASS_ROOM", "1")
    assert next(shared_host.examine_sharing()).verdict == "fine"
