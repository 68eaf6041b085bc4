"""The Lambda API's own rules, put before MiniStack's request handler."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from labkit.sandbox.services.lambda_ import api_request, concurrency, rules, updates
from labkit.sandbox.services.lambda_.rules import Refusal
from labkit.sandbox.upstream import seams

SERVICE = "ministack.services.lambda_svc"

FUNCTIONS = re.compile(r"/\d{4}-\d\d-\d\d/functions(?:/(?P<name>[^/]+)(?:/(?P<part>[^/]+))?)?/?")
"""Paths of operations on functions; `part` is for example `invocations`."""

Response = tuple[int, dict[str, Any], bytes]
Handler = Callable[..., Awaitable[Response]]

_functions = seams.use(SERVICE, "_functions", like="AccountRegionScopedDict")
_resolve_name = seams.use(SERVICE, "_resolve_request_scoped_name", like="(name_or_arn)")
_error = seams.use(
    SERVICE,
    "error_response_json",
    like="(code, message, status=400, extra=None, *, message_key='message', "
    "content_type='application/x-amz-json-1.0')",
)


def install() -> None:
    """Put our rules before MiniStack's handler of Lambda requests."""

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        refusal = _refusal(method, path, headers, body)
        if refusal is not None:
            return _refused(refusal)
        updated = _about_to_update(method, path)
        if updated is not None:
            updates.remember(updated)
        request = api_request.begin() if _is_invocation(method, path) else None
        status, answered, content = await original(method, path, headers, body, query)
        if request is not None and request.executed_version:
            answered = answered | {"X-Amz-Executed-Version": request.executed_version}
        if updated is not None:
            status, answered, content = _settled(updated, status, answered, content)
        return _as_throttled(answered, content) if status == 429 else (status, answered, content)

    original: Handler = seams.replace(
        SERVICE, "handle_request", handle, like="(method, path, headers, body, query_params)"
    )


def _refusal(method: str, path: str, headers: dict[str, str], body: bytes) -> Refusal | None:
    match = FUNCTIONS.fullmatch(unquote(path))
    if match is None:
        return None
    part = match["part"]
    if method == "POST" and match["name"] is None:
        return rules.settings(_decode(body))
    record = _record(match["name"])
    if record is None:
        return None
    if method == "POST" and part == "invocations":
        asynchronous = headers.get("x-amz-invocation-type") == "Event"
        return rules.in_turn(record["config"], updating=False) or rules.payload(
            body, asynchronous=asynchronous
        )
    if method == "PUT" and part in ("code", "configuration"):
        request = _decode(body) if part == "configuration" else {}
        return rules.settings(request) or rules.in_turn(record["config"], updating=True)
    if method == "PUT" and part == "concurrency":
        requested = int(_decode(body).get("ReservedConcurrentExecutions", 0))
        text = concurrency.over_reservation(record["config"]["FunctionName"], requested)
        return Refusal("InvalidParameterValueException", text) if text else None
    return None


def _is_invocation(method: str, path: str) -> bool:
    match = FUNCTIONS.fullmatch(unquote(path))
    return method == "POST" and match is not None and match["part"] == "invocations"


def _about_to_update(method: str, path: str) -> dict[str, Any] | None:
    match = FUNCTIONS.fullmatch(unquote(path))
    if method != "PUT" or match is None or match["part"] not in ("code", "configuration"):
        return None
    return _record(match["name"])


def _settled(record: dict[str, Any], status: int, headers: dict[str, Any], body: bytes) -> Response:
    if status == 200:
        updates.settle(record)
        answer = json.loads(body) | {"State": "Active", "StateReason": "", "StateReasonCode": ""}
        body = json.dumps(answer).encode()
    return status, headers, body


def _as_throttled(headers: dict[str, Any], body: bytes) -> Response:
    """Name the error in a header, as AWS does: its body has Reason, Type and message only."""
    content = json.loads(body)
    headers = headers | {"x-amzn-ErrorType": content.pop("__type", "TooManyRequestsException")}
    return 429, headers, json.dumps(content).encode()


def _refused(refusal: Refusal) -> Response:
    response: Response = _error(refusal.code, refusal.message, refusal.status)
    return response


def _record(name_or_arn: str) -> dict[str, Any] | None:
    record: dict[str, Any] | None = _functions.get(_resolve_name(name_or_arn))
    return record


def _decode(body: bytes) -> dict[str, Any]:
    try:
        decoded = json.loads(body or b"{}")
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}
