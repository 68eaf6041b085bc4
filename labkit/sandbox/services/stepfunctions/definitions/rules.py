"""The rules of a Choice state.

Source: Amazon States Language specification, "Choice State".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labkit.sandbox.services.stepfunctions.definitions import fields
from labkit.sandbox.services.stepfunctions.definitions.problems import Problem
from labkit.sandbox.services.stepfunctions.language import timestamps
from labkit.sandbox.services.stepfunctions.language.choices import ORDERS, TYPES
from labkit.sandbox.services.stepfunctions.language.jsonata import is_expression
from labkit.sandbox.services.stepfunctions.language.scope import JSONATA

TESTS = ("IsBoolean", "IsNull", "IsNumeric", "IsPresent", "IsString", "IsTimestamp")
COMPARISONS = {f"{kind}{order}" for kind in TYPES for order in ORDERS if kind != "Boolean"}
OPERATORS = {*COMPARISONS, "BooleanEquals", "StringMatches", *TESTS}
WITH_PATHS = {f"{name}Path" for name in (*COMPARISONS, "BooleanEquals")}
COMBINED = ("And", "Or", "Not")

BESIDE = {"Assign", "Comment", "Next"}
OF_JSONATA = {*BESIDE, "Condition", "Output"}

VALUES: dict[str, Any] = {
    "Boolean": lambda value: isinstance(value, bool),
    "Is": lambda value: isinstance(value, bool),
    "Numeric": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "String": lambda value: isinstance(value, str),
    "Timestamp": lambda value: timestamps.parse(value) is not None,
}
"""What an operator's value is like, by the beginning of its name."""

Rule = dict[str, Any]


def problems(rule: Any, where: str, language: str) -> Iterator[Problem]:
    """Yield what is wrong with a rule."""
    if not isinstance(rule, dict):
        yield Problem("Expected value of type Object", where)
        return
    if "Next" not in rule:
        yield fields.missing("Next", where)
    yield from fields.of_type(rule, {"Next": str}, where)
    yield from fields.assigned(rule, where, language)
    if language == JSONATA:
        yield from fields.unknown(rule, OF_JSONATA, where)
        if "Condition" not in rule:
            yield fields.missing("Condition", where)
        elif not isinstance(rule["Condition"], bool) and not is_expression(rule["Condition"]):
            yield Problem("Expected value of type Boolean", f"{where}/Condition")
        return
    yield from _test({k: v for k, v in rule.items() if k not in BESIDE}, where)


def _test(rule: Rule, where: str) -> Iterator[Problem]:
    """Yield what is wrong with a comparison, or with several that are combined."""
    combined = [name for name in COMBINED if name in rule]
    if not combined:
        yield from _comparison(rule, where)
        return
    if len(rule) > 1:
        yield Problem(f"Only one of these fields may be given: [{', '.join(rule)}]", where)
        return
    (name,) = combined
    inner = rule[name] if name != "Not" else [rule[name]]
    if not isinstance(inner, list) or not inner:
        empty = "Value cannot be empty" if inner == [] else "Expected value of type Array"
        yield Problem(empty, f"{where}/{name}")
        return
    for number, one in enumerate(inner):
        place = f"{where}/{name}" + (f"[{number}]" if name != "Not" else "")
        if not isinstance(one, dict):
            yield Problem("Expected value of type Object", place)
        else:
            yield from _test({k: v for k, v in one.items() if k != "Comment"}, place)


def _comparison(rule: Rule, where: str) -> Iterator[Problem]:
    if "Variable" not in rule:
        yield fields.missing("Variable", where)
        return
    yield from fields.path(rule, "Variable", where)
    names = [name for name in rule if name != "Variable"]
    yield from fields.unknown(rule, {"Variable", *OPERATORS, *WITH_PATHS}, where)
    if len(names) != 1:
        text = "Exactly one comparison operator must be given"
        yield Problem(text, where)
        return
    (name,) = names
    if name in WITH_PATHS:
        yield from fields.path(rule, name, where)
    elif name in OPERATORS:
        kind = next(kind for kind in VALUES if name.startswith(kind))
        if not VALUES[kind](rule[name]):
            yield Problem(_expected(kind), f"{where}/{name}")


def _expected(kind: str) -> str:
    if kind == "Timestamp":
        return "String does not match RFC3339 timestamp"
    names = {"Is": "Boolean", "Numeric": "Number"}
    return f"Expected value of type {names.get(kind, kind)}"
