"""AWS JSON 1.0 and 1.1."""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.gateway import models
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.gateway.serialise.members import blob, given, timestamp


def output(request: Request, members: dict[str, Any]) -> Response:
    """Write an operation's output."""
    shape = request.model.output_shape
    content = structure(shape, members) if shape is not None else {}
    return Response(200, _headers(request), json.dumps(content).encode())


def error(request: Request, failure: AwsError) -> Response:
    """Write an error; a service that had the query protocol before tells the code it had there."""
    code = failure.code("json")
    headers = _headers(request) | {"x-amzn-ErrorType": code}
    if "awsQueryCompatible" in models.metadata(request.service):
        headers["x-amzn-query-error"] = f"{failure.code('query')};{failure.fault}"
    said = {"message": failure.message} if failure.message else {}
    content = {"__type": code} | said | failure.members
    return Response(failure.status, headers, json.dumps(content).encode())


def structure(shape: Any, members: dict[str, Any]) -> dict[str, Any]:
    """Return a structure as JSON has it, under the names that its members have there."""
    return {
        member.serialization.get("name", name): value_of(member, value)
        for name, member, value in given(shape, members)
        if "location" not in member.serialization
    }


def value_of(shape: Any, value: Any) -> Any:
    """Return a value as JSON has it."""
    kind = shape.type_name
    if kind == "structure":
        return value if getattr(shape, "is_document_type", False) else structure(shape, value)
    if kind == "list":
        return [value_of(shape.member, inner) for inner in value]
    if kind == "map":
        return {key: value_of(shape.value, inner) for key, inner in value.items()}
    if kind == "timestamp":
        return timestamp(value, shape.serialization.get("timestampFormat", "unixTimestamp"))
    return blob(value) if kind == "blob" else value


def _headers(request: Request) -> dict[str, str]:
    version = models.metadata(request.service).get("jsonVersion", "1.1")
    return {"Content-Type": f"application/x-amz-json-{version}"}
