"""The names and values that a request gives for its expressions: found, and marked as used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.sandbox.services.dynamodb.expressions.nodes import Function, Name, Operand, Path, Value
from labkit.sandbox.services.dynamodb.expressions.tokens import ExpressionError

AttributeValue = Mapping[str, Any]
Steps = tuple[str | int, ...]

NO_NAME = (
    "An expression attribute name used in the document path is not defined; attribute name: {}"
)
NO_VALUE = "An expression attribute value used in expression is not defined; attribute value: {}"


class Placeholders:
    """What `#name` and `:value` stand for in one request.

    Attributes
    ----------
    used
        The placeholders that some expression has used.
    """

    def __init__(self, names: Mapping[str, str], values: Mapping[str, AttributeValue]) -> None:
        self._names = names
        self._values = values
        self.used: set[str] = set()

    def steps(self, path: Path) -> Steps:
        """Return a path's attribute names and indexes.

        Raises
        ------
        ExpressionError
            If a name is not defined.
        """
        return tuple(step if isinstance(step, int) else self._name(step) for step in path.steps)

    def value(self, value: Value) -> AttributeValue:
        """Return what a value stands for.

        Raises
        ------
        ExpressionError
            If it is not defined.
        """
        if value.name not in self._values:
            raise ExpressionError(NO_VALUE.format(value.name))
        self.used.add(value.name)
        return self._values[value.name]

    def type_of(self, operand: Operand) -> str | None:
        """Return the type of a value, such as "S"; None of a path or a function."""
        return next(iter(self.value(operand)), None) if isinstance(operand, Value) else None

    def _name(self, name: Name) -> str:
        if not name.is_placeholder:
            return name.text
        if name.text not in self._names:
            raise ExpressionError(NO_NAME.format(name.text))
        self.used.add(name.text)
        return self._names[name.text]


def shown(steps: Steps) -> str:
    """Write a path as AWS does in its texts: `[items, [0], price]`."""
    words = [f"[{step}]" if isinstance(step, int) else step for step in steps]
    return f"[{', '.join(words)}]"


def inside(operand: Operand) -> Iterator[Operand]:
    """Give an operand, and all that stands inside it."""
    yield operand
    if isinstance(operand, Function):
        for one in operand.operands:
            yield from inside(one)


def bare_names(operand: Operand) -> Iterator[str]:
    """Give the names in an operand that are written out."""
    for one in inside(operand):
        if isinstance(one, Path):
            yield from (
                step.text
                for step in one.steps
                if isinstance(step, Name) and not step.is_placeholder
            )
