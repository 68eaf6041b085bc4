"""REST-XML, as S3 and Route 53 speak it."""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.gateway.serialise import rest
from labkit.sandbox.gateway.serialise.xml import DECLARATION, element, structure, text

HEADERS = {"Content-Type": "application/xml"}


def output(request: Request, members: dict[str, Any]) -> Response:
    """Write an operation's output."""
    shape = request.model.output_shape
    status = rest.status(request, members)
    if shape is None:
        return Response(status, {}, b"")
    headers = rest.headers(shape, members)
    payload = shape.serialization.get("payload")
    holder = shape if payload is None else shape.members[payload]
    if holder.type_name != "structure":
        value = members.get(payload, b"")
        return Response(status, headers, value.encode() if isinstance(value, str) else value)
    content = structure(holder, members if payload is None else members.get(payload, {}))
    name = holder.serialization.get("name", holder.name)
    namespace = holder.serialization.get("namespace", {}).get("uri", "")
    has_body = any("location" not in m.serialization for m in holder.members.values())
    body = DECLARATION + element(name, content, namespace) if has_body else ""
    return Response(status, dict(HEADERS) | headers, body.encode())


def error(request: Request, failure: AwsError) -> Response:
    """Write an error, as S3 does: without an element around it."""
    told = text("Code", failure.code("rest-xml")) + text("Message", failure.message)
    told += "".join(text(name, value) for name, value in failure.members.items())
    content = told + text("RequestId", request.id)
    if request.service != "s3":
        inner = text("Type", failure.fault) + told
        content = element("Error", inner) + text("RequestId", request.id)
        answer = DECLARATION + element("ErrorResponse", content)
    else:
        answer = DECLARATION + element("Error", content)
    return Response(failure.status, dict(HEADERS), answer.encode())
