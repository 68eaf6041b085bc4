"""The short way of an Invoke: from the socket to the environment in one coroutine.

A synchronous Invoke of a function by its name, signed by a user's or root's key, is what lessons
measure, so it does not pass what every other request passes. It is looked at as strictly: its
signature, its date, the caller's policies, the function's state and the payload. Whatever is not as
plain as that, and whatever would be refused, goes the common way untouched, which has the answers.
"""

from __future__ import annotations

import base64
import functools
import json
import re
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from labkit.sandbox.gateway import http_date, quick_signature, serialise
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.quick_signature import Signer
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.gateway.sizes import SYNCHRONOUS_BYTES
from labkit.sandbox.gateway.undisturbed import HOLDS_SECONDS, Undisturbed
from labkit.sandbox.process.asgi import WHOLE, Application, Message, Receive, Scope, Send
from labkit.sandbox.services.lambda_ import api_request, concurrency, rules
from labkit.sandbox.services.lambda_.concurrency import ThrottledError
from labkit.sandbox.services.lambda_.environments.environment import Answer, Outcome
from labkit.sandbox.services.lambda_.invocation import inbound_depth, the_invoker
from labkit.sandbox.services.xray import header, propagation
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.iam import evaluator
from labkit.sandbox.upstream.lambda_ import lambda_svc

INVOKE = re.compile(rb"/2015-03-31/functions/([A-Za-z0-9_-]{1,64})/invocations")
"""The path of an Invoke that names its function by nothing but its name."""

ACTION, SERVICE = "lambda:InvokeFunction", "lambda"

PLAIN = {
    *("accept", "accept-encoding", "connection", "content-length", "content-type", "host"),
    *("user-agent", "authorization", "amz-sdk-invocation-id", "amz-sdk-request", "x-amz-date"),
    *("x-amz-invocation-type", "x-amz-log-type", "x-amz-user-agent", header.NAME),
}
"""The headers of a plain Invoke; one with another header may mean something else."""

SIGNATURE = ", Signature="
"""Stands before the last part of an `Authorization` header, which is each request's own."""

TAIL_BYTES = 4096
"""How much of the log a response has. Source: Lambda API Reference, Invoke."""

Call = Callable[[dict[str, Any], bytes, Answer], Awaitable[Outcome]]
Response = tuple[int, dict[str, str], bytes]
Respond = Callable[[Response], Awaitable[None]]


def in_front_of(application: Application, allowed: Undisturbed[Signer]) -> Application:
    """Return an application that answers plain Invokes, and has the others answered as before.

    `allowed` keeps who was allowed to invoke a function a moment ago.
    """
    return Express(application, the_invoker().call, allowed)


class Express:
    """Answers plain Invokes itself, and hands every other request on to `application`.

    Parameters
    ----------
    call
        Runs one call of a function's record with an event, and hands its outcome on.
    allowed
        Keeps who was allowed to invoke a function a moment ago.
    """

    def __init__(self, application: Application, call: Call, allowed: Undisturbed[Signer]) -> None:
        self._application = application
        self._call = call
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, as ASGI asks for it."""
        name = _named_function(scope)
        headers = _plain_headers(scope["headers"]) if name else None
        beginning, _, signature = (headers or {}).get("authorization", "").partition(SIGNATURE)
        signer = self._allowed_signer(beginning, name) if signature else None
        if headers is None or signer is None or not signer.is_of_now(headers):
            await self._application(scope, receive, send)
            return
        looked_at = time.monotonic()
        body = await _read(receive)
        if body is None:
            return
        holds = time.monotonic() - looked_at < HOLDS_SECONDS
        path = scope["raw_path"].decode()
        is_true = holds and signer.has_signed(signature, "POST", path, headers, body)
        respond = functools.partial(_send, scope, send)
        if not (is_true and await self._has_answered(signer, name, headers, body, respond)):
            await self._application(scope, _again(body, receive), send)

    def _allowed_signer(self, beginning: str, name: str) -> Signer | None:
        """Return who says to have signed a request, if they may invoke a function.

        It is looked at while the body is on its way, without which nobody knows who they are.
        """
        signer = self._allowed.get((beginning, name))
        if signer is None:
            signer = quick_signature.signer(SERVICE, beginning)
            if signer is None or not _may_invoke(signer, name):
                return None
            self._allowed.keep((beginning, name), signer)
        return signer

    async def _has_answered(
        self, who: Signer, name: str, headers: dict[str, str], body: bytes, respond: Respond
    ) -> bool:
        """Answer an Invoke; tell whether that is done, and not left to the common way."""
        record = lambda_svc._functions.get_scoped(who.account, who.scope.region, name)
        if record is None or _is_refused(record, body):
            return False
        lambda_svc._invoke_depth.set(1)
        request = api_request.ApiRequest(str(uuid.uuid4()))
        api_request.current.set(request)
        propagation.carry(header.read(headers.get(header.NAME)))
        tail = headers.get("x-amz-log-type") == "Tail"

        async def answer(outcome: Outcome) -> None:
            await respond(_response(request, outcome, tail=tail))

        try:
            await self._call(record, body or b"{}", Answer(answer, with_log=tail))
        except ThrottledError as reason:
            await respond(_throttled(request, str(reason)))
        return True


def _may_invoke(who: Signer, name: str) -> bool:
    """Tell whether a function is there that a caller may invoke, if they are who they say."""
    with responses.request_scope(who.account, who.scope.region):
        record = lambda_svc._functions.get(name)
        return record is not None and _may(who, record, name)


def _may(who: Signer, record: dict[str, Any], name: str) -> bool:
    """Tell whether the caller's own policies let them invoke a function whose own denies nothing.

    What a function's policy allows adds nothing to that within an account.
    """
    statements = record["policy"]["Statement"]
    principal = evaluator.resolve_principal(who.scope.key, who.account, who.credential)
    if isinstance(principal, evaluator.AuthError):
        return False
    if any(statement.get("Effect") != "Allow" for statement in statements):
        return False
    if principal.policies is None:
        return True  # root
    keys = {"aws:tagkeys": None}
    for name, value in (record.get("tags") or {}).items():
        keys[f"aws:resourcetag/{name}".lower()] = value
    context = evaluator.EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=ACTION,
        resource_arn=f"arn:aws:lambda:{who.scope.region}:{who.account}:function:{name}",
        region=who.scope.region,
        service_context=keys,
        principal_keys=principal.keys,
    )
    decision = evaluator.evaluate(context, principal.policies, *principal.limits)
    return bool(decision.decision == "Allow")


def _named_function(scope: Scope) -> str:
    """Return the function that an Invoke names; empty if the request is nothing that plain."""
    if scope["type"] != "http" or scope["method"] != "POST" or scope["query_string"]:
        return ""
    match = INVOKE.fullmatch(scope.get("raw_path") or b"")
    return match[1].decode() if match else ""


def _plain_headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str] | None:
    """Return a plain Invoke's headers; None if there are others, or two of one name."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in raw}
    if len(headers) != len(raw) or not headers.keys() <= PLAIN or inbound_depth(headers):
        return None
    if headers.get("x-amz-invocation-type", "RequestResponse") != "RequestResponse":
        return None
    if not headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 "):
        return None
    length = headers.get("content-length", "")
    return headers if length.isdecimal() and int(length) <= SYNCHRONOUS_BYTES else None


def _is_refused(record: dict[str, Any], body: bytes) -> bool:
    config = record["config"]
    if (config.get("DurableConfig") or {}).get("Enabled"):
        return True
    try:
        rules.check_in_turn(config, updating=False)
        rules.check_json(body)
    except AwsError:
        return True
    return False


async def _read(receive: Receive) -> bytes | None:
    """Return a request's body; None if the client has gone."""
    chunks = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that begins with a body that was read already."""
    first: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def read_again() -> Message:
        return first.pop() if first else await receive()

    return read_again


def _response(request: api_request.ApiRequest, outcome: Outcome, *, tail: bool) -> Response:
    headers = _headers(request) | {"X-Amz-Executed-Version": request.executed_version}
    if tail:
        text = "".join(f"{line.text}\n" for line in outcome.log).encode()[-TAIL_BYTES:]
        headers["X-Amz-Log-Result"] = base64.b64encode(text).decode()
    if outcome.error is None:
        return 200, headers, outcome.payload
    headers["X-Amz-Function-Error"] = "Unhandled"
    return 200, headers, json.dumps(outcome.error, ensure_ascii=False).encode()


def _throttled(request: api_request.ApiRequest, reason: str) -> Response:
    asked = Request("POST", "", {}, service=SERVICE, protocol="rest-json")
    status, headers, body = serialise.error(asked, concurrency.throttling(reason))
    return status, _headers(request) | headers, body


def _headers(request: api_request.ApiRequest) -> dict[str, str]:
    return {
        "Date": http_date.now(),
        "Content-Type": "application/json",
        "x-amzn-RequestId": request.request_id,
    }


async def _send(scope: Scope, send: Send, response: Response) -> None:
    """Send a response, in one piece where the server can do that."""
    status, headers, body = response
    send_whole = (scope.get("extensions") or {}).get(WHOLE)
    if send_whole is not None:
        send_whole(status, headers, body)
        return
    headers["Content-Length"] = str(len(body))
    fields = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
