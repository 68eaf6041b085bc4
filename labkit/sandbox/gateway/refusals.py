"""Refusing a request whose operation nobody has asked for yet: what its service would answer.

Source: as `errors.py`; what a service answers to a signature that is not right, MiniStack knows.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from labkit.sandbox.gateway import http_date, serialise
from labkit.sandbox.gateway.errors import AuthenticationError, AwsError
from labkit.sandbox.gateway.recognise import recognise_service
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.process.asgi import Send
from labkit.sandbox.upstream.iam import actions

REST_XML = ("cloudfront", "route53", "s3")
"""Services outside of the registry whose errors are XML."""


def unauthenticated(service: str, failure: Any, headers: dict[str, str]) -> AuthenticationError:
    """Return the error that a service has for MiniStack's `failure` of an authentication."""
    if failure.code not in actions._AUTH_FAILURES:
        return AuthenticationError(failure.message, failure.code)
    code, status, message = actions._auth_failure(service, failure.code, failure.message, headers)
    return AuthenticationError(message, code, status=status)


def written(request: Request, service: str, error: AwsError) -> Response:
    """Write an error as a service does, which MiniStack calls `service`."""
    request.id = request.id or str(uuid.uuid4())
    recognise_service(request, service)
    if service in REST_XML:
        request.protocol = "rest-xml"
    response = serialise.error(request, error)
    response.headers["x-amzn-requestid"] = request.id
    return response


async def send(send: Send, response: Response) -> None:
    """Send a response whose body is whole."""
    headers = response.headers | {
        "content-length": str(len(response.body)),
        "date": http_date.now(),
    }
    fields = [(name.encode("latin-1"), str(text).encode()) for name, text in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": fields})
    await send({"type": "http.response.body", "body": response.body})


def of_data_plane(error: AwsError, *, is_url: bool) -> Response:
    """Write an error as an API of API Gateway does, or a function's URL."""
    content = {("Message" if is_url else "message"): error.message}
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code("rest-json")}
    return Response(error.status, headers, json.dumps(content).encode())
