"""What is kept of one request for the next, and what makes it forgotten."""

from __future__ import annotations

import asyncio

import pytest

from labkit.sandbox.gateway import undisturbed
from labkit.sandbox.gateway.undisturbed import MOST, Undisturbed
from labkit.sandbox.process.asgi import Message, Receive, Scope, Send
from tests.support.loops import run as run_alone


@pytest.fixture
def long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let findings hold for longer than a test takes."""
    monkeypatch.setattr(undisturbed, "HOLDS_SECONDS", 600.0)


async def nothing_sent() -> Message:
    """Receive what these requests do not have."""
    raise AssertionError("nobody reads here")


async def nowhere(_: Message) -> None:
    """Send what nobody reads."""


class Application:
    """Serves a request until it may end."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self.may_end.wait()


@pytest.mark.usefixtures("long_enough")
def test_a_finding_is_kept_by_its_key() -> None:
    found: Undisturbed[str] = Undisturbed()
    found.keep("one", "allowed")
    assert found.get("one") == "allowed"
    assert found.get("another") is None


@pytest.mark.usefixtures("long_enough")
def test_another_request_makes_all_forgotten_and_lets_nothing_be_kept_until_it_ends() -> None:
    async def run() -> None:
        found: Undisturbed[str] = Undisturbed()
        served = Application()
        behind = found.but_for(served)
        found.keep("one", "allowed")
        other = asyncio.ensure_future(behind({}, nothing_sent, nowhere))
        await asyncio.sleep(0)
        assert found.get("one") is None
        found.keep("one", "allowed before its change")
        assert found.get("one") is None
        served.may_end.set()
        await other
        assert found.get("one") is None
        found.keep("one", "allowed again")
        assert found.get("one") == "allowed again"

    run_alone(run())


@pytest.mark.usefixtures("long_enough")
def test_a_request_that_fails_ends_too() -> None:
    async def fail(*_: object) -> None:
        raise ConnectionError

    async def run() -> None:
        found: Undisturbed[str] = Undisturbed()
        with pytest.raises(ConnectionError):
            await found.but_for(fail)({}, nothing_sent, nowhere)
        found.keep("one", "allowed")
        assert found.get("one") == "allowed"

    run_alone(run())


def test_an_old_finding_is_found_out_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    found: Undisturbed[str] = Undisturbed()
    found.keep("one", "allowed")
    monkeypatch.setattr(undisturbed, "HOLDS_SECONDS", 0.0)

    async def until_forgotten() -> None:
        async with asyncio.timeout(10):
            while found.get("one") is not None:
                await asyncio.sleep(0)

    run_alone(until_forgotten())


@pytest.mark.usefixtures("long_enough")
def test_there_are_never_more_than_some() -> None:
    found: Undisturbed[int] = Undisturbed()
    for number in range(10 * MOST):
        found.keep(number, number)
    kept = [number for number in range(10 * MOST) if found.get(number) is not None]
    assert 0 < len(kept) <= MOST
