"""Whose turn it is to start a process."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from labkit.sandbox.services.lambda_.environments.starts import Starts, unattended
from tests.support.loops import run as run_alone


async def settle() -> None:
    """Let every task go as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_some_have_their_turn_and_the_others_wait_in_their_order() -> None:
    async def run() -> None:
        starts, began = Starts(2), list[int]()

        async def take(number: int, over: asyncio.Event) -> None:
            async with starts.turn():
                began.append(number)
                await over.wait()

        overs = [asyncio.Event() for _ in range(5)]
        tasks = [asyncio.create_task(take(*one)) for one in enumerate(overs)]
        await settle()
        assert began == [0, 1]
        overs[1].set()
        await settle()
        assert began == [0, 1, 2]
        for over in overs:
            over.set()
        await asyncio.gather(*tasks)
        assert began == [0, 1, 2, 3, 4]

    run_alone(run())


def test_what_nobody_waits_for_comes_after_everybody_else() -> None:
    async def run() -> None:
        starts, began, over = Starts(1), list[str](), asyncio.Event()

        async def take(name: str) -> None:
            async with starts.turn():
                began.append(name)
                await over.wait()

        tasks = [asyncio.create_task(take("first"))]
        await settle()
        with unattended():
            tasks += [asyncio.create_task(take(name)) for name in ("queue 1", "queue 2")]
        await settle()
        tasks += [asyncio.create_task(take(name)) for name in ("client 1", "client 2")]
        await settle()
        over.set()
        await asyncio.gather(*tasks)
        assert began == ["first", "client 1", "client 2", "queue 1", "queue 2"]

    run_alone(run())


def test_a_turn_that_comes_to_one_who_has_just_given_up_goes_to_the_next() -> None:
    async def run() -> None:
        starts = Starts(1)
        async with AsyncExitStack() as stack:
            end = await stack.enter_async_context(starts.turn())
            waiting = [asyncio.create_task(starts._begin()) for _ in range(2)]
            await settle()
            end()
            waiting[0].cancel()
            await settle()
            assert waiting[0].cancelled()
            assert waiting[1].done()

    run_alone(run())


def test_a_turn_that_is_ended_early_counts_once() -> None:
    async def run() -> None:
        starts = Starts(1)
        async with AsyncExitStack() as stack:
            end = await stack.enter_async_context(starts.turn())
            end()
            end()
            await stack.enter_async_context(starts.turn())
            waiting = asyncio.create_task(stack.enter_async_context(starts.turn()))
            await settle()
            assert not waiting.done()
            waiting.cancel()

    run_alone(run())


def test_who_fails_gives_the_turn_back() -> None:
    async def run() -> None:
        starts = Starts(1)
        with pytest.raises(OSError, match="no process"):
            async with starts.turn():
                raise OSError("no process")
        async with asyncio.timeout(5), starts.turn():
            pass

    run_alone(run())
