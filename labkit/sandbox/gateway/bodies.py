"""A body is read no further than its service takes it, and only from who has shown a signature.

What fits `sizes.SMALL_BYTES` comes through as it is. Of anything larger the head is looked at
first: a request without a signature, or with one that cannot be right, is refused unread, and so is
one that says that it is too large. Where only the whole body shows whether the signature is right,
all such bodies together have `UNPROVEN_BYTES`.
"""

from __future__ import annotations

import asyncio

from labkit.sandbox.gateway import head, planes, proofs, refusals, sizes
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.head import Head
from labkit.sandbox.gateway.planes import Plane
from labkit.sandbox.gateway.request import Response
from labkit.sandbox.gateway.sizes import Limit
from labkit.sandbox.process.asgi import Application, Message, Receive, Scope, Send
from labkit.sandbox.upstream.app import app, router

UNPROVEN_BYTES = 256 * sizes.MIB
"""What is held of large bodies altogether before their signatures are known to be right."""

STALLED_SECONDS = 60.0
"""How long the next piece of a large body is waited for."""


def bounded(application: Application) -> Application:
    """Return an application that is given of bodies only what may be read."""
    unproven = ByteBudget(UNPROVEN_BYTES)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        asked = head.read(scope) if scope["type"] == "http" and _may_be_large(scope) else None
        if asked is None:
            await application(scope, receive, send)
            return
        try:
            with _admitted(asked, receive, unproven) as body:
                await application(scope, body.receive, send)
        except AwsError as error:
            await refusals.send(send, _written(asked, error))

    return serve


class ByteBudget:
    """How many bytes may be held at once, and how many still can be."""

    def __init__(self, size: int) -> None:
        self._free = size

    def take(self, size: int) -> None:
        """Take some of them.

        Raises
        ------
        labkit.sandbox.gateway.errors.AwsError
            If there is not that much.
        """
        if size > self._free:
            raise AwsError("Please reduce your request rate.", "SlowDown", status=503)
        self._free -= size

    def give_back(self, size: int) -> None:
        """Give some of them back."""
        self._free += size


class Body:
    """A body that is being read.

    Parameters
    ----------
    receive
        Gives its pieces, as ASGI does.
    limit
        How many bytes it may have.
    budget
        Where its bytes count until all of it is there.
    """

    def __init__(self, receive: Receive, limit: Limit, budget: ByteBudget) -> None:
        self._receive = receive
        self._limit = limit
        self._budget = budget
        self._read = 0
        self._ended = False

    def __enter__(self) -> Body:
        """Begin to read."""
        return self

    def __exit__(self, *_: object) -> None:
        """Read no more."""
        self._end()

    async def receive(self) -> Message:
        """Return the next piece.

        Raises
        ------
        labkit.sandbox.gateway.errors.AwsError
            If it is one too many, or does not come.
        """
        if self._ended:
            return await self._receive()
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                message = await self._receive()
        except TimeoutError:
            raise _stalled() from None
        self._count(len(message.get("body", b"")))
        if not message.get("more_body"):
            self._end()
        return message

    def _count(self, size: int) -> None:
        if self._read + size > self._limit.bytes:
            raise self._limit.refusal
        self._budget.take(size)
        self._read += size

    def _end(self) -> None:
        if not self._ended:
            self._ended = True
            self._budget.give_back(self._read)


def _may_be_large(scope: Scope) -> bool:
    """Tell whether a request's body has more bytes than are read of any, or does not say."""
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return True
        if name == b"content-length":
            return not (value.isdigit() and int(value) <= sizes.SMALL_BYTES)
    return False


def _admitted(asked: Head, receive: Receive, unproven: ByteBudget) -> Body:
    """Return the body of a request whose head shows nothing against it.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it does.
    """
    plane = planes.plane(asked.method, asked.host, asked.path)
    limit = _limit(asked, plane)
    proven = plane is Plane.CONTROL and proofs.is_proven(asked, _service(asked))
    if (asked.length or 0) > limit.bytes:
        raise limit.refusal
    return Body(receive, limit, ByteBudget(limit.bytes) if proven else unproven)


def _limit(asked: Head, plane: Plane) -> Limit:
    if plane is Plane.CONTROL:
        return sizes.of_service(_service(asked), asked.request())
    if plane is Plane.DATA and not _is_function_url(asked):
        return sizes.of_front_end(sizes.LARGEST_BYTES)
    return sizes.of_invocation(asynchronous=False) if plane is Plane.DATA else sizes.of_link()


def _written(asked: Head, error: AwsError) -> Response:
    """Write a refusal as the service does whose request it is, or the API."""
    if planes.plane(asked.method, asked.host, asked.path) is not Plane.DATA:
        return refusals.written(asked.request(), _service(asked), error)
    return refusals.of_data_plane(error, is_url=_is_function_url(asked))


def _service(asked: Head) -> str:
    """Return MiniStack's name of the service that is asked; of a form only what its URL says."""
    found: str = router.detect_service(asked.method, asked.path, asked.headers, asked.query)
    return found


def _is_function_url(asked: Head) -> bool:
    return app._parse_lambda_url(asked.host, asked.path) is not None


def _stalled() -> AwsError:
    """Return the error of S3 for a client that stopped sending; others have none of their own."""
    text = (
        "Your socket connection to the server was not read from or written to within the timeout "
        "period. Idle connections will be closed."
    )
    return AwsError(text, "RequestTimeout")
