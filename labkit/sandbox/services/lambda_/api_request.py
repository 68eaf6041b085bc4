"""The Invoke request that a call comes from: AWS gives the call the request's own id."""

from __future__ import annotations

import base64
import json
import uuid
from contextvars import ContextVar
from dataclasses import dataclass

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request


@dataclass
class ApiRequest:
    """An Invoke request.

    Attributes
    ----------
    request_id
        What the response's `x-amzn-RequestId` and the function's log say.
    executed_version
        The version that ran; empty before one has.
    client_context
        What the caller hands on to the handler's context, as JSON; empty if nothing.
    payload, answer
        The event and the result byte for byte, as they were sent; empty until they are there.
    """

    request_id: str
    executed_version: str = ""
    client_context: str = ""
    payload: bytes = b""
    answer: bytes = b""

    def sent(self, event: object) -> bytes:
        """Return an event as it was sent, if it is this request's; empty otherwise."""
        return self.payload if self.payload and json.loads(self.payload) == event else b""


current: ContextVar[ApiRequest | None] = ContextVar("api_request", default=None)
"""The Invoke request that this context serves; None on every other path to a function."""


def begin(request: Request | None = None) -> ApiRequest:
    """Make a request the Invoke request of this context's call.

    Parameters
    ----------
    request
        The Invoke request, which may be another service's; None for a call that comes in no
        request.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If its client context cannot be read.
    """
    begun = ApiRequest(request.id if request is not None else str(uuid.uuid4()))
    if request is not None:
        if given := request.headers.get("x-amz-client-context"):
            begun.client_context = _read(given)
        begun.payload = request.body
    current.set(begun)
    return begun


def _read(text: str) -> str:
    """Return a client context as JSON on one line."""
    try:
        given = json.loads(base64.b64decode(text, validate=True))
        if not isinstance(given, dict):
            raise ValueError(given)
        return json.dumps(given)
    except ValueError:
        raise AwsError(
            "Client context must be a valid Base64-encoded JSON object.",
            "InvalidRequestContentException",
        ) from None
