"""A request as it was on the wire, for the services that show it to functions.

Servers hand on the names of headers in small letters, and paths decoded; API Gateway shows both as
the client wrote them.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

scope: ContextVar[MutableMapping[str, Any] | None] = ContextVar("scope", default=None)
"""The ASGI scope of the request that this context serves; None for a call in process."""

NAMES = "labkit.header_names"
"""The extension of a scope that lists the names of its headers as they were sent, in order."""


def header_names() -> dict[str, str]:
    """Return the names of the request's headers as they were sent, by those in small letters."""
    found = scope.get()
    if found is None:
        return {}
    names = (found.get("extensions") or {}).get(NAMES) or ()
    return {name.decode("latin-1").lower(): name.decode("latin-1") for name in names}


def path() -> str:
    """Return the request's path, percent-encoded as it was sent; empty if nobody knows."""
    found = scope.get()
    raw = (found or {}).get("raw_path") or b""
    return raw.partition(b"?")[0].decode("ascii", errors="replace")


def server_port() -> int:
    """Return the port that the request came to; 0 if nobody knows."""
    found = scope.get() or {}
    return int((found.get("server") or ("", 0))[1] or 0)
