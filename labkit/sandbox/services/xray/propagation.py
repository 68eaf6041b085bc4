"""The trace that the work in hand belongs to: what a service passes on when it calls another.

A request from outside brings it in its header. Whoever makes a segment carries the header of that
segment from there on, so that what it calls hangs below.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from labkit.sandbox.gateway.request import current as request_in_hand
from labkit.sandbox.services.xray import header
from labkit.sandbox.services.xray.header import TraceHeader

_carried: ContextVar[TraceHeader | None] = ContextVar("trace_header")


def arriving() -> TraceHeader | None:
    """Return the header of the work in hand; None if it belongs to no trace."""
    try:
        return _carried.get()
    except LookupError:
        request = request_in_hand.get()
        return header.read(request.headers.get(header.NAME)) if request else None


@contextmanager
def carrying(carried: TraceHeader | None) -> Iterator[None]:
    """Let the work within belong to a trace, or to none."""
    token = _carried.set(carried)
    try:
        yield
    finally:
        _carried.reset(token)


def carry(carried: TraceHeader | None) -> None:
    """Let the rest of this context's work belong to a trace, or to none."""
    _carried.set(carried)
