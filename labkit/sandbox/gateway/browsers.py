"""No web page calls the sandbox but its own: looked at before anything else of a request is read.

Every page in the learner's browser can send requests to 127.0.0.1, and a name that its owner points
there makes it the page's own origin. So a request has to name this computer or AWS as its host, and
one that a page of another origin has sent goes to a data plane, as on AWS, or nowhere. A request
that cannot be read at all is refused here too.
Source: Fetch Standard ("Origin" header); Fetch Metadata ("Sec-Fetch-Site"); RFC 9110, 7.2 ("Host");
RFC 9112, 6.1 (two lengths).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from labkit.sandbox.gateway import cors, head, hosts, planes, raw, refusals
from labkit.sandbox.gateway.errors import AccessDenied, AwsError, refuse
from labkit.sandbox.gateway.planes import Plane
from labkit.sandbox.process.asgi import Application, Receive, Scope, Send
from labkit.sandbox.upstream.app import router

LARGEST_HEADERS = 16 * 1024
"""Bytes of all headers and the request's line. S3 takes 8 KB, API Gateway 10,240 bytes (their
quotas); AWS publishes no common number."""

SINGLE = frozenset(
    (
        b"authorization",
        b"content-length",
        b"content-type",
        b"host",
        b"origin",
        b"sec-fetch-site",
        b"transfer-encoding",
        b"x-amz-content-sha256",
        b"x-amz-date",
        b"x-amz-security-token",
        b"x-amz-target",
    )
)
"""Headers that decide about a request, and so may not be there twice."""

OWN_SITES = ("", "none", "same-origin")
"""What a request's `Sec-Fetch-Site` is that no other page has sent: none outside of browsers, and
`none` where somebody typed the address."""

DENIED = "AccessDenied"

SHOWN = 100
"""Of a text that a request sent, as many characters are shown."""


@dataclass(frozen=True)
class Caller:
    """What a request says of where it comes from and goes to; empty where it says nothing."""

    host: str
    origin: str
    site: str


def guard(application: Application, origins: Collection[str]) -> Application:
    """Return `application` behind this check; pages of `origins` may call it."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await application(scope, receive, send)
            return
        raw.scope.set(scope)
        try:
            caller = _read(scope)
            _check(scope, caller, origins)
        except AwsError as error:
            await _refuse(scope, receive, send, error)
            return
        if caller.origin in origins:
            await cors.serve(application, scope, receive, send, caller.origin)
        else:
            await application(scope, receive, send)

    return guarded


def _read(scope: Scope) -> Caller:
    """Read the headers that decide.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If the request cannot be read.
    """
    raw_path, query = scope.get("raw_path") or b"/", scope.get("query_string", b"")
    size = len(raw_path) + len(query)
    single: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name in SINGLE:
            if name in single:
                refuse("InvalidRequest", f"The header {name.decode()} is there more than once.")
            single[name] = value
    if b"transfer-encoding" in single and b"content-length" in single:
        refuse("InvalidRequest", "The request says twice how long its body is.")
    if size > LARGEST_HEADERS:
        text = "Your request header section exceeds the maximum allowed size."
        refuse("RequestHeaderSectionTooLarge", text)
    if not (raw_path.startswith(b"/") and raw_path.isascii() and query.isascii()):
        refuse("InvalidURI", "Couldn't parse the specified URI.")
    return Caller(
        *(
            single.get(name, b"").decode("latin-1")
            for name in (b"host", b"origin", b"sec-fetch-site")
        )
    )


def _check(scope: Scope, caller: Caller, origins: Collection[str]) -> None:
    """Check that a request is let in.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is not.
    """
    name = hosts.name(caller.host)
    if name is None:
        refuse("InvalidHostHeader", "The request names no host, or none that can be.")
    if not hosts.is_ours(name) and not planes.is_custom_domain(name):
        raise AccessDenied(
            f"The sandbox is not called {_shown(caller.host)}: it answers for this computer's own "
            "names (127.0.0.1, localhost) and AWS's. Nothing was done.",
            DENIED,
        )
    path = scope["path"]
    if scope["type"] == "websocket":
        if not planes.is_websocket_api(caller.host, path):
            raise AccessDenied("No WebSocket is served here.", DENIED)
        return
    if path.startswith("/_") and _plane(scope, caller) is Plane.CLOSED:
        raise AccessDenied("Access Denied", DENIED)
    if _is_own(scope, caller) or caller.origin in origins or _is_open(scope, caller):
        return
    page = "another origin" if caller.origin in ("", "null") else _shown(caller.origin)
    raise AccessDenied(
        f"A web page of {page} sent this, and the sandbox answers no page but its own. Nothing was "
        "done. If the page is yours, start the sandbox with --allow-origin and its origin.",
        DENIED,
    )


def _is_own(scope: Scope, caller: Caller) -> bool:
    """Tell whether no page of another origin has sent a request."""
    if caller.site not in OWN_SITES:
        return False
    own = f"{scope.get('scheme', 'http')}://{caller.host}"
    return not caller.origin or caller.origin == own


def _is_open(scope: Scope, caller: Caller) -> bool:
    """Tell whether a request goes where AWS, too, serves pages of any origin."""
    if _plane(scope, caller) is Plane.DATA:
        return True
    asked = head.read(scope)
    return planes.is_bucket(asked.method, asked.path, asked.headers, asked.query)


def _plane(scope: Scope, caller: Caller) -> Plane:
    return planes.plane(scope["method"], caller.host, scope["path"])


async def _refuse(scope: Scope, receive: Receive, send: Send, error: AwsError) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008})
        return
    asked = head.read(scope)
    service = router.detect_service(asked.method, asked.path, asked.headers, {})
    await refusals.send(send, refusals.written(asked.request(), service, error))


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
