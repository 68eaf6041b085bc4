"""The way of a request of the control plane, from the socket to the pipeline and back.

::

    browsers.guard    has a page of another origin sent it?
    bodies.bounded    may so much of it be read?
    front             its head, its body, its signature
    pipeline.answer   recognise, validate, authenticate, authorise, dispatch, serialise

Nearly all requests go this way. What does not is MiniStack's application's to take apart: the data
planes (an API's stage, a function's URL), secret links, S3, which has bodies and answers of its
own, hosts that are not this computer's, and services that the registry does not name.
"""

from __future__ import annotations

import uuid

from labkit.sandbox.gateway import head, http_date, pipeline, planes, refusals, registry, signatures
from labkit.sandbox.gateway.errors import AuthenticationError, AwsError
from labkit.sandbox.gateway.head import Head
from labkit.sandbox.gateway.planes import Plane
from labkit.sandbox.gateway.request import Response
from labkit.sandbox.process.asgi import Application, Message, Receive, Scope, Send
from labkit.sandbox.upstream.app import app, responses, router
from labkit.sandbox.upstream.iam import evaluator

SIGNED = "AWS4-HMAC-SHA256 "

FRAMED = ("x-amz-decoded-content-length", "expect")
"""Headers of bodies that are not sent as they are."""

INVALID_TOKEN = "The security token included in the request is invalid."

NOBODY = ("127.0.0.1", 0)


def in_front_of(application: Application) -> Application:
    """Return an application that answers requests of the control plane, and hands on all others."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        asked = head.read(scope) if scope["type"] == "http" else None
        if asked is None or not is_of_the_control_plane(asked):
            await application(scope, receive, send)
            return
        body = await _body(receive)
        if body is None:
            return
        response = await _answer(asked, body, scope)
        response.headers.setdefault("Date", http_date.now())
        await app._send_if_handled(send, response, receive)

    return serve


def is_of_the_control_plane(asked: Head) -> bool:
    """Tell whether a request is signed for a service of the registry, at this computer's name."""
    if not asked.headers.get("authorization", "").startswith(SIGNED):
        return False
    if not asked.host.startswith(planes.THIS_COMPUTER) or planes.is_a_services(asked.path):
        return False
    if any(name in asked.headers for name in FRAMED):
        return False
    service = router.detect_service(asked.method, asked.path, asked.headers, asked.query)
    is_ours = registry.is_ours(service)
    return is_ours and planes.plane(asked.method, asked.host, asked.path) is Plane.CONTROL


async def _body(receive: Receive) -> bytes | None:
    """Return a request's whole body; None if its sender has gone."""
    chunks = []
    while True:
        message: Message = await receive()
        if message["type"] != "http.request":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _answer(asked: Head, body: bytes, scope: Scope) -> Response:
    """Note whose request it is, look at its signature, and have the pipeline answer it."""
    request = asked.request()
    request.id, request.body = str(uuid.uuid4()), body
    try:
        _note_the_signer(asked, body, scope)
        signatures.check(request)
    except AwsError as error:
        return refusals.written(request, signatures.service_of(request), error)
    request.account, request.region = responses.get_account_id(), responses.get_region()
    return await pipeline.answer(request)


def _note_the_signer(asked: Head, body: bytes, scope: Scope) -> None:
    """Let MiniStack know what the request is signed with, as its own application does.

    Raises
    ------
    labkit.sandbox.gateway.errors.AuthenticationError
        If the key is of several accounts.
    """
    address = (scope.get("client") or NOBODY)[0]
    responses.set_request_client_ip(address)
    evaluator.pin_request_origin(address, secure_transport=False)
    key = router.extract_access_key_id(asked.headers, asked.query)
    if key:
        try:
            responses.set_request_account_id(app._request_account_scope(key))
        except evaluator.AmbiguousAccessKeyError:
            raise AuthenticationError(INVALID_TOKEN, "InvalidClientTokenId") from None
    responses.set_request_region(router.extract_region(asked.headers, asked.query))
    evaluator.pin_signed_request(asked.method, asked.raw_path, asked.query, asked.fields)
    evaluator.pin_signed_body(body)
