"""Smithy RPC v2 in CBOR, which other SDKs speak to CloudWatch.

Source: Smithy 2.0, "Smithy RPC v2 CBOR protocol".
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from labkit.sandbox.gateway import models
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.gateway.serialise.members import given

HEADERS = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}


def output(request: Request, members: dict[str, Any]) -> Response:
    """Write an operation's output."""
    shape = request.model.output_shape
    content = _value(shape, members) if shape is not None else {}
    return Response(200, dict(HEADERS), _encoded(content))


def error(request: Request, failure: AwsError) -> Response:
    """Write an error."""
    code = failure.code("json")
    headers = dict(HEADERS)
    if "awsQueryCompatible" in models.metadata(request.service):
        headers["x-amzn-query-error"] = f"{failure.code('query')};{failure.fault}"
    said = {"message": failure.message} if failure.message else {}
    content = {"__type": code} | said | failure.members
    return Response(failure.status, headers, _encoded(content))


def _value(shape: Any, value: Any) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return {name: _value(member, inner) for name, member, inner in given(shape, value)}
    if kind == "list":
        return [_value(shape.member, inner) for inner in value]
    if kind == "map":
        return {key: _value(shape.value, inner) for key, inner in value.items()}
    if kind == "timestamp" and not isinstance(value, str):
        return value if isinstance(value, datetime) else datetime.fromtimestamp(value, UTC)
    if kind == "timestamp":
        return datetime.fromisoformat(value)
    return value.encode() if kind == "blob" and isinstance(value, str) else value


def _encoded(content: Any) -> bytes:
    import cbor2

    return cbor2.dumps(content, datetime_as_timestamp=True, timezone=UTC)
