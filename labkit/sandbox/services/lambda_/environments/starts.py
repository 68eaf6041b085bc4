"""Lets only a few processes start at a time for each core, those first that somebody waits for.

AWS starts each environment on a computer of its own. Here a burst of thirty cold starts would make
all thirty as slow as the last one, and every other request beside them. A turn is over when the
runtime itself has been loaded: the function's own INIT waits for nobody. What a queue or an
asynchronous call starts can wait a little longer than a client, who would see it.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

A_CORE = 3
"""Starts at a time for each core. With one, the slowest of thirty learners on two cores wait
longer, since server and clients need the cores, too; with six, everybody waits for the burst
(`python -m benchmarks.sandbox --only learners`)."""

_unattended: ContextVar[bool] = ContextVar("unattended", default=False)


@contextmanager
def unattended() -> Iterator[None]:
    """Let the calls that are made inside start after those whose answer a client waits for."""
    token = _unattended.set(True)
    try:
        yield
    finally:
        _unattended.reset(token)


class Starts:
    """Gives turns to those who start a process, in the order in which they came.

    Who calls `unattended` comes after everybody else.

    Parameters
    ----------
    most
        How many may have their turn at a time; None: `A_CORE` for each core of this computer.
    """

    def __init__(self, most: int | None = None) -> None:
        self._free = most or A_CORE * (os.cpu_count() or 1)
        self._attended: deque[asyncio.Future[None]] = deque()
        self._unattended: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Callable[[], None]]:
        """Wait for a turn; give what ends it before the block does, as often as it is called."""
        await self._begin()
        is_over = False

        def end() -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                self._hand_on()

        try:
            yield end
        finally:
            end()

    async def _begin(self) -> None:
        if self._free:
            self._free -= 1
            return
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._unattended if _unattended.get() else self._attended).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():  # the turn has come, and nobody takes it
                self._hand_on()
            raise

    def _hand_on(self) -> None:
        """Give a turn that is over to the next who still waits for one."""
        for waiting in (self._attended, self._unattended):
            while waiting:
                following = waiting.popleft()
                if not following.done():
                    following.set_result(None)
                    return
        self._free += 1
