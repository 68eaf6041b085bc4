"""Values as XML elements, as the query protocols and REST-XML write them.

Source: Smithy 2.0, "XML bindings".
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from labkit.sandbox.gateway.serialise.members import blob, given, timestamp

KEPT = {"\r": "&#xD;"}
"""What a reader of XML would take for something else."""

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def element(name: str, content: str, namespace: str = "") -> str:
    """Return an element around content that is XML already."""
    attribute = f" xmlns={quoteattr(namespace)}" if namespace else ""
    return f"<{name}{attribute}>{content}</{name}>"


def text(name: str, value: Any) -> str:
    """Return an element that holds a text."""
    return element(name, escape(str(value), KEPT))


def structure(shape: Any, members: dict[str, Any]) -> str:
    """Return the elements of a structure's members, without one around them."""
    return "".join(
        _member(name, member, value)
        for name, member, value in given(shape, members)
        if "location" not in member.serialization
    )


def _member(name: str, shape: Any, value: Any) -> str:
    key = shape.serialization.get("name", name)
    if shape.type_name == "list":
        return _list(key, shape, value)
    if shape.type_name == "map":
        return _map(key, shape, value)
    return _value(key, shape, value)


def _list(name: str, shape: Any, values: Any) -> str:
    if shape.serialization.get("flattened"):
        own = shape.member.serialization.get("name", name)
        return "".join(_member(own, shape.member, value) for value in values)
    inner = shape.member.serialization.get("name", "member")
    return element(name, "".join(_value_or_more(inner, shape.member, v) for v in values))


def _map(name: str, shape: Any, values: dict[str, Any]) -> str:
    key = shape.key.serialization.get("name", "key")
    value = shape.value.serialization.get("name", "value")
    entries = [
        text(key, k) + _value_or_more(value, shape.value, inner) for k, inner in values.items()
    ]
    if shape.serialization.get("flattened"):
        return "".join(element(name, entry) for entry in entries)
    return element(name, "".join(element("entry", entry) for entry in entries))


def _value_or_more(name: str, shape: Any, value: Any) -> str:
    if shape.type_name == "list":
        return _list(name, shape, value)
    if shape.type_name == "map":
        return _map(name, shape, value)
    return _value(name, shape, value)


def _value(name: str, shape: Any, value: Any) -> str:
    if shape.type_name == "structure":
        return element(name, structure(shape, value))
    return text(name, scalar(shape, value))


def scalar(shape: Any, value: Any) -> str:
    """Return a single value's text."""
    if shape.type_name == "timestamp":
        return str(timestamp(value, shape.serialization.get("timestampFormat", "iso8601")))
    if shape.type_name == "blob":
        return blob(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
