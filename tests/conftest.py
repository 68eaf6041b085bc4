"""How tests are spread over workers: a module at a time, but each lesson's walk by itself."""

from __future__ import annotations

import signal
from functools import cache
from pathlib import Path

import botocore.session
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from labkit.state import STATE_DIR

WALKS = "tests/lessons/test_gates.py"


class ALessonAtATime(LoadScopeScheduling):
    """Spreads the walks through the lessons, which take most of the time, over all workers."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.startswith(WALKS) else super()._split_scope(nodeid)


def pytest_configure() -> None:
    """Let Ctrl-C end what tests start, if pytest itself is a shell's job in the background.

    A shell has such jobs ignore the signal, and their children inherit that.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    _read_models_once()


def _read_models_once() -> None:
    """Let all sessions of botocore share what they have read of its models, which nobody changes.

    Each reads its services' files anew otherwise, and keeps them: with a session for each account
    that a test makes, a worker of pytest came to 2.7 GB.
    """
    botocore.session.create_loader = cache(botocore.session.create_loader)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """Take this scheduler where `--dist loadscope` was asked for."""
    return ALessonAtATime(config, log) if config.getvalue("dist") == "loadscope" else None


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep journals and work folders of a test to itself."""
    folder = tmp_path / "state"
    monkeypatch.setenv(STATE_DIR, str(folder))
    monkeypatch.delenv("LABKIT_TARGET", raising=False)
    return folder
