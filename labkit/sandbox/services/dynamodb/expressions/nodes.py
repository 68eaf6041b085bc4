"""What an expression is made of once it is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Name:
    """One attribute name of a path, as written: `total`, or `#total` to be looked up."""

    text: str

    @property
    def is_placeholder(self) -> bool:
        """Whether it stands for a name of ExpressionAttributeNames."""
        return self.text.startswith("#")


@dataclass(frozen=True)
class Path:
    """A document path; list indexes are integers."""

    steps: tuple[Name | int, ...]


@dataclass(frozen=True)
class Value:
    """A value of ExpressionAttributeValues, as written, with its colon."""

    name: str


@dataclass(frozen=True)
class Function:
    """A function, or `+` or `-` in an update, and what it is called with."""

    name: str
    operands: tuple[Operand, ...]


Operand = Path | Value | Function


@dataclass(frozen=True)
class Test:
    """One simple condition: a comparison, BETWEEN, IN, or a function alone.

    Attributes
    ----------
    operator
        "=", "<>", "<", "<=", ">", ">=", "BETWEEN", "IN" or "function".
    operands
        In the order that they are written in; for "function" the function itself.
    """

    operator: str
    operands: tuple[Operand, ...]


@dataclass(frozen=True)
class Group:
    """Conditions joined by AND or OR, or one behind NOT.

    Attributes
    ----------
    operator
        "AND", "OR" or "NOT".
    """

    operator: str
    conditions: tuple[Condition, ...]


Condition = Test | Group


@dataclass(frozen=True)
class Action:
    """One action of an update.

    Attributes
    ----------
    section
        "SET", "REMOVE", "ADD" or "DELETE".
    value
        What is set, added or deleted; None for REMOVE.
    """

    section: str
    path: Path
    value: Operand | None = None


@dataclass(frozen=True)
class Update:
    """An update: its actions, and its sections in the order that they are written in."""

    actions: tuple[Action, ...]
    sections: tuple[str, ...]
