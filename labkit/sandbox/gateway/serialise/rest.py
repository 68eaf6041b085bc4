"""What REST-JSON and REST-XML share: the status and the headers that members of an output are."""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.request import Request
from labkit.sandbox.gateway.serialise.members import blob, given, timestamp


def status(request: Request, members: dict[str, Any]) -> int:
    """Return the status: a member's value, or the one that the operation always has."""
    shape = request.model.output_shape
    for _, member, value in given(shape, members) if shape is not None else ():
        if member.serialization.get("location") == "statusCode":
            return int(value)
    return int(request.model.http.get("responseCode", 200))


def headers(shape: Any, members: dict[str, Any]) -> dict[str, str]:
    """Return the headers that members of an output are."""
    found: dict[str, str] = {}
    for name, member, value in given(shape, members):
        location = member.serialization.get("location")
        key = member.serialization.get("name", name)
        if location == "header":
            found[key] = _text(member, value)
        elif location == "headers":
            found |= {f"{key}{k}": str(inner) for k, inner in value.items()}
    return found


def _text(shape: Any, value: Any) -> str:
    if shape.type_name == "timestamp":
        return str(timestamp(value, shape.serialization.get("timestampFormat", "rfc822")))
    if shape.type_name == "blob":
        return blob(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
