"""Requests that AWS refuses before it looks at what they ask: no JSON, too large, no action.

MiniStack reads broken JSON as no parameters in some services and fails inside in others. Every
service's entry gets this check in front of it.
Source: AWS JSON 1.0 and 1.1 protocols (SerializationException); Lambda and API Gateway API
References.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from labkit.sandbox.gateway import malformed
from labkit.sandbox.upstream import seams

LARGEST_BYTES = 10 * 1024 * 1024
"""The largest request that a service takes which has no larger limit of its own. AWS publishes no
common number; this one is API Gateway's."""

LARGE = ("apigateway", "lambda", "s3")
"""Services that look at a request's size themselves."""

REST_JSON = {"apigateway": "/", "lambda": "/20", "scheduler": "/schedules"}
"""Services whose bodies are JSON, and how the paths of their operations begin."""

PAYLOADS = ("invocations", "invoke-async")
"""How paths end whose bodies are nobody's but a function's."""

PAGE_SIZES = {"MaxItems", "MaxResults", "limit"}
"""Parameters that a URL may hold and that have to be numbers."""

SERIALIZATION = "SerializationException"

Response = tuple[int, dict[str, Any], bytes]
Handler = Callable[..., Awaitable[Response]]


class RefusedError(Exception):
    """A request that AWS refuses, with what it answers."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}
        content = json.dumps({"__type": code, "message": message}).encode()
        self.response: Response = (status, headers, content)


def install() -> None:
    """Look at every request before its service does."""
    for service in list(importlib.import_module("ministack.app").SERVICE_HANDLERS):
        _guard(service)


def _guard(service: str) -> None:
    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        try:
            body = _readable(service, method, path, headers, body)
            _check_numbers(query)
        except RefusedError as refused:
            return refused.response
        return await upstream(method, path, headers, body, query)

    upstream: Handler = seams.replace_item("ministack.app", "SERVICE_HANDLERS", service, handle)


def _readable(service: str, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    """Return the body as the service may read it.

    Raises
    ------
    RefusedError
        If it is too large, not JSON where JSON is expected, or does not fit the service's model.
    """
    if len(body) > LARGEST_BYTES and service not in LARGE:
        text = f"Request exceeds {LARGEST_BYTES} bytes."
        raise RefusedError("RequestEntityTooLarge", text, 413)
    if not body or not _holds_json(service, method, path, headers):
        return body
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise RefusedError(SERIALIZATION, "Could not parse the request body as a JSON object.")
    shape = (
        malformed.shape_of_path(service, method, path)
        if service in REST_JSON
        else malformed.shape_of_target(headers.get("x-amz-target", ""))
    )
    if shape is None or shape.has_payload:
        return body
    given = malformed.without_nulls(content) if b"null" in body else content
    if problem := next(malformed.wrong_types(given, shape), None):
        raise RefusedError(SERIALIZATION, problem)
    return body if given is content else json.dumps(given).encode()


def _check_numbers(query: dict[str, list[str]]) -> None:
    """Refuse a page size that is no number.

    Raises
    ------
    RefusedError
        With the parameter's name.
    """
    for name in PAGE_SIZES & query.keys():
        if not query[name][0].lstrip("-").isdecimal():
            raise RefusedError("ValidationException", f"{name} must be a number.")


def _holds_json(service: str, method: str, path: str, headers: dict[str, str]) -> bool:
    content_type = headers.get("content-type", "")
    if "x-amz-target" in headers or content_type.startswith("application/x-amz-json"):
        return True
    if method not in ("POST", "PUT", "PATCH") or not path.startswith(REST_JSON.get(service, " ")):
        return False
    return not path.startswith("/_") and not path.rstrip("/").endswith(PAYLOADS)
