"""The event loop that serves requests, for work that runs on it and threads that wait for that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from concurrent.futures import Future
from contextvars import Context, copy_context
from typing import Any, TypeVar

Result = TypeVar("Result")

LOG = logging.getLogger(__name__)

_serving: list[asyncio.AbstractEventLoop] = []
_tasks: set[asyncio.Task[Any]] = set()
"""What was started and has not ended: the loop itself holds its tasks weakly."""


def serve_on(loop: asyncio.AbstractEventLoop) -> None:
    """Make `loop` the one that serves requests."""
    _serving[:] = [loop]


def wait_for(work: Coroutine[Any, Any, Result]) -> Result:
    """Have the loop do `work` in the caller's context; return its result.

    Raises
    ------
    RuntimeError
        If the caller is on the loop itself, which would wait for ever.
    """
    if is_serving_here():
        work.close()
        raise RuntimeError("the event loop cannot wait for itself; await the work instead")
    return start(work).result()


def start(work: Coroutine[Any, Any, Result]) -> Future[Result]:
    """Have the loop do `work` in the caller's context; return the future of its result."""
    future: Future[Result] = Future()
    context = copy_context()
    if is_serving_here():
        _begin(work, future, context)
    else:
        _serving[0].call_soon_threadsafe(_begin, work, future, context)
    return future


def is_serving_here() -> bool:
    """Tell whether the caller is on the loop that serves requests."""
    try:
        return asyncio.get_running_loop() in _serving
    except RuntimeError:
        return False


def _begin(work: Coroutine[Any, Any, Result], future: Future[Result], context: Context) -> None:
    task = _serving[0].create_task(work, context=context)
    _tasks.add(task)
    task.add_done_callback(lambda task: _end(task, future))


def _end(task: asyncio.Task[Result], future: Future[Result]) -> None:
    _tasks.discard(task)
    if task.cancelled():
        future.cancel()
    elif error := task.exception():
        LOG.error("work on the event loop failed", exc_info=error)
        future.set_exception(error)
    else:
        future.set_result(task.result())
