"""Messages carry the trace of who sent them, and who receives them begins one that is linked.

The header of the request that sends a message becomes its system attribute `AWSTraceHeader`, unless
the message has one by itself. A function that a queue's messages are handed to is traced if one of
them was, in a trace of its own with a link to each of theirs.
Source: SQS Developer Guide, "Message system attributes"; X-Ray Developer Guide, "Tracing linked
traces" (Amazon SQS and AWS X-Ray).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from labkit.sandbox.services.xray import header, propagation
from labkit.sandbox.services.xray.header import TraceHeader

ATTRIBUTE = "AWSTraceHeader"

_linked: ContextVar[tuple[TraceHeader, ...]] = ContextVar("linked_traces", default=())


def with_trace_header(
    upstream: Callable[[float, dict[str, Any]], dict[str, Any]], now: float, given: dict[str, Any]
) -> dict[str, Any]:
    """Return a new message's system attributes, the trace of its request among them."""
    attributes = upstream(now, given)
    arriving = propagation.arriving()
    return {ATTRIBUTE: str(arriving), **attributes} if arriving else attributes


@contextmanager
def received(headers: Iterable[str | None]) -> Iterator[None]:
    """Let a call within be one for messages, of each of which the trace header is given."""
    found = [one for one in map(header.read, headers) if one is not None]
    token = _linked.set(tuple(one for one in found if one.sampled and one.parent))
    try:
        with propagation.carrying(None):
            yield
    finally:
        _linked.reset(token)


def linked() -> tuple[TraceHeader, ...]:
    """Return the traces of the messages in hand, those that are recorded."""
    return _linked.get()
