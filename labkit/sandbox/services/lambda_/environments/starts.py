"""Lets only a few processes start at a time for each core.

AWS starts each environment on a computer of its own. Here a burst of thirty cold starts would make
all thirty as slow as the last one, and every other request beside them. A turn is over when the
runtime itself has been loaded: the function's own INIT waits for nobody.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

A_CORE = 3
"""Starts at a time for each core. With one, the slowest of thirty learners on two cores wait
longer, since server and clients need the cores, too; with six, everybody waits for the burst
(`python -m benchmarks.sandbox --only learners`)."""


class Starts:
    """Gives turns to those who start a process, in the order in which they came.

    Parameters
    ----------
    most
        How many may have their turn at a time; None: `A_CORE` for each core of this computer.
    """

    def __init__(self, most: int | None = None) -> None:
        self._turns = asyncio.Semaphore(most or A_CORE * (os.cpu_count() or 1))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Callable[[], None]]:
        """Wait for a turn; give what ends it before the block does, as often as it is called."""
        await self._turns.acquire()
        is_over = False

        def end() -> None:
            nonlocal is_over
            if not is_over:
                is_over = True
                self._turns.release()

        try:
            yield end
        finally:
            end()
