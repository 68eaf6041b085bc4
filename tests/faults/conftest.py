"""A sandbox with a fault proxy in front, virtual time, and the table of faults at the end."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import botocore.endpoint
import pytest
from botocore.client import ClientCreator

from labkit.aws.embedded import SHARED
from labkit.clock import clock
from labkit.lab import Lab
from labkit.state import STATE_DIR
from tests.faults import results
from tests.faults.ground import KINDS_TRIED, LESSON, Ground, World
from tests.faults.quick_clients import remember_classes
from tests.integration.conftest import plain, sandbox, sandbox_line  # noqa: F401
from tests.support.census import portrait
from tests.support.fault_proxy import Proxy, proxy_for
from tests.support.samples import SAMPLES
from tests.support.virtual_clock import VirtualClock, virtual_clock


def pytest_configure(config: pytest.Config) -> None:
    """Give all test processes one file for their results."""
    if not hasattr(config, "workerinput"):
        os.environ[results.LOG] = tempfile.mkstemp(suffix=".jsonl")[1]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what became of the injected faults."""
    path = Path(os.environ[results.LOG])
    if path.exists() and path.stat().st_size:
        terminalreporter.section("injected faults")
        terminalreporter.write_line("\n".join(results.table(path)))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the file of results."""
    if not hasattr(config, "workerinput"):
        Path(os.environ.pop(results.LOG)).unlink(missing_ok=True)


@pytest.fixture
def virtual(monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualClock]:
    """Let labkit's and botocore's pauses pass at once."""
    shim = SimpleNamespace(sleep=lambda seconds: clock().sleep(seconds))
    monkeypatch.setattr(botocore.endpoint, "time", shim)
    with virtual_clock() as running:
        yield running


@pytest.fixture
def proxy(
    sandbox: dict[str, Any],  # noqa: F811
    virtual: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Proxy]:
    """Put a fault proxy between labkit and the sandbox."""
    with proxy_for(sandbox["endpoint"]) as running:
        monkeypatch.setenv(SHARED, json.dumps(sandbox | {"endpoint": running.endpoint}))
        yield running


@pytest.fixture(scope="session", autouse=True)
def quick_clients() -> Iterator[None]:
    """Let clients be made quickly as long as the faults are tried."""
    with pytest.MonkeyPatch.context() as before:
        before.setattr(ClientCreator, "_create_client_class", ClientCreator._create_client_class)
        remember_classes()
        yield


@pytest.fixture(scope="session")
def world(
    sandbox_line: str,  # noqa: F811
    plain: Callable[[str], Any],  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """Give a sandbox in which somebody else has one of each kind, under names like one's own."""
    with pytest.MonkeyPatch.context() as elsewhere:
        elsewhere.setenv(SHARED, sandbox_line)
        elsewhere.setenv(STATE_DIR, str(tmp_path_factory.mktemp("somebody-else")))
        for kind in KINDS_TRIED:
            SAMPLES[kind](Lab(LESSON, "local", run="new"))
    opened = World(plain)
    yield opened
    assert portrait(plain) == opened.before


@pytest.fixture
def ground(proxy: Proxy, world: World) -> Iterator[Ground]:
    """Give the ground for one test, and see that it is left as it was."""
    opened = Ground(proxy, world)
    yield opened
    opened.check()
