"""What a key condition may say, beyond what every condition may.

MiniStack looks at its words one by one and takes OR, or any function, for a condition on the key.
Source of the texts: as in `expressions`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from labkit.sandbox.services.dynamodb.expressions.condition_rules import tests_of
from labkit.sandbox.services.dynamodb.expressions.nodes import (
    Condition,
    Function,
    Group,
    Name,
    Path,
    Test,
)
from labkit.sandbox.services.dynamodb.expressions.placeholders import inside

OPERATOR = "Invalid operator used in KeyConditionExpression: {}"
NESTED = "KeyConditionExpressions cannot contain nested operations"
NO_KEY = "Invalid condition in KeyConditionExpression: No key attribute specified"
FIRST = (
    "Invalid condition in KeyConditionExpression: {} operator must have the key attribute "
    "as its first operand"
)
MANY = "Invalid condition in KeyConditionExpression: Multiple attribute names used in one condition"
FILTER = "Filter Expression can only contain non-primary key attributes: Primary key attribute: {}"
PATH = "KeyConditionExpressions cannot have conditions on nested attributes"


def problem(condition: Condition) -> str | None:
    """Return what AWS says of a key condition; None if nothing is wrong."""
    return next(_problems(condition), None)


def filtered_key(
    condition: Condition, keys: Collection[str], names: Mapping[str, str]
) -> str | None:
    """Return what AWS says of a filter that names a key; None if it names none."""
    for test in tests_of(condition):
        for operand in (one for whole in test.operands for one in inside(whole)):
            if isinstance(operand, Path) and isinstance(operand.steps[0], Name):
                name = operand.steps[0].text
                if names.get(name, name) in keys:
                    return FILTER.format(names.get(name, name))
    return None


def _problems(condition: Condition) -> Iterator[str]:
    for group in _groups(condition):
        if group.operator != "AND":
            yield OPERATOR.format(group.operator)
    for test in tests_of(condition):
        yield from _test_problems(test)


def _groups(condition: Condition) -> Iterator[Group]:
    if isinstance(condition, Group):
        yield condition
        for one in condition.conditions:
            yield from _groups(one)


def _test_problems(test: Test) -> Iterator[str]:
    operands = test.operands
    if test.operator in ("<>", "IN"):
        yield OPERATOR.format(test.operator)
    if test.operator == "function":
        function = operands[0]
        assert isinstance(function, Function)
        if function.name != "begins_with":
            yield OPERATOR.format(function.name)
        operands = function.operands
    if any(isinstance(one, Function) for one in operands):
        yield NESTED
    yield from _path_problems(test, [one for one in operands if isinstance(one, Path)])
    if test.operator in ("function", "BETWEEN") and not isinstance(operands[0], Path):
        yield FIRST.format("begins_with" if test.operator == "function" else test.operator)


def _path_problems(test: Test, paths: list[Path]) -> Iterator[str]:
    if len(paths) > 1:
        yield MANY
    if any(len(path.steps) > 1 for path in paths):
        yield PATH
    if not paths:
        yield NO_KEY
