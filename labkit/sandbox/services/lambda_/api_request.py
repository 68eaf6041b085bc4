"""The Invoke request that a call comes from: AWS gives the call the request's own id."""

from __future__ import annotations

import uuid
from contextvars import ContextVar
from dataclasses import dataclass

from labkit.sandbox.gateway.request import current as serving


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


def begin() -> ApiRequest:
    """Make the HTTP request of this context the Invoke request of its call."""
    served = serving.get()
    request = ApiRequest(served.id if served else str(uuid.uuid4()))
    current.set(request)
    return request
