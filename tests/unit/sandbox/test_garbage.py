"""When the server looks for memory that nothing refers to any more."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from labkit.sandbox.process import garbage
from labkit.sandbox.process.garbage import Collector
from tests.support.loops import run as run_alone


class Node:
    """Something that refers to itself, which only the collector can take away."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave this process's own collector as it was."""
    before = gc.get_threshold()
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(garbage, "QUIET_SECONDS", 0.2)
    yield
    gc.set_threshold(*before)


def left_behind() -> weakref.ref[Node]:
    """Make garbage that has outlived the looks at what is new; tell when it is gone."""
    node = Node()
    gc.collect()
    return weakref.ref(node)


def test_what_requests_leave_behind_goes_once_they_have_stopped() -> None:
    async def serve() -> None:
        collector = Collector(asyncio.get_running_loop())
        garbage_of_a_request = left_behind()
        collector.request_ended()
        assert garbage_of_a_request() is not None
        async with asyncio.timeout(10):
            while garbage_of_a_request() is not None:
                await asyncio.sleep(0.01)

    run_alone(serve())


def test_nobody_waits_for_it_while_requests_come() -> None:
    async def serve() -> None:
        loop = asyncio.get_running_loop()
        collector = Collector(loop)
        garbage_of_a_request = left_behind()
        end = loop.time() + 3 * garbage.QUIET_SECONDS
        while loop.time() < end:
            collector.request_ended()
            assert garbage_of_a_request() is not None
            await asyncio.sleep(0.01)

    run_alone(serve())
