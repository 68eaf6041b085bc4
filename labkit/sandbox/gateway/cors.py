"""What the sandbox tells browsers: pages of no other origin may read what it answers.

MiniStack lets every page read everything. Here the control plane says nothing of the kind, unless
an origin was allowed at the start; APIs, function URLs and buckets say what they are configured to.
Source: Fetch Standard, "CORS protocol".
"""

from __future__ import annotations

from labkit.sandbox.gateway import planes
from labkit.sandbox.gateway.planes import Plane
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.process.asgi import Application, Message, Receive, Scope, Send

PREFLIGHT_SECONDS = b"600"

FOR_ALL = (
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Expose-Headers",
)
"""What MiniStack adds to each answer of a service."""

ASKED = {
    b"access-control-request-method": b"access-control-allow-methods",
    b"access-control-request-headers": b"access-control-allow-headers",
    b"access-control-request-private-network": b"access-control-allow-private-network",
}
"""What a preflight asks for, and the header that grants it."""


def without_headers_for_all(request: Request, response: Response) -> Response:
    """Take MiniStack's headers for all pages out of an answer; a bucket's own stay."""
    given = request.method, request.path, request.headers, request.query
    if "origin" not in request.headers or not planes.is_s3(*given):
        for name in FOR_ALL:
            response.headers.pop(name, None)
    return response


async def serve(
    application: Application, scope: Scope, receive: Receive, send: Send, origin: str
) -> None:
    """Answer a page of an origin that was allowed."""
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1")
    if planes.plane(scope.get("method", "GET"), host, scope["path"]) is Plane.DATA:
        await application(scope, receive, send)
    elif scope.get("method") == "OPTIONS" and b"access-control-request-method" in headers:
        await _grant(headers, send, origin)
    else:
        await application(scope, receive, _allowing(send, origin))


async def _grant(asked: dict[bytes, bytes], send: Send, origin: str) -> None:
    """Grant what a preflight asks for."""
    granted = [(grants, asked[asks]) for asks, grants in ASKED.items() if asks in asked]
    headers = [
        (b"access-control-allow-origin", origin.encode()),
        (b"access-control-max-age", PREFLIGHT_SECONDS),
        (b"vary", b"Origin"),
        *granted,
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _allowing(send: Send, origin: str) -> Send:
    """Return `send`, which then lets the page of `origin` read the answer."""

    async def allowing(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [
                (name, value)
                for name, value in message["headers"]
                if not name.lower().startswith(b"access-control-")
            ]
            kept += [
                (b"access-control-allow-origin", origin.encode()),
                (b"access-control-expose-headers", b"*"),
                (b"vary", b"Origin"),
            ]
            message = {**message, "headers": kept}
        await send(message)

    return allowing
