"""REST-JSON: members of an output may be a header, the status, or the body itself."""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.gateway import models
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.gateway.serialise import rest
from labkit.sandbox.gateway.serialise.json import structure

HEADERS = {"Content-Type": "application/json"}


def output(request: Request, members: dict[str, Any]) -> Response:
    """Write an operation's output."""
    shape = request.model.output_shape
    status = rest.status(request, members)
    if shape is None:
        return Response(status, dict(HEADERS), b"")
    headers = dict(HEADERS) | rest.headers(shape, members)
    payload = shape.serialization.get("payload")
    if payload is None:
        return Response(status, headers, json.dumps(structure(shape, members)).encode())
    value = members.get(payload, b"")
    if isinstance(value, dict):
        value = json.dumps(structure(shape.members[payload], value))
    return Response(status, headers, value.encode() if isinstance(value, str) else value)


def error(request: Request, failure: AwsError) -> Response:
    """Write an error: its code is a header, its message the member that its shape has."""
    code = failure.code("rest-json")
    members = models.members_of(request.service, code)
    message = "Message" if "Message" in members else "message"
    content: dict[str, Any] = {message: failure.message}
    if "Type" in members:
        content["Type"] = "User" if failure.status < 500 else "Service"
    headers = dict(HEADERS) | {"x-amzn-ErrorType": code}
    return Response(failure.status, headers, json.dumps(content | failure.members).encode())
