"""CloudWatch metric math: expressions over time series.

Operators `+ - * / ^`, comparisons, AND and OR; functions of one series, of several, and FILL, IF,
RATE, DIFF, PERIOD. A point that lacks an operand, or would be divided by zero, is left out.
Source: CloudWatch User Guide, "Using math expressions with CloudWatch metrics".
"""

from __future__ import annotations

import itertools
import math
import operator
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Series = dict[int, float]
"""Values by the beginning of their period, in seconds since 1970."""

Value = float | str | Series | list[Series]

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)
           |(?P<name>[A-Za-z_]\w*)
           |(?P<string>"[^"]*"|'[^']*')
           |(?P<operator>==|!=|<=|>=|&&|\|\||[-+*/^()<>,\[\]]))""",
    re.VERBOSE,
)
_WORDS = {"AND": "&&", "OR": "||"}
_LEVELS: Sequence[Mapping[str, Callable[[float, float], float]]] = (
    {"||": lambda a, b: float(bool(a) or bool(b))},
    {"&&": lambda a, b: float(bool(a) and bool(b))},
    {
        "==": lambda a, b: float(a == b),
        "!=": lambda a, b: float(a != b),
        "<": lambda a, b: float(a < b),
        ">": lambda a, b: float(a > b),
        "<=": lambda a, b: float(a <= b),
        ">=": lambda a, b: float(a >= b),
    },
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": operator.truediv},
    {"^": operator.pow},
)
"""Operators from the loosest to the tightest."""

_OVER_MANY: Mapping[str, Callable[[list[float]], float]] = {
    "AVG": lambda values: math.fsum(values) / len(values),
    "MAX": max,
    "MIN": min,
    "STDDEV": statistics.pstdev,
    "SUM": math.fsum,
}
"""Of one series they make a number, of several one series."""

_POINT_BY_POINT: Mapping[str, Callable[[float], float]] = {
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG": math.log,
    "LOG10": math.log10,
}


class ExpressionError(ValueError):
    """An expression that CloudWatch would refuse, or that the sandbox does not know."""


@dataclass(frozen=True)
class Scene:
    """What an expression is evaluated in.

    Attributes
    ----------
    look_up
        Gives the value of an id; raises `ExpressionError` for one that there is not.
    metrics
        Gives the series of every metric whose id holds a text.
    period
        Seconds of one period.
    times
        Every period that was asked for, in order.
    """

    look_up: Callable[[str], Value]
    metrics: Callable[[str], list[Series]]
    period: int
    times: Sequence[int]


def evaluate(expression: str, scene: Scene) -> list[Series]:
    """Return the series that an expression stands for; a number becomes a constant series.

    Raises
    ------
    ExpressionError
        The expression is malformed, or uses what is not known.
    """
    value = _Parser(expression, scene).parse()
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [value]
    if isinstance(value, str):
        raise ExpressionError("an expression cannot be a text")
    return [dict.fromkeys(scene.times, value)]


class _Parser:
    """Reads and evaluates at once: an expression is evaluated only once."""

    def __init__(self, text: str, scene: Scene) -> None:
        self._scene = scene
        self._tokens: list[tuple[str, str]] = []
        position, text = 0, text.strip()
        while position < len(text):
            if not (found := _TOKEN.match(text, position)):
                raise ExpressionError(f"unexpected {text[position:]!r}")
            kind = str(found.lastgroup)
            word = found[kind]
            if kind == "name" and word.upper() in _WORDS:
                kind, word = "operator", _WORDS[word.upper()]
            self._tokens.append((kind, word))
            position = found.end()

    def parse(self) -> Value:
        value = self._level(0)
        if self._tokens:
            raise ExpressionError(f"unexpected {self._tokens[0][1]!r}")
        return value

    def _level(self, number: int) -> Value:
        if number == len(_LEVELS):
            return self._unary()
        value = self._level(number + 1)
        while self._tokens and self._tokens[0][1] in _LEVELS[number]:
            _, sign = self._tokens.pop(0)
            value = _combine(_LEVELS[number][sign], value, self._level(number + 1))
        return value

    def _unary(self) -> Value:
        if self._accept("-"):
            return _combine(operator.sub, 0.0, self._unary())
        return self._atom()

    def _atom(self) -> Value:
        kind, text = self._tokens.pop(0) if self._tokens else ("end", "the end")
        if kind == "number":
            return float(text)
        if kind == "string":
            return text[1:-1]
        if kind == "name":
            if self._accept("("):
                return self._call(text.upper(), self._until(")"))
            return text if text in ("LINEAR", "REPEAT") else self._scene.look_up(text)
        if text == "(":
            value = self._level(0)
            self._expect(")")
            return value
        if text == "[":
            return [_series(value) for value in self._until("]")]
        raise ExpressionError(f"unexpected {text!r}")

    def _until(self, end: str) -> list[Value]:
        values: list[Value] = []
        while not self._accept(end):
            if values:
                self._expect(",")
            values.append(self._level(0))
        return values

    def _accept(self, sign: str) -> bool:
        if self._tokens and self._tokens[0] == ("operator", sign):
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._accept(sign):
            raise ExpressionError(f"{sign!r} is missing")

    def _call(self, name: str, given: list[Value]) -> Value:
        if name in _OVER_MANY and len(given) == 1:
            return _over_many(_OVER_MANY[name], given[0])
        if name in _POINT_BY_POINT and len(given) == 1:
            return _combine(lambda a, _: float(_POINT_BY_POINT[name](a)), given[0], 0.0)
        if name == "METRICS" and len(given) <= 1:
            return self._scene.metrics(str(given[0]) if given else "")
        if name == "PERIOD" and len(given) == 1:
            return float(self._scene.period)
        if name == "FILL" and len(given) == 2:
            return _each(given[0], lambda series: _fill(series, given[1], self._scene.times))
        if name == "IF" and len(given) in (2, 3):
            return _if(*given)
        if name in _OVER_TIME and len(given) == 1:
            return _each(given[0], _OVER_TIME[name])
        raise ExpressionError(f"{name} with {len(given)} arguments is not known here")


def _combine(function: Callable[[float, float], float], a: Value, b: Value) -> Value:
    """Apply `function` point by point; a number counts at every point."""
    if isinstance(a, str) or isinstance(b, str):
        raise ExpressionError("a text cannot be calculated with")
    if isinstance(a, list):
        return [_series(_combine(function, one, b)) for one in a]
    if isinstance(b, list):
        return [_series(_combine(function, a, one)) for one in b]
    if isinstance(a, dict):
        times = a.keys() & b.keys() if isinstance(b, dict) else a.keys()
    elif isinstance(b, dict):
        times = b.keys()
    else:
        return _defined(function, a, b) or 0.0
    points = {
        at: _defined(function, _at(a, at), _at(b, at)) for at in sorted(times)
    }  # fmt: skip
    return {at: value for at, value in points.items() if value is not None}


def _defined(function: Callable[[float, float], float], a: float, b: float) -> float | None:
    try:
        return function(a, b)
    except (ZeroDivisionError, ValueError, OverflowError):
        return None


def _at(value: Series | float, time: int) -> float:
    return value[time] if isinstance(value, dict) else value


def _series(value: Value) -> Series:
    if isinstance(value, dict):
        return value
    raise ExpressionError("a time series is needed")


def _each(value: Value, function: Callable[[Series], Series]) -> Value:
    if isinstance(value, list):
        return [function(series) for series in value]
    return function(_series(value))


def _over_many(function: Callable[[list[float]], float], value: Value) -> Value:
    if isinstance(value, list):
        times = sorted(set().union(*value))
        return {at: function([series[at] for series in value if at in series]) for at in times}
    series = _series(value)
    return function(list(series.values())) if series else 0.0


def _fill(series: Series, filler: Value, times: Sequence[int]) -> Series:
    filled: Series = {}
    for at in times:
        if at in series:
            filled[at] = series[at]
        elif isinstance(filler, float):
            filled[at] = filler
        elif isinstance(filler, dict) and at in filler:
            filled[at] = filler[at]
        elif (between := _between(series, at, filler)) is not None:
            filled[at] = between
    return filled


def _between(series: Series, at: int, way: Value) -> float | None:
    """Return what REPEAT or LINEAR put where a point is missing; None before the first one."""
    before = max((time for time in series if time < at), default=None)
    after = min((time for time in series if time > at), default=None)
    if before is None:
        return None
    if way == "REPEAT":
        return series[before]
    if way != "LINEAR" or after is None:
        return None
    share = (at - before) / (after - before)
    return series[before] + share * (series[after] - series[before])


def _if(condition: Value, then: Value, otherwise: Value | None = None) -> Value:
    if not isinstance(condition, dict):
        return then if condition else ({} if otherwise is None else otherwise)
    chosen: Series = {}
    for at, holds in condition.items():
        branch = then if holds else otherwise
        if isinstance(branch, float):
            chosen[at] = branch
        elif isinstance(branch, dict) and at in branch:
            chosen[at] = branch[at]
    return chosen


def _rate(series: Series) -> Series:
    times = sorted(series)
    return {
        after: (series[after] - series[before]) / (after - before)
        for before, after in itertools.pairwise(times)
    }


def _difference(series: Series) -> Series:
    times = sorted(series)
    pairs = itertools.pairwise(times)
    return {after: series[after] - series[before] for before, after in pairs}


def _running_sum(series: Series) -> Series:
    total, summed = 0.0, {}
    for at in sorted(series):
        total += series[at]
        summed[at] = total
    return summed


_OVER_TIME: Mapping[str, Callable[[Series], Series]] = {
    "DIFF": _difference,
    "RATE": _rate,
    "RUNNING_SUM": _running_sum,
}
