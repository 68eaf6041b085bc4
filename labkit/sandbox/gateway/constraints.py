"""What botocore's models say of a value beside its type: lengths, ranges, patterns, enumerations.

A service applies it to an operation's parameters before its own rules, in AWS's words, which differ
by service: see `Wording`.
Source: the services' models ("min", "max", "pattern", "enum"); the wording as AWS answers it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from labkit.sandbox.gateway.request import Request

Parameters = dict[str, Any]

NUMBERS = ("integer", "long", "float", "double")
SIMPLE = (*NUMBERS, "string", "boolean", "timestamp", "blob")
"""Types of values that have no parts."""


@dataclass(frozen=True)
class Wording:
    """How a service says it.

    Attributes
    ----------
    body
        What stands before the names of members that travel in the body; ``{operation}`` is the
        operation's name with a small first letter.
    values
        By name of a shape: its values, where the service's order is not that of its model.
    of_elements
        What the service says of every element of a parameter's list besides its constraints.
    shapes
        Names of the shapes that are looked at, where others are looked at elsewhere; all if empty.
    whole
        Names of the shapes whose parts are not looked at.
    """

    body: str = ""
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    of_elements: tuple[str, ...] = ()
    shapes: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()


UNICODE_CLASSES = {"L": r"\w", "N": r"\d", "Z": r"\s"}
"""By Java's class of Unicode: Python's, which for letters has digits and the underscore, too."""

UNICODE_CLASS = re.compile(r"\\p\{([LNZ])\}")

PLAIN = Wording()
"""The wording of a service that names members plainly, in its model's order."""


def sentence(problems: list[str]) -> str:
    """Write problems as AWS's services do; they have to be at least one."""
    errors = f"{len(problems)} validation error{'s' * (len(problems) > 1)} detected: "
    return errors + "; ".join(problems)


def problems(
    request: Request, *, without: Collection[str] = (), wording: Wording = PLAIN
) -> list[str]:
    """Return AWS's sentence for each parameter that does not keep its constraints.

    Parameters
    ----------
    request
        A request whose operation is known and whose parameters can be read.
    without
        Members of the input that the service has rules of its own for.
    wording
        How the service says it.
    """
    shape = request.model.input_shape
    if shape is None:
        return []
    operation = _lower(request.operation)
    in_body = wording.body.format(operation=operation)
    given = request.parameters
    names = [name for name in reversed(shape.members) if name in given and name not in without]
    found: list[str] = []
    for name in names:
        member = shape.members[name]
        where = _lower(name) if "location" in member.serialization else in_body + _lower(name)
        found += _of_value(given[name], member, where, wording)
    return found


def _of_value(value: Any, shape: Any, where: str, wording: Wording) -> Iterator[str]:
    if shape.name in wording.whole:
        return
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        for name, member in shape.members.items():
            if name in value:
                yield from _of_value(value[name], member, f"{where}.{_lower(name)}", wording)
        return
    for constraint in _broken(value, shape, wording):
        yield _sentence(_shown(value, shape), where, constraint)
    if kind == "list" and isinstance(value, list):
        yield from _of_list(value, shape.member, where, wording)
    elif kind == "map" and isinstance(value, dict):
        if any(True for key in value for _ in _broken(key, shape.key, wording)):
            of_all = ", ".join(_constraints(shape.key, wording))
            yield _sentence(_entries(value), where, f"Map keys must satisfy constraint: [{of_all}]")
        for key, inner in value.items():
            yield from _of_value(inner, shape.value, f"{where}.{key}.member", wording)


def _of_list(value: list[Any], element: Any, where: str, wording: Wording) -> Iterator[str]:
    """Yield what is wrong with a list's elements: one sentence for all, if they have no parts."""
    if element.type_name not in SIMPLE:
        for number, inner in enumerate(value, start=1):
            yield from _of_value(inner, element, f"{where}.{number}.member", wording)
    elif any(True for one in value for _ in _broken(one, element, wording)):
        further = () if "." in where else wording.of_elements
        of_all = ", ".join((*_constraints(element, wording), *further))
        yield _sentence(_text(value), where, f"Member must satisfy constraint: [{of_all}]")


def _sentence(value: str, where: str, constraint: str) -> str:
    return f"Value '{value}' at '{where}' failed to satisfy constraint: {constraint}"


def _shown(value: Any, shape: Any) -> str:
    """Return a value as a service written in Java writes it."""
    if shape.type_name == "list" and isinstance(value, list):
        return f"[{', '.join(_shown(one, shape.member) for one in value)}]"
    if shape.type_name == "structure" and isinstance(value, dict):
        parts = (
            f"{_lower(name)}={_shown(value[name], member) if name in value else 'null'}"
            for name, member in shape.members.items()
        )
        return f"{shape.name}({', '.join(parts)})"
    return _text(value)


def _broken(value: Any, shape: Any, wording: Wording) -> Iterator[str]:
    """Yield the constraints of a shape that a value does not keep."""
    if wording.shapes and shape.name not in wording.shapes:
        return
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name in NUMBERS and isinstance(value, int | float):
        yield from _out_of(value, least, most, "have value")
    elif shape.type_name in ("string", "list", "map") and isinstance(value, str | list | dict):
        yield from _out_of(len(value), least, most, "have length")
    if not isinstance(value, str):
        return
    pattern, enum = shape.metadata.get("pattern"), getattr(shape, "enum", None)
    if pattern and not _fits(pattern, value):
        yield _of_pattern(pattern)
    if enum and value not in enum:
        yield _of_enum(shape, wording)


def _constraints(shape: Any, wording: Wording) -> Iterator[str]:
    """Yield all constraints of a shape without parts."""
    what = "have value" if shape.type_name in NUMBERS else "have length"
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if most is not None:
        yield f"Member must {what} less than or equal to {most}"
    if least is not None:
        yield f"Member must {what} greater than or equal to {least}"
    if pattern := shape.metadata.get("pattern"):
        yield _of_pattern(pattern)
    if getattr(shape, "enum", None):
        yield _of_enum(shape, wording)


def _of_pattern(pattern: str) -> str:
    return f"Member must satisfy regular expression pattern: {pattern}"


def _of_enum(shape: Any, wording: Wording) -> str:
    values = wording.values.get(shape.name, shape.enum)
    return f"Member must satisfy enum value set: [{', '.join(values)}]"


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
    """Return a model's pattern; None where it is none of Python's.

    The patterns are Java's, whose classes (``\\w``, ``\\d``, ``\\s``) hold ASCII alone; those with
    Unicode's classes have none of these beside them.
    """
    unicode = UNICODE_CLASS.sub(lambda found: UNICODE_CLASSES[found[1]], pattern)
    try:
        return re.compile(unicode, re.NOFLAG if unicode != pattern else re.ASCII)
    except re.error:
        return None


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _entries(value: dict[str, Any]) -> str:
    return f"{{{', '.join(f'{key}={_text(inner)}' for key, inner in value.items())}}}"


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
