"""A module in which seams are taken is given to nobody before they are, whoever loads it."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.polling import wait_until
from labkit.sandbox.upstream import module
from labkit.sandbox.upstream.module import UpstreamModule
from labkit.sandbox.upstream.when_loaded import when_loaded


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A package `upstairs` with modules `late` and `caller`, not loaded yet."""
    folder = tmp_path / "upstairs"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "late.py").write_text("answer = 'theirs'\n")
    (folder / "caller.py").write_text("from upstairs.late import answer\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield "upstairs"
    for name in [name for name in sys.modules if name.partition(".")[0] == "upstairs"]:
        del sys.modules[name]


def take() -> None:
    """Take the seam."""
    late: Any = importlib.import_module("upstairs.late")
    late.answer = "ours"


def test_seams_are_taken_before_who_imports_gets_the_module(package: str) -> None:
    when_loaded("upstairs.late", take)
    assert "upstairs.late" not in sys.modules
    assert importlib.import_module("upstairs.caller").answer == "ours"


def test_seams_in_a_loaded_module_are_taken_at_once(package: str) -> None:
    late = importlib.import_module("upstairs.late")
    when_loaded("upstairs.late", take)
    assert late.answer == "ours"


def test_every_part_that_waits_is_called_once(package: str) -> None:
    calls: list[str] = []
    for name in ("one", "two"):
        when_loaded("upstairs", lambda name=name: calls.append(name))
    importlib.import_module("upstairs.late")
    importlib.reload(importlib.import_module("upstairs"))
    assert calls == ["one", "two"]


def is_importing(thread: threading.Thread) -> bool:
    """Whether a thread waits for a module's lock, which another one holds."""
    frame = sys._current_frames().get(thread.ident or 0)
    return (
        frame is not None
        and frame.f_code.co_name == "acquire"
        and frame.f_code.co_filename == "<frozen importlib._bootstrap>"
    )


def test_another_thread_waits_until_the_seams_are_taken(package: str) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        begun.set()
        assert go_on.wait(10)
        take()

    when_loaded("upstairs.late", slowly)
    seen: list[str] = []
    first = threading.Thread(target=importlib.import_module, args=("upstairs.late",))
    second = threading.Thread(
        target=lambda: seen.append(importlib.import_module("upstairs.late").answer)
    )
    first.start()
    assert begun.wait(10)
    second.start()
    wait_until(lambda: not second.is_alive() or is_importing(second), seconds=10)
    assert seen == []
    go_on.set()
    first.join(10)
    second.join(10)
    assert seen == ["ours"]


def test_a_declared_name_is_waited_for_while_another_thread_loads_its_module(
    package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / package / "gate.py").write_text(
        "import threading\nbegun, go_on = threading.Event(), threading.Event()\n"
    )
    (tmp_path / package / "slow.py").write_text(
        "from upstairs import gate\n"
        "gate.begun.set()\n"
        "assert gate.go_on.wait(10)\n"
        "answer = 'theirs'\n"
    )
    monkeypatch.setattr(module, "_DECLARED", [])
    declared = UpstreamModule("upstairs.slow", {"answer": "str"})
    gate: Any = importlib.import_module("upstairs.gate")
    seen: list[str] = []
    first = threading.Thread(target=importlib.import_module, args=("upstairs.slow",))
    second = threading.Thread(target=lambda: seen.append(declared.answer))
    first.start()
    assert gate.begun.wait(10)
    second.start()
    wait_until(lambda: not second.is_alive() or is_importing(second), seconds=10)
    gate.go_on.set()
    first.join(10)
    second.join(10)
    assert seen == ["theirs"]


def test_a_seam_that_has_moved_fails_the_import_and_every_later_one(package: str) -> None:
    def fail() -> None:
        raise LookupError("moved")

    when_loaded("upstairs.late", fail)
    for _ in range(2):
        with pytest.raises(LookupError, match="moved"):
            importlib.import_module("upstairs.late")
