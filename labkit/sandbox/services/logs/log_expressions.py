"""The expressions of Logs Insights: fields, comparisons, arithmetic, functions, aggregates.

An expression is compiled once and applied to records; what is missing in a record is None, and a
comparison with it does not hold.
Source: CloudWatch Logs User Guide, "Supported operations and functions".
"""

from __future__ import annotations

import datetime as dt
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from labkit.sandbox.services.logs.log_records import Field, Record

Value = Field | None
Evaluate = Callable[[Record], Value]
Aggregate = Callable[[Sequence[Record]], Value]

_TOKEN = re.compile(
    r"""\s*(?:(?P<span>\d+(?:ms|mo|s|m|h|d|w)\b)
           |(?P<number>\d+(?:\.\d+)?)
           |(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
           |`(?P<quoted>[^`]+)`
           |(?P<operator>=~|!=|<=|>=|[=<>+\-*/%^(),\[\]])
           |(?P<name>@?[A-Za-z_][\w.]*))""",
    re.VERBOSE,
)
_REGEX = re.compile(r"\s*/((?:[^/\\]|\\.)*)/(i?)")
_SPANS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
"""Milliseconds of each unit of a period of time."""

TIME = "@timestamp"
TIME_FORMAT = "%Y-%m-%d %H:%M:%S.%f"

_COMPARE: Mapping[str, Callable[[Field, Field], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CALCULATE: Sequence[Mapping[str, Callable[[float, float], float]]] = (
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": operator.truediv, "%": math.fmod},
    {"^": operator.pow},
)


class MalformedQueryError(ValueError):
    """A query that Logs Insights would refuse, or that the sandbox does not know."""


@dataclass(frozen=True)
class Expression:
    """A compiled expression: one of a record, or one of a group of records.

    Attributes
    ----------
    text
        As it was written: the column's name where there is no alias.
    of_record, of_group
        One of them is None.
    """

    text: str
    of_record: Evaluate | None = None
    of_group: Aggregate | None = None

    def one(self) -> Evaluate:
        """Return the function of a record; raise MalformedQueryError for an aggregate."""
        if self.of_record is None:
            raise MalformedQueryError(f"{self.text} stands only in stats")
        return self.of_record


class Reader:
    """Reads expressions from the text of one command."""

    def __init__(self, text: str) -> None:
        self._text = text.strip()
        self._at = 0

    @property
    def at_end(self) -> bool:
        """Whether everything has been read."""
        return not self._text[self._at :].strip()

    def word(self, *expected: str) -> str | None:
        """Read one of the words, in any case; return it in lower case, or None."""
        found = _TOKEN.match(self._text, self._at)
        if found and (found["name"] or found["operator"] or "").lower() in expected:
            self._at = found.end()
            return found[0].strip().lower()
        return None

    def name(self) -> str:
        """Read the name of a field."""
        kind, text = self._next()
        if kind not in ("name", "quoted"):
            raise MalformedQueryError(f"a field's name is expected, not {text!r}")
        return text

    def list_of(self) -> list[tuple[str, Expression]]:
        """Read `expression as name, …` up to `by` or the end; return names and expressions."""
        columns: list[tuple[str, Expression]] = []
        while not columns or self.word(","):
            expression = self.expression()
            columns.append((self.name() if self.word("as") else expression.text, expression))
        return columns

    def expression(self) -> Expression:
        """Read one expression."""
        begin = self._at
        found = self._or()
        return Expression(self._text[begin : self._at].strip(), found.of_record, found.of_group)

    def _or(self) -> Expression:
        found = self._and()
        while self.word("or"):
            found = _joined(found, self._and(), lambda a, b: bool(a) or bool(b))
        return found

    def _and(self) -> Expression:
        found = self._not()
        while self.word("and"):
            found = _joined(found, self._not(), lambda a, b: bool(a) and bool(b))
        return found

    def _not(self) -> Expression:
        if self.word("not"):
            return _joined(self._not(), _constant(None), lambda a, _: not a)
        return self._comparison()

    def _comparison(self) -> Expression:
        left = self._sum(0)
        if self.word("not"):
            sign = self.word("like", "in")
            return _joined(self._test(left, sign), _constant(None), lambda a, _: not a)
        return self._test(left, self.word("=~", "like", "in", *_COMPARE))

    def _test(self, left: Expression, sign: str | None) -> Expression:
        if sign is None:
            return left
        if sign in ("like", "=~"):
            return self._like(left)
        if sign == "in":
            return self._in(left)
        compare = _COMPARE[sign]
        return _joined(left, self._sum(0), lambda a, b: _compared(compare, a, b))

    def _like(self, left: Expression) -> Expression:
        if regex := _REGEX.match(self._text, self._at):
            self._at = regex.end()
            pattern = compile_regex(regex[1], regex[2])
        else:
            kind, text = self._next()
            if kind != "string":
                raise MalformedQueryError("like takes a text or a /pattern/")
            pattern = re.compile(re.escape(text))
        return _joined(
            left, _constant(None), lambda a, _: a is not None and bool(pattern.search(as_text(a)))
        )

    def _in(self, left: Expression) -> Expression:
        self._expect("[")
        chosen: list[Value] = []
        while not self.word("]"):
            if chosen:
                self._expect(",")
            chosen.append(self._sum(0).one()({}))
        return _joined(
            left, _constant(None), lambda a, _: any(_compared(operator.eq, a, b) for b in chosen)
        )

    def _sum(self, level: int) -> Expression:
        if level == len(_CALCULATE):
            return self._atom()
        found = self._sum(level + 1)
        while sign := self.word(*_CALCULATE[level]):
            calculate = _CALCULATE[level][sign]
            found = _joined(found, self._sum(level + 1), _calculated(calculate))
        return found

    def _atom(self) -> Expression:
        kind, text = self._next()
        if kind == "number":
            return _constant(float(text))
        if kind == "string":
            return _constant(text)
        if kind == "span":
            return _constant(float(span_ms(text)))
        if kind in ("name", "quoted"):
            if kind == "name" and self.word("("):
                return self._call(text.lower())
            return Expression(text, lambda record: record.get(text))
        if text == "(":
            found = self._or()
            self._expect(")")
            return found
        if text == "-":
            return _joined(_constant(0.0), self._atom(), _calculated(operator.sub))
        raise MalformedQueryError(f"unexpected {text!r}")

    def _call(self, name: str) -> Expression:
        if name == "count" and self.word("*"):
            self._expect(")")
            return Expression(name, of_group=lambda records: float(len(records)))
        given: list[Expression] = []
        while not self.word(")"):
            if given:
                self._expect(",")
            given.append(self._or())
        arguments = [argument.one() for argument in given]
        if name in _AGGREGATES or name in _OF_VALUES:
            return _aggregate(name, arguments)
        if name == "bin":
            arguments = [lambda record: record.get(TIME), *arguments]
        if name not in _FUNCTIONS:
            raise MalformedQueryError(f"there is no function {name} here")
        function = _FUNCTIONS[name]
        return Expression(name, lambda record: function(*(get(record) for get in arguments)))

    def _next(self) -> tuple[str, str]:
        found = _TOKEN.match(self._text, self._at)
        if not found:
            raise MalformedQueryError(f"unexpected {self._text[self._at :].strip() or 'end'!r}")
        self._at = found.end()
        kind = str(found.lastgroup)
        text = found[kind]
        return kind, re.sub(r"\\(.)", r"\1", text[1:-1]) if kind == "string" else text

    def _expect(self, sign: str) -> None:
        if not self.word(sign):
            raise MalformedQueryError(f"{sign!r} is missing in {self._text!r}")


def compile_regex(pattern: str, flags: str = "") -> re.Pattern[str]:
    """Compile a /pattern/, whose named groups are written `(?<name>…)`."""
    try:
        return re.compile(
            re.sub(r"\(\?<(?![=!])", "(?P<", pattern), re.IGNORECASE if flags == "i" else 0
        )
    except re.error as error:
        raise MalformedQueryError(f"/{pattern}/ is no regular expression: {error}") from None


def span_ms(text: str) -> int:
    """Return the milliseconds of a period of time such as `5m`."""
    found = re.fullmatch(r"(\d+)(ms|s|m|h|d|w)", text)
    if not found or not int(found[1]):
        raise MalformedQueryError(f"{text} is no period of time")
    return int(found[1]) * _SPANS[found[2]]


def as_text(value: Value) -> str:
    """Return a value as Logs Insights shows it; whole numbers have no decimals."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.4f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)


def as_number(value: Value) -> float | None:
    """Return a value as a number, if it is or reads as one."""
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def as_milliseconds(value: Value) -> float | None:
    """Return a time, shown or as a number, in milliseconds since 1970."""
    if (number := as_number(value)) is not None:
        return number
    try:
        parsed = dt.datetime.strptime(str(value), TIME_FORMAT)
    except ValueError:
        return None
    return round(parsed.replace(tzinfo=dt.UTC).timestamp() * 1000)


def as_time(milliseconds: float) -> str:
    """Return a time as Logs Insights shows it, in UTC."""
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC).strftime(TIME_FORMAT)[:-3]


def _constant(value: Value) -> Expression:
    return Expression("", lambda _: value)


def _joined(a: Expression, b: Expression, join: Callable[[Value, Value], Value]) -> Expression:
    """Join two expressions; with an aggregate, constants count for the whole group."""
    if a.of_record is not None and b.of_record is not None:
        left, right = a.of_record, b.of_record
        return Expression("", lambda record: join(left(record), right(record)))
    one, other = _of_group(a), _of_group(b)
    return Expression("", of_group=lambda records: join(one(records), other(records)))


def _of_group(expression: Expression) -> Aggregate:
    if expression.of_group is not None:
        return expression.of_group
    get = expression.one()
    return lambda records: get(records[0]) if records else get({})


def _compared(compare: Callable[[Field, Field], bool], a: Value, b: Value) -> bool:
    if a is None or b is None:
        return False
    numbers = as_number(a), as_number(b)
    if numbers[0] is not None and numbers[1] is not None:
        return compare(numbers[0], numbers[1])
    return compare(as_text(a), as_text(b))


def _calculated(calculate: Callable[[float, float], float]) -> Callable[[Value, Value], Value]:
    def apply(a: Value, b: Value) -> Value:
        one, other = as_number(a), as_number(b)
        if one is None or other is None:
            return None
        try:
            return calculate(one, other)
        except (ZeroDivisionError, OverflowError):
            return None

    return apply


def _floor_of_time(value: Value, span: Value) -> Value:
    at, step = as_milliseconds(value), as_number(span)
    return None if at is None or not step else as_time(at // step * step)


def _ceiling_of_time(value: Value, span: Value) -> Value:
    at, step = as_milliseconds(value), as_number(span)
    return None if at is None or not step else as_time(-(-at // step) * step)


def _number(function: Callable[[float], float]) -> Callable[..., Value]:
    """Make a function of a number one of a value: None of what is none, or has no result."""

    def apply(value: Value) -> Value:
        number = as_number(value)
        try:
            return None if number is None else function(number)
        except ValueError:
            return None

    return apply


def _text(function: Callable[..., Value]) -> Callable[..., Value]:
    return lambda value, *more: None if value is None else function(as_text(value), *more)


def _known(values: Iterable[Value]) -> list[Field]:
    return [value for value in values if value is not None]


def _numbers(values: Iterable[Value]) -> list[float]:
    return [number for number in map(as_number, values) if number is not None]


_FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "abs": _number(abs),
    "bin": _floor_of_time,
    "ceil": _number(lambda number: float(math.ceil(number))),
    "coalesce": lambda *values: next(iter(_known(values)), None),
    "concat": lambda *values: "".join(map(as_text, values)),
    "dateceil": _ceiling_of_time,
    "datefloor": _floor_of_time,
    "floor": _number(lambda number: float(math.floor(number))),
    "frommillis": _number(lambda number: number),
    "greatest": lambda *values: max(_numbers(values), default=None),
    "isblank": lambda value: not as_text(value).strip(),
    "isempty": lambda value: not as_text(value),
    "ispresent": lambda value: value is not None,
    "least": lambda *values: min(_numbers(values), default=None),
    "log": _number(math.log),
    "lower": _text(str.lower),
    "ltrim": _text(str.lstrip),
    "replace": _text(lambda text, old, new: text.replace(as_text(old), as_text(new))),
    "round": _number(lambda number: float(round(number))),
    "rtrim": _text(str.rstrip),
    "sqrt": _number(math.sqrt),
    "strcontains": _text(lambda text, part: float(as_text(part) in text)),
    "strlen": _text(lambda text: float(len(text))),
    "substr": _text(
        lambda text, start, length=None: text[int(start) :][
            : None if length is None else int(length)
        ]
    ),
    "tolower": _text(str.lower),
    "tomillis": as_milliseconds,
    "toupper": _text(str.upper),
    "trim": _text(str.strip),
    "upper": _text(str.upper),
}


def _percentile(numbers: Sequence[float], percent: float) -> float:
    """Return a percentile, interpolated between the nearest ranks."""
    ordered, rank = sorted(numbers), percent / 100 * (len(numbers) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (rank - low) * (ordered[high] - ordered[low])


def _deviation(numbers: Sequence[float]) -> float:
    mean = math.fsum(numbers) / len(numbers)
    return math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / len(numbers))


_AGGREGATES: Mapping[str, Callable[..., float]] = {
    "avg": lambda numbers: math.fsum(numbers) / len(numbers),
    "max": max,
    "median": lambda numbers: _percentile(numbers, 50),
    "min": min,
    "pct": _percentile,
    "stddev": _deviation,
    "sum": math.fsum,
}
"""Functions of the numbers of a group."""

_OF_VALUES = {"count", "count_distinct", "earliest", "latest"}
"""Functions of a group that are not of numbers."""


def _aggregate(name: str, given: list[Evaluate]) -> Expression:
    if len(given) != (2 if name == "pct" else 1) and not (name == "count" and not given):
        raise MalformedQueryError(f"{name} does not take {len(given)} fields")
    if name == "count" and not given:
        return Expression(name, of_group=lambda records: float(len(records)))
    get, more = given[0], [argument({}) for argument in given[1:]]

    def of_group(records: Sequence[Record]) -> Value:
        values = _known([get(record) for record in records])
        if name == "count":
            return float(len(values))
        if name == "count_distinct":
            return float(len(set(map(as_text, values))))
        if name in ("earliest", "latest"):
            pick = min if name == "earliest" else max
            having = [record for record in records if get(record) is not None]
            return get(pick(having, key=lambda record: record[TIME])) if having else None
        numbers = _numbers(values)
        return float(_AGGREGATES[name](numbers, *more)) if numbers else None

    return Expression(name, of_group=of_group)
