"""The Invoke request that a call comes from: AWS gives the call the request's own id."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.upstream import seams


@dataclass
class ApiRequest:
    """An Invoke request.

    Attributes
    ----------
    request_id
        What the response's `x-amzn-RequestId` and the function's log say.
    executed_version
        The version that ran; empty before one has.
    """

    request_id: str
    executed_version: str = ""


current: ContextVar[ApiRequest | None] = ContextVar("api_request", default=None)
"""The Invoke request that this context serves; None on every other path to a function."""

_http_request_id: ContextVar[str] = ContextVar("http_request_id", default="")


def install() -> None:
    """Note the id that MiniStack gives every HTTP request."""

    async def dispatch(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, list[str]],
        request_id: str,
    ) -> Any:
        _http_request_id.set(request_id)
        return await original(method, path, headers, body, query_params, request_id)

    original: Callable[..., Awaitable[Any]] = seams.replace(
        "ministack.app",
        "_dispatch_service_request",
        dispatch,
        like="(method, path, headers, body, query_params, request_id)",
    )


def begin() -> ApiRequest:
    """Make the HTTP request of this context the Invoke request of its call."""
    request = ApiRequest(_http_request_id.get() or str(uuid.uuid4()))
    current.set(request)
    return request
