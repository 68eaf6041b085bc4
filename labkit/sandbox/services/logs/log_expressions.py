"""The expressions of Logs Insights: fields, comparisons, arithmetic, functions, aggregates.

An expression is compiled once and applied to records; what is missing in a record is None, and a
comparison with it does not hold.
Source: CloudWatch Logs User Guide, "Supported operations and functions".
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from labkit.sandbox.services.logs.log_functions import (
    AGGREGATES,
    FUNCTIONS,
    OF_VALUES,
    known,
    numbers_of,
    takes,
    value_of,
)
from labkit.sandbox.services.logs.log_records import Field, Record
from labkit.sandbox.services.logs.log_values import (
    SPAN,
    TIME,
    MalformedQueryError,
    Value,
    as_milliseconds,
    as_number,
    as_text,
    compile_regex,
    sort_key,
    span_ms,
)

Evaluate = Callable[[Record], Value]
Aggregate = Callable[[Sequence[Record], Record], Value]
"""Takes a group's records, and the columns that are known of it: its keys, earlier aggregates."""

_TOKEN = re.compile(
    rf"""\s*(?:(?P<span>{SPAN})
           |(?P<number>\d+(?:\.\d+)?)
           |(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
           |`(?P<quoted>[^`]+)`
           |(?P<operator>=~|==|!=|<=|>=|[=<>+\-*/%^(),\[\]])
           |(?P<name>@?[A-Za-z_][\w.]*))""",
    re.VERBOSE,
)
_REGEX = re.compile(r"\s*/((?:[^/\\]|\\.)*)/(i?)")

_COMPARE: Mapping[str, Callable[[Field, Field], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
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


@dataclass(frozen=True)
class Expression:
    """A compiled expression: one of a record, or one of a group of records.

    Attributes
    ----------
    text
        As it was written: the column's name where there is no alias.
    of_record, of_group
        One of them is None.
    fields
        The fields that it names outside of aggregates.
    """

    text: str
    of_record: Evaluate | None = None
    of_group: Aggregate | None = None
    fields: frozenset[str] = frozenset()

    def one(self) -> Evaluate:
        """Return the function of a record; raise MalformedQueryError for an aggregate."""
        if self.of_record is None:
            raise MalformedQueryError(f"{self.text} stands only in stats")
        return self.of_record

    def group(self) -> Aggregate:
        """Return the function of a group; of a record's, that of the group's columns."""
        if self.of_group is not None:
            return self.of_group
        get = self.one()
        return lambda _, columns: get(columns)


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
            own = re.sub(r"^`([^`]+)`$", r"\1", expression.text)
            columns.append((self.name() if self.word("as") else own, expression))
        return columns

    def expression(self) -> Expression:
        """Read one expression."""
        begin = self._at
        found = self._or()
        return replace(found, text=self._text[begin : self._at].strip())

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
            pattern = compile_regex(re.escape(text))
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
            return Expression(text, lambda record: record.get(text), fields=frozenset([text]))
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
            return Expression(name, of_group=lambda records, _: float(len(records)))
        given: list[Expression] = []
        while not self.word(")"):
            if given:
                self._expect(",")
            given.append(self._or())
        if name in FUNCTIONS and not takes(name, len(given)):
            raise MalformedQueryError(f"{name} does not take {len(given)} arguments")
        if name in FUNCTIONS and any(argument.of_group for argument in given):
            return _applied(name, [argument.group() for argument in given], given)
        arguments = [argument.one() for argument in given]
        if name in AGGREGATES or name in OF_VALUES:
            return _aggregate(name, arguments)
        if name == "bin":
            arguments = [lambda record: record.get(TIME), *arguments]
        if name not in FUNCTIONS:
            raise MalformedQueryError(f"there is no function {name} here")
        fields = frozenset[str]().union(*(one.fields for one in given))
        return Expression(
            name, lambda record: value_of(name, [get(record) for get in arguments]), fields=fields
        )

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


def _constant(value: Value) -> Expression:
    return Expression("", lambda _: value)


def _joined(a: Expression, b: Expression, join: Callable[[Value, Value], Value]) -> Expression:
    """Join two expressions; one with an aggregate is of the group."""
    fields = a.fields | b.fields
    if a.of_record is not None and b.of_record is not None:
        left, right = a.of_record, b.of_record
        return Expression("", lambda record: join(left(record), right(record)), fields=fields)
    one, other = a.group(), b.group()
    return Expression(
        "",
        of_group=lambda records, row: join(one(records, row), other(records, row)),
        fields=fields,
    )


def _applied(name: str, arguments: list[Aggregate], given: list[Expression]) -> Expression:
    """Apply a function to aggregates, as in `floor(avg(ms))`."""
    fields = frozenset[str]().union(*(one.fields for one in given))
    return Expression(
        name,
        of_group=lambda records, row: value_of(name, [get(records, row) for get in arguments]),
        fields=fields,
    )


def _compared(compare: Callable[[Field, Field], bool], a: Value, b: Value) -> bool:
    if a is None or b is None:
        return False
    numbers = as_number(a), as_number(b)
    if numbers.count(None) == 1:  # a time is compared with a number in milliseconds
        numbers = as_milliseconds(a), as_milliseconds(b)
    if numbers[0] is not None and numbers[1] is not None:
        return compare(numbers[0], numbers[1])
    return compare(as_text(a), as_text(b))


def _calculated(calculate: Callable[[float, float], float]) -> Callable[[Value, Value], Value]:
    def apply(a: Value, b: Value) -> Value:
        one, other = as_milliseconds(a), as_milliseconds(b)
        if one is None or other is None:
            return None
        try:
            return calculate(one, other)
        except (ZeroDivisionError, OverflowError):
            return None

    return apply


def _aggregate(name: str, given: list[Evaluate]) -> Expression:
    if len(given) != (2 if name in ("pct", "percentile") else 1) and (name != "count" or given):
        raise MalformedQueryError(f"{name} does not take {len(given)} fields")
    if not given:
        return Expression(name, of_group=lambda records, _: float(len(records)))
    get, more = given[0], [as_number(argument({})) for argument in given[1:]]
    if any(percent is None or not 0 <= percent <= 100 for percent in more):
        raise MalformedQueryError(f"{name} takes a number from 0 to 100")

    def of_group(records: Sequence[Record], _: Record) -> Value:
        values = known([get(record) for record in records])
        if name == "count":
            return float(len(values))
        if name == "count_distinct":
            return float(len(set(map(as_text, values))))
        if name in ("sortsfirst", "sortslast"):
            return (min if name == "sortsfirst" else max)(values, key=sort_key, default=None)
        if name in ("earliest", "latest"):
            pick = min if name == "earliest" else max
            having = [record for record in records if get(record) is not None]
            return get(pick(having, key=lambda record: record[TIME])) if having else None
        numbers = numbers_of(values)
        return float(AGGREGATES[name](numbers, *more)) if numbers else None

    return Expression(name, of_group=of_group)
