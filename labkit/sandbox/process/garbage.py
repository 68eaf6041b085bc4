"""When the server looks for memory that nothing refers to any more: when nobody waits for it.

Python's collector would look at all that the services hold every few seconds, in the middle of
requests; if it looks seldom, what requests leave behind piles up. So it looks seldom while requests
come, and thoroughly once they have stopped for a moment.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys

SELDOM = (50_000, 20, 20)
"""After how many new objects the collector looks by itself, and how seldom at the older ones: at
700, it would look within every other request."""

QUIET_SECONDS = 2.0
"""How long no request has ended when all is looked at."""


class Collector:
    """Collects garbage in the pauses between requests.

    Parameters
    ----------
    loop
        The event loop that serves requests.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._last = 0.0
        self._is_waiting = False
        self._modules = 0
        gc.set_threshold(*SELDOM)
        self._set_aside()

    def request_ended(self) -> None:
        """Note that a request has ended."""
        self._last = self._loop.time()
        if not self._is_waiting:
            self._is_waiting = True
            self._loop.call_later(QUIET_SECONDS, self._look)

    def _look(self) -> None:
        quiet = self._loop.time() - self._last
        if quiet < QUIET_SECONDS:
            self._loop.call_later(QUIET_SECONDS - quiet, self._look)
            return
        self._is_waiting = False
        gc.collect()
        if len(sys.modules) > self._modules:
            self._set_aside()
        _give_back()

    def _set_aside(self) -> None:
        """Let the collector pass over what is there now: modules and models, which stay."""
        self._modules = len(sys.modules)
        gc.freeze()


def _give_back() -> None:
    """Give memory that is free back to the system, where the C library can."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
