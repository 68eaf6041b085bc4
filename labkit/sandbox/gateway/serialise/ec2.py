"""EC2's form of the query protocol: the result is not wrapped, and an error stands in a list."""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import models
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.gateway.serialise.xml import DECLARATION, element, structure, text

HEADERS = {"Content-Type": "text/xml;charset=UTF-8"}


def output(request: Request, members: dict[str, Any]) -> Response:
    """Write an operation's output."""
    shape = request.model.output_shape
    result = structure(shape, members) if shape is not None else text("return", "true")
    namespace = models.service(request.service).metadata["xmlNamespace"]
    content = text("requestId", request.id) + result
    answer = DECLARATION + element(f"{request.operation}Response", content, namespace)
    return Response(200, dict(HEADERS), answer.encode())


def error(request: Request, failure: AwsError) -> Response:
    """Write an error."""
    told = text("Code", failure.code("ec2")) + text("Message", failure.message)
    content = element("Errors", element("Error", told)) + text("RequestID", request.id)
    answer = DECLARATION + element("Response", content)
    return Response(failure.status, dict(HEADERS), answer.encode())
