"""Choice rules of the JSONPath language: each operator holds for values of its own type only.

Source: Amazon States Language, "Choice State".
"""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from labkit.sandbox.languages.wildcards import between_stars
from labkit.sandbox.services.stepfunctions.language import paths, timestamps
from labkit.sandbox.services.stepfunctions.language.scope import Scope

Rule = Mapping[str, Any]

ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
}

TYPES = ("Boolean", "Numeric", "String", "Timestamp")

NOT_OPERATORS = {"And", "Assign", "Comment", "Condition", "Next", "Not", "Or", "Output", "Variable"}


def holds(rule: Rule, document: Any, scope: Scope) -> bool:
    """Tell whether a rule holds for the input of a Choice state.

    Raises
    ------
    StateError
        `States.Runtime` if its variable, or the path that it compares with, finds nothing.
    """
    if "And" in rule:
        return all(holds(one, document, scope) for one in rule["And"])
    if "Or" in rule:
        return any(holds(one, document, scope) for one in rule["Or"])
    if "Not" in rule:
        return not holds(rule["Not"], document, scope)
    ((name, wanted),) = [(k, v) for k, v in rule.items() if k not in NOT_OPERATORS]
    value = paths.look_up(rule["Variable"], document, scope)
    if name == "IsPresent":
        return (value is not paths.MISSING) is wanted
    if value is paths.MISSING:
        raise scope.runtime_error(
            f"Invalid path '{rule['Variable']}': The choice state's condition path references an "
            "invalid value."
        )
    if name.startswith("Is"):
        return is_of_type(name, value) is wanted
    if name.endswith("Path"):
        name, wanted = name.removesuffix("Path"), _compared_with(wanted, document, scope)
    return compares(name, value, wanted)


def compares(name: str, value: Any, wanted: Any) -> bool:
    """Tell whether an operator holds; one for values of another type does not."""
    if name == "StringMatches":
        return isinstance(value, str) and isinstance(wanted, str) and _matches(value, wanted)
    kind = next(kind for kind in TYPES if name.startswith(kind))
    left, right = _typed(kind, value), _typed(kind, wanted)
    if left is None or right is None:
        return False
    return ORDERS[name.removeprefix(kind)](left, right)


def is_of_type(name: str, value: Any) -> bool:
    """Tell whether `IsNull`, `IsNumeric`, … holds."""
    match name:
        case "IsNull":
            return value is None
        case "IsBoolean":
            return isinstance(value, bool)
        case "IsNumeric":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "IsString":
            return isinstance(value, str)
        case _:
            return timestamps.parse(value) is not None


def _typed(kind: str, value: Any) -> Any:
    """Return a value to compare with; None if it is not of the operator's type."""
    if kind == "Timestamp":
        return _utc(timestamps.parse(value))
    if kind == "Boolean":
        return value if isinstance(value, bool) else None
    if kind == "String":
        return value if isinstance(value, str) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _utc(moment: dt.datetime | None) -> dt.datetime | None:
    return None if moment is None else moment.astimezone(dt.UTC)


def _compared_with(path: str, document: Any, scope: Scope) -> Any:
    found = paths.look_up(path, document, scope)
    if found is paths.MISSING:
        raise scope.runtime_error(
            f"Invalid path '{path}': The choice state's condition path references an invalid value."
        )
    return found


def _matches(text: str, pattern: str) -> bool:
    """Match with `*` for any characters; a backslash makes it a star."""
    parts = re.split(r"(\\\*|\\\\|\*)", pattern)
    pieces = [""]
    for part in parts:
        if part == "*":
            pieces.append("")
        else:
            pieces[-1] += re.escape(part[1:] if part in (r"\*", r"\\") else part)
    return re.fullmatch(between_stars(pieces), text, re.DOTALL) is not None
