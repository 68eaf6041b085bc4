"""What botocore's models say of a value beside its type: lengths, ranges, patterns, enumerations.

A service applies it to an operation's parameters before its own rules, in AWS's words.
Source: the services' models ("min", "max", "pattern", "enum"); the wording as AWS answers it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator
from typing import Any

from labkit.sandbox.gateway.request import Request

Parameters = dict[str, Any]

NUMBERS = ("integer", "long", "float", "double")


def sentence(problems: list[str]) -> str:
    """Write problems as AWS's services do; they have to be at least one."""
    errors = f"{len(problems)} validation error{'s' * (len(problems) > 1)} detected: "
    return errors + "; ".join(problems)


def problems(request: Request, *, without: Collection[str] = ()) -> list[str]:
    """Return AWS's sentence for each parameter that does not keep its constraints.

    Parameters
    ----------
    request
        A request whose operation is known and whose parameters can be read.
    without
        Members of the input that the service has rules of its own for.
    """
    shape = request.model.input_shape
    if shape is None:
        return []
    given = request.parameters
    names = [name for name in reversed(shape.members) if name in given and name not in without]
    return [
        problem
        for name in names
        for problem in _of_value(given[name], shape.members[name], _lower(name))
    ]


def _of_value(value: Any, shape: Any, where: str) -> Iterator[str]:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        for name, inner in value.items():
            if name in shape.members:
                yield from _of_value(inner, shape.members[name], f"{where}.{_lower(name)}")
        return
    for constraint in _broken(value, shape):
        yield f"Value '{_text(value)}' at '{where}' failed to satisfy constraint: {constraint}"
    if kind == "list" and isinstance(value, list):
        for number, inner in enumerate(value, start=1):
            yield from _of_value(inner, shape.member, f"{where}.{number}.member")
    elif kind == "map" and isinstance(value, dict):
        for key, inner in value.items():
            yield from _of_value(inner, shape.value, f"{where}.{key}.member")


def _broken(value: Any, shape: Any) -> Iterator[str]:
    """Yield the constraints of a shape that a value does not keep."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name in NUMBERS and isinstance(value, int | float):
        yield from _out_of(value, least, most, "have value")
    elif shape.type_name in ("string", "list", "map") and isinstance(value, str | list | dict):
        yield from _out_of(len(value), least, most, "have length")
    if not isinstance(value, str):
        return
    pattern, enum = shape.metadata.get("pattern"), getattr(shape, "enum", None)
    if pattern and not _fits(pattern, value):
        yield f"Member must satisfy regular expression pattern: {pattern}"
    if enum and value not in enum:
        yield f"Member must satisfy enum value set: [{', '.join(enum)}]"


def _out_of(size: float, least: float | None, most: float | None, what: str) -> Iterator[str]:
    if most is not None and size > most:
        yield f"Member must {what} less than or equal to {most}"
    if least is not None and size < least:
        yield f"Member must {what} greater than or equal to {least}"


def _fits(pattern: str, text: str) -> bool:
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(text) is not None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return a model's pattern; None where it is none of Python's."""
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
