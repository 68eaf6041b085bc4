"""The query protocol: a form is answered in XML, with the result in an element of its own."""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import models, older_names
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.gateway.serialise.xml import element, structure, text

HEADERS = {"Content-Type": "text/xml"}


def output(request: Request, members: dict[str, Any]) -> Response:
    """Write an operation's output."""
    shape = request.model.output_shape
    result = ""
    if shape is not None:
        wrapper = shape.serialization.get("resultWrapper", f"{request.operation}Result")
        inner = structure(shape, members)
        result = element(wrapper, inner) if inner else f"<{wrapper}/>"
    content = result + element("ResponseMetadata", text("RequestId", request.id))
    answer = element(f"{request.operation}Response", content, _namespace(request))
    return Response(200, dict(HEADERS), answer.encode())


def error(request: Request, failure: AwsError) -> Response:
    """Write an error."""
    content = text("Type", failure.fault) + text("Code", failure.code("query"))
    content += text("Message", failure.message) if failure.message else ""
    content += "".join(text(name, value) for name, value in failure.members.items())
    told = element("Error", content) + text("RequestId", request.id)
    answer = element("ErrorResponse", told, _namespace(request))
    return Response(failure.status, dict(HEADERS), answer.encode())


def _namespace(request: Request) -> str:
    if request.service in older_names.NAMESPACES:
        return older_names.NAMESPACES[request.service]
    return str(models.metadata(request.service).get("xmlNamespace", ""))
