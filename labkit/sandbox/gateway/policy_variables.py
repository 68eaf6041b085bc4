"""Policy variables: `${aws:username}`, `${aws:PrincipalTag/team}` in resources and conditions.

MiniStack takes them as they are written, so that a policy with one matches nothing.
Source: IAM User Guide, "IAM policy elements: Variables and tags".
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from typing import Any

from labkit.sandbox.upstream.iam import evaluator

VARIABLE = re.compile(r"\$\{(?P<name>[^},]+?)(?:\s*,\s*'(?P<default>[^']*)')?\}")

WILDCARDS = ("*", "?")
"""What a value cannot bring into a resource: there they would be wildcards."""

FIELDS = ("resources", "not_resources")


def first_match(
    upstream: Callable[..., Any], ctx: Any, stmts: list[Any], effect: str
) -> Any | None:
    """Return the first statement of an effect that a request fits, its variables filled in."""
    return upstream(ctx, [_filled(one, ctx) if names_of(one) else one for one in stmts], effect)


def names_of(statement: Any) -> frozenset[str]:
    """Return the names of the variables of a statement, in lower case."""
    known: frozenset[str] | None = statement.__dict__.get("variables")
    if known is None:
        found = (VARIABLE.finditer(text) for text in _texts(statement))
        known = frozenset(one["name"].lower() for many in found for one in many)
        statement.__dict__["variables"] = known
    return known


def _texts(statement: Any) -> Iterator[str]:
    yield from (*statement.resources, *statement.not_resources)
    for keys in (statement.conditions or {}).values():
        for wanted in keys.values() if isinstance(keys, dict) else ():
            yield from map(str, wanted if isinstance(wanted, list) else [wanted])


def _filled(statement: Any, ctx: Any) -> Any:
    """Return a statement with the values of its variables.

    A resource whose variable has no value, or one that would be a wildcard, names nothing.
    """
    named = {name: _resources(getattr(statement, name), ctx) for name in FIELDS}
    conditions = {
        operator: {key: _values(wanted, ctx) for key, wanted in keys.items()}
        for operator, keys in (statement.conditions or {}).items()
        if isinstance(keys, dict)
    }
    return dataclasses.replace(statement, **named, conditions=conditions)


def _resources(patterns: list[str], ctx: Any) -> list[str]:
    filled = [_text(one, ctx, plain=True) for one in patterns]
    there = [one for one in filled if one is not None]
    return there or ([""] if patterns else [])


def _values(wanted: Any, ctx: Any) -> list[str]:
    texts = map(str, wanted if isinstance(wanted, list) else [wanted])
    return [one for one in (_text(text, ctx) for text in texts) if one is not None]


def _text(text: str, ctx: Any, *, plain: bool = False) -> str | None:
    """Return a text with values in it; None if one is missing.

    Parameters
    ----------
    plain
        Whether a value must have no wildcard in it.
    """
    filled, at = "", 0
    for found in VARIABLE.finditer(text):
        value = _value(found, ctx)
        if value is None or (plain and any(character in value for character in WILDCARDS)):
            return None
        filled, at = filled + text[at : found.start()] + value, found.end()
    return filled + text[at:]


def _value(found: re.Match[str], ctx: Any) -> str | None:
    if found["name"] in ("*", "?", "$"):
        return str(found["name"])
    value = evaluator._resolve_condition_key(found["name"], ctx)
    if isinstance(value, list):
        value = None
    return found["default"] if value is None else str(value)
