"""A parameter's `AllowedPattern`, which the whole of its value matches.

Source: CloudFormation User Guide, "CloudFormation template Parameters syntax".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labkit.sandbox.languages.regular_expressions import Expression, ExpressionError
from labkit.sandbox.upstream.cloudformation import engine

LISTS = ("CommaDelimitedList", "List<Number>")


def check(
    upstream: Callable[..., None], name: str, definition: dict[str, Any], kind: str, value: str
) -> None:
    """Check a parameter's value, and let MiniStack check its other constraints.

    Raises
    ------
    ValueError
        If the value is not allowed, or the pattern is none, or takes too long.
    """
    others = {key: one for key, one in definition.items() if key != "AllowedPattern"}
    pattern = definition.get("AllowedPattern")
    if pattern is not None and kind != "Number":
        members = [one.strip() for one in value.split(",")] if kind in LISTS else [value]
        try:
            allowed = Expression(str(pattern))
            matched = all(allowed.fullmatch(one) for one in members)
        except ExpressionError as error:
            raise ValueError(f"Parameter '{name}' has an invalid AllowedPattern: {error}") from None
        if not matched:
            raise engine._constraint_error(name, definition, f"must match pattern {pattern}")
    upstream(name, others, kind, value)
