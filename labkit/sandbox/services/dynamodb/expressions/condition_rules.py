"""What AWS refuses of a condition that it can read."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from labkit.sandbox.services.dynamodb.expressions import rules
from labkit.sandbox.services.dynamodb.expressions.nodes import (
    Condition,
    Function,
    Group,
    Operand,
    Path,
    Test,
    Value,
)
from labkit.sandbox.services.dynamodb.expressions.placeholders import (
    AttributeValue,
    Placeholders,
    inside,
    shown,
)
from labkit.sandbox.services.dynamodb.expressions.tokens import ExpressionError

FUNCTIONS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}
"""By function: how many operands it takes."""

ORDERED = ("<", "<=", ">", ">=", "BETWEEN")
ORDERED_TYPES = frozenset(["S", "N", "B"])
TEXT_TYPES = frozenset(["S", "B"])
SIZED_TYPES = frozenset(["S", "B", "SS", "NS", "BS", "L", "M"])
TYPE_NAMES = ("B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M")

MOST_OF_IN = 100
"""Operands of IN. Source: Developer Guide, "Quotas", "Expression parameters"."""

MANY_OF_IN = "The IN operator is provided with too many operands; number of operands: {}"
MISUSED = "The function is not allowed to be used this way in an expression; function: {}"
SAME = (
    "The first operand must be distinct from the remaining operands for this operator or function; "
    "operator: {}, first operand: {}"
)
NO_TYPE = (
    "Invalid attribute type name found; type: {}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}"
)
BOUNDS = (
    "; lower bound operand: AttributeValue: {{{}:{}}}, "
    "upper bound operand: AttributeValue: {{{}:{}}}"
)
BOUND_TYPES = "The BETWEEN operator requires same data type for lower and upper bounds"
BOUND_ORDER = "The BETWEEN operator requires upper bound to be greater than or equal to lower bound"


def check(condition: Condition, placeholders: Placeholders) -> None:
    """Refuse a condition in the order that AWS does.

    Raises
    ------
    ExpressionError
        With the first thing that is wrong.
    """
    tests = list(tests_of(condition))
    for test in tests:
        for function in _functions(test):
            rules.known(function, FUNCTIONS)
    for test in tests:
        _check_uses(test)
    for test in tests:
        rules.not_reserved(test.operands)
    for test in tests:
        _check_test(test, placeholders)


def tests_of(condition: Condition) -> Iterator[Test]:
    """Give the simple conditions of a condition, from left to right."""
    if isinstance(condition, Group):
        for one in condition.conditions:
            yield from tests_of(one)
    else:
        yield condition


def _functions(test: Test) -> Iterator[Function]:
    for operand in test.operands:
        yield from (one for one in inside(operand) if isinstance(one, Function))


def _check_uses(test: Test) -> None:
    """Refuse a function where a condition has to be, and a condition where an operand has to be."""
    alone = test.operator == "function"
    for operand in test.operands:
        for one in inside(operand):
            if isinstance(one, Function) and (one.name == "size") == (alone and one is operand):
                raise ExpressionError(MISUSED.format(one.name))


def _check_test(test: Test, placeholders: Placeholders) -> None:
    _resolve(test, placeholders)
    if test.operator == "IN" and len(test.operands) - 1 > MOST_OF_IN:
        raise ExpressionError(MANY_OF_IN.format(len(test.operands) - 1))
    for function in _functions(test):
        rules.counted(function, FUNCTIONS)
    for operator, operands in _operations(test):
        _check_distinct(operator, operands, placeholders)
    for function in _functions(test):
        _check_operands(function, placeholders)
    if test.operator in ORDERED:
        rules.typed(test.operator, test.operands, ORDERED_TYPES, placeholders)
    if test.operator == "BETWEEN":
        _check_bounds(test, placeholders)


def _resolve(test: Test, placeholders: Placeholders) -> None:
    """Refuse what is not defined, in the order that it is written in."""
    for operand in test.operands:
        for one in inside(operand):
            if isinstance(one, Path):
                placeholders.steps(one)
            elif isinstance(one, Value):
                placeholders.value(one)


def _operations(test: Test) -> Iterator[tuple[str, tuple[Operand, ...]]]:
    if test.operator not in ("function", "BETWEEN", "IN"):
        yield test.operator, test.operands
    for function in _functions(test):
        yield function.name, function.operands


def _check_distinct(
    operator: str, operands: tuple[Operand, ...], placeholders: Placeholders
) -> None:
    paths = [placeholders.steps(one) for one in operands if isinstance(one, Path)]
    if len(paths) == 2 and paths[0] == paths[1]:
        raise ExpressionError(SAME.format(operator, shown(paths[0])))


def _check_operands(function: Function, placeholders: Placeholders) -> None:
    operands = function.operands
    if function.name in ("attribute_exists", "attribute_not_exists"):
        rules.on_a_path(function)
    elif function.name == "begins_with":
        rules.typed(function.name, operands, TEXT_TYPES, placeholders)
    elif function.name == "size":
        rules.typed(function.name, operands, SIZED_TYPES, placeholders)
    elif function.name == "attribute_type":
        _check_type_name(operands[1], placeholders)


def _check_type_name(operand: Operand, placeholders: Placeholders) -> None:
    if not isinstance(operand, Value):
        raise ExpressionError(rules.TYPE.format("attribute_type", "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"))
    rules.typed("attribute_type", [operand], frozenset(["S"]), placeholders)
    if (name := placeholders.value(operand)["S"]) not in TYPE_NAMES:
        raise ExpressionError(NO_TYPE.format(name))


def _check_bounds(test: Test, placeholders: Placeholders) -> None:
    _, low, high = test.operands
    if not (isinstance(low, Value) and isinstance(high, Value)):
        return
    (low_type, lower), (high_type, upper) = (
        next(iter(placeholders.value(bound).items())) for bound in (low, high)
    )
    bounds = BOUNDS.format(low_type, lower, high_type, upper)
    if low_type != high_type:
        raise ExpressionError(BOUND_TYPES + bounds)
    if _comparable({low_type: lower}) > _comparable({high_type: upper}):
        raise ExpressionError(BOUND_ORDER + bounds)


def _comparable(value: AttributeValue) -> Any:
    return Decimal(value["N"]) if "N" in value else next(iter(value.values()))
