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

from labkit.sandbox import seams

LARGEST_BYTES = 10 * 1024 * 1024
"""The largest request that a service takes which has no larger limit of its own. AWS publishes no
common number; this one is API Gateway's."""

LARGE = ("apigateway", "lambda", "s3")
"""Services that look at a request's size themselves."""

REST_JSON = {"apigateway": "/", "lambda": "/2015-03-31/", "scheduler": "/schedules"}
"""Services whose bodies are JSON, and the paths of their operations."""

SERIALIZATION = "SerializationException"

Response = tuple[int, dict[str, Any], bytes]
Handler = Callable[..., Awaitable[Response]]


def install() -> None:
    """Look at every request before its service does."""
    for service in list(importlib.import_module("ministack.app").SERVICE_HANDLERS):
        _guard(service)


def _guard(service: str) -> None:
    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, *more: Any
    ) -> Response:
        refused = _refusal(service, method, path, headers, body)
        return refused or await upstream(method, path, headers, body, *more)

    upstream: Handler = seams.replace_item("ministack.app", "SERVICE_HANDLERS", service, handle)


def _refusal(
    service: str, method: str, path: str, headers: dict[str, str], body: bytes
) -> Response | None:
    if len(body) > LARGEST_BYTES and service not in LARGE:
        return _answer("RequestEntityTooLarge", f"Request exceeds {LARGEST_BYTES} bytes.", 413)
    content = headers.get("content-type", "")
    if _holds_json(service, method, path, content) and body and not _is_object(body):
        return _answer(SERIALIZATION, "Could not parse the request body as a JSON object.", 400)
    return None


def _holds_json(service: str, method: str, path: str, content_type: str) -> bool:
    if content_type.startswith("application/x-amz-json"):
        return True
    if method not in ("POST", "PUT", "PATCH") or not path.startswith(REST_JSON.get(service, " ")):
        return False
    return not path.startswith("/_") and not path.endswith("/invocations")


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False


def _answer(code: str, message: str, status: int) -> Response:
    content = json.dumps({"__type": code, "message": message}).encode()
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}
    return status, headers, content
