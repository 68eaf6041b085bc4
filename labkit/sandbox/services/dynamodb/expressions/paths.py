"""Reads what every kind of expression has: document paths, values and functions."""

from __future__ import annotations

from labkit.sandbox.services.dynamodb.expressions.nodes import Function, Name, Operand, Path, Value
from labkit.sandbox.services.dynamodb.expressions.tokens import Tokens

KEYWORDS = frozenset(["AND", "OR", "NOT", "BETWEEN", "IN"])
"""Words of a condition that cannot be a name there."""

SECTIONS = frozenset(["SET", "REMOVE", "ADD", "DELETE"])
"""Words of an update that cannot be a name there."""


def read_path(tokens: Tokens, keywords: frozenset[str]) -> Path:
    """Read a document path, such as `items[0].price`."""
    steps: list[Name | int] = [_name(tokens, keywords)]
    while tokens.next_is(".", "["):
        if tokens.take().text == ".":
            steps.append(_name(tokens, keywords))
        else:
            steps.append(int(tokens.take_kind("number")))
            tokens.take("]")
    return Path(tuple(steps))


def read_operand(tokens: Tokens, keywords: frozenset[str]) -> Operand:
    """Read a value, a function or a path, without parentheses around it."""
    if tokens.peek().kind == "value":
        return Value(tokens.take().text)
    if tokens.peek().kind == "name" and tokens.next_is("(", ahead=1):
        name = _name(tokens, keywords).text
        tokens.take("(")
        operands = tokens.separated(lambda: read_grouped(tokens, keywords))
        tokens.take(")")
        return Function(name, operands)
    return read_path(tokens, keywords)


def read_grouped(tokens: Tokens, keywords: frozenset[str]) -> Operand:
    """Read an operand that may stand in parentheses."""
    if not tokens.next_is("("):
        return read_operand(tokens, keywords)
    tokens.take()
    operand = read_operand(tokens, keywords)
    tokens.take(")")
    return operand


def _name(tokens: Tokens, keywords: frozenset[str]) -> Name:
    if tokens.next_is(*keywords):
        raise tokens.stop()
    return Name(tokens.take_kind("name"))
