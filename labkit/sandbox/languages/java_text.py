"""How Java prints a value, and JSON where a list came as JSON: AWS shows both of them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


class JsonArray(list[Any]):
    """A list of a JSON document. API Gateway prints it, and all in it, as JSON."""


def from_json(text: str | bytes) -> Any:
    """Read a JSON document so that its lists print as API Gateway prints them.

    Raises
    ------
    ValueError
        If it is no JSON.
    """
    return as_arrays(json.loads(text))


def text_of(value: Any) -> str:
    """Return the text of a value; nothing for null, as API Gateway prints it."""
    return "" if value is None else java_text(value)


def java_text(value: Any) -> str:
    """Return what Java's `toString` says; `null` for null."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, JsonArray):
        return to_json(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}={java_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(java_text, value)) + "]"
    return java_double(value) if isinstance(value, float) else str(value)


def java_double(value: float) -> str:
    """Return a double as Java prints it: `1.0E10` from 10^7 on and below 10^-3."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    mantissa, _, exponent = f"{Decimal(repr(value)).normalize():E}".partition("E")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def to_json(value: Any) -> str:
    """Return compact JSON, as API Gateway writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def as_arrays(value: Any) -> Any:
    """Return a decoded value whose lists print as JSON."""
    if isinstance(value, dict):
        return {key: as_arrays(inner) for key, inner in value.items()}
    return JsonArray(map(as_arrays, value)) if isinstance(value, list) else value
