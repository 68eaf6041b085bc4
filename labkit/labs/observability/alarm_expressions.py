"""Computes a simple expression of CloudWatch's metric math for one moment, to see what it says.

Numbers, ids of metrics, + - * / ^, comparisons, AND, OR and some functions are known.
Source: CloudWatch User Guide, Using math expressions with CloudWatch metrics.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping

_OPERATORS: dict[type[ast.AST], Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda a, b: a / b if b else float("nan"),
    ast.BitXor: operator.pow,
    ast.USub: operator.neg,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {
    "IF": lambda condition, then, other=float("nan"): then if condition else other,
    "FILL": lambda metric, _: metric,
    "MAX": max,
    "MIN": min,
    "ABS": abs,
    "SUM": lambda metric: metric,
    "AVG": lambda metric: metric,
}
_WORDS = ((r"&&|\bAND\b", " and "), (r"\|\||\bOR\b", " or "))


def computed(expression: str, metrics: Mapping[str, float]) -> float:
    """Compute an expression where its metrics have these values; a division by zero is no number.

    Raises
    ------
    ValueError
        It cannot be read, or has something that is not computed here.
    """
    for pattern, word in _WORDS:
        expression = re.sub(pattern, word, expression)
    try:
        return float(_value(ast.parse(expression.strip(), mode="eval").body, metrics))
    except (SyntaxError, TypeError) as error:
        raise ValueError(f"{expression!r} cannot be computed") from error


def _value(node: ast.expr, metrics: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.Name(id=name) if name in metrics:
            return metrics[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left, metrics), _value(right, metrics))
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _OPERATORS:
            return _OPERATORS[type(op)](_value(left, metrics), _value(right, metrics))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, metrics)
        case ast.BoolOp(op=op, values=values):
            given = [bool(_value(one, metrics)) for one in values]
            return all(given) if isinstance(op, ast.And) else any(given)
        case ast.Call(func=ast.Name(id=name), args=[*_] as args) if name.upper() in _FUNCTIONS:
            return _FUNCTIONS[name.upper()](*(_argument(one, metrics) for one in args))
    raise ValueError(f"{ast.unparse(node)} is not computed here")


def _argument(node: ast.expr, metrics: Mapping[str, float]) -> float:
    """Compute an argument: FILL's second may be a word, SUM's is a list."""
    match node:
        case ast.Name(id="REPEAT" | "LINEAR"):
            return 0.0
        case ast.List(elts=[only]):
            return _value(only, metrics)
    return _value(node, metrics)
