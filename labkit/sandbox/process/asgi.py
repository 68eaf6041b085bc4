"""The types of ASGI applications, which both sides of the server's door are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
WHOLE = "labkit.whole"
"""The extension of a scope that sends a response in one piece: a `SendWhole`."""

SendWhole = Callable[[int, Mapping[str, str], bytes], None]
"""Sends a status, the headers but the body's length, and the body."""

Application = Callable[[Scope, Receive, Send], Awaitable[None]]
