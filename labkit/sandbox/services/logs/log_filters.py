"""CloudWatch Logs filter patterns, as FilterLogEvents and subscription filters take them.

AWS has three forms: terms (`ERROR -retry ?timeout ?refused`), JSON properties
(`{ $.orderId = "ord-1" && $.totalKRW > 20000 }`) and space-delimited fields (`[ip, ..., status]`).
MiniStack matches everything for JSON and is case-insensitive for terms; here the first two are
AWS's, with regular expressions (`%[45]\\d\\d%`), and the third is refused rather than guessed.
Source: CloudWatch Logs User Guide, "Filter pattern syntax", "Supported regular expressions (regex)
syntax"; what is said of a term's characters as others have recorded it on AWS.
"""

from __future__ import annotations

import base64
import functools
import json
import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.languages.regular_expressions import (
    Expression,
    ExpressionError,
    SlowExpressionError,
)

Matcher = Callable[[str], bool]
Predicate = Callable[[Any], bool]

MOST_EVENTS = 10_000
"""Events of one answer of FilterLogEvents (CloudWatch Logs API Reference)."""

INVALID_PATTERN = "Invalid filter pattern"
BAD_CHARACTERS = "Invalid character(s) in term '{}'"

_MISSING = object()
_TERM = re.compile(
    r"""(?P<sign>[-?]?)(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|%(?P<regex>[^%]+)%|(?P<word>\w+))(?=\s|$)"""
)
_NOT_OF_A_TERM = re.compile(r"[^\w\s]+")
_NOT_OF_A_REGEX = re.compile(r"[^\w:#=@/;,\-^$?\[\]{}|\\*+.]+")
MOST_REGEXES = 2
"""Regular expressions of one pattern (CloudWatch Logs API Reference, PutMetricFilter)."""

_TOKEN = re.compile(
    r"""\s*(?:(?P<selector>\$(?:\.[\w-]+|\[\d+\]|\['[^']*'\])+)
           |(?P<string>"(?:[^"\\]|\\.)*")
           |%(?P<regex>[^%]+)%
           |(?P<operator>&&|\|\||!=|>=|<=|=|>|<|\(|\)|\{|\})
           |(?P<word>[^\s()&|=<>!{}"]+))""",
    re.VERBOSE,
)
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]|\['([^']*)'\]")
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">": lambda found, limit: found > limit,
    ">=": lambda found, limit: found >= limit,
    "<": lambda found, limit: found < limit,
    "<=": lambda found, limit: found <= limit,
}


class InvalidPatternError(AwsError):
    """A filter pattern that CloudWatch Logs would refuse, or that the sandbox cannot match."""

    codes: ClassVar[Mapping[str, str]] = {"": "InvalidParameterException"}


async def page(request: Request) -> Response:
    """Answer one page of FilterLogEvents; its token says after which event the next one begins.

    Raises
    ------
    InvalidPatternError
        If the pattern or the token cannot be read.
    """
    given, passed = request.parameters, 0
    limit = min(int(given.get("limit") or MOST_EVENTS), MOST_EVENTS)
    changed: dict[str, Any] = {}
    if token := given.get("nextToken"):
        changed["startTime"], passed = _position(token)
    changed["limit"] = min(limit + passed, MOST_EVENTS)
    response = await request.forward(**changed)
    if response.status != 200:
        return response
    answer = json.loads(response.body)
    events = answer["events"]
    answer["events"] = found = events[passed : passed + limit]
    if found and len(events) == changed["limit"]:
        last = found[-1]["timestamp"]
        same = sum(event["timestamp"] == last for event in events)
        answer["nextToken"] = base64.b64encode(f"{last} {same}".encode()).decode()
    return response._replace(body=json.dumps(answer).encode())


def _position(token: str) -> tuple[int, int]:
    """Return the time of the last event that was given, in ms, and how many of that time were."""
    try:
        last, same = base64.b64decode(token, validate=True).split()
        return int(last), int(same)
    except ValueError:
        raise InvalidPatternError("The specified nextToken is invalid.") from None


def matches(pattern: str, message: str | None) -> bool:
    """Tell whether a message matches a pattern."""
    return compile_pattern(pattern)(message or "")


@functools.lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Matcher:
    """Return a function that says whether a message matches the pattern.

    Raises
    ------
    InvalidPatternError
        The pattern is malformed, or is of the space-delimited form.
    """
    pattern = (pattern or "").strip()
    if pattern.startswith("{"):
        return _json_matcher(pattern)
    if pattern.startswith("["):
        raise InvalidPatternError("The sandbox does not match space-delimited filter patterns.")
    return _term_matcher(pattern)


def _term_matcher(pattern: str) -> Matcher:
    by_sign: dict[str, list[Matcher]] = {"": [], "-": [], "?": []}
    position = 0
    while position < len(pattern):
        found = _TERM.match(pattern, position)
        if found is None:
            raise InvalidPatternError(_unreadable_term(pattern[position:]))
        by_sign[found["sign"]].append(_term(found))
        position = found.end() + len(re.match(r"\s*", pattern[found.end() :])[0])  # type: ignore[index]
    _check_number_of_regexes(len(re.findall(r"%[^%]+%", pattern)))
    required, excluded, optional = by_sign[""], by_sign["-"], by_sign["?"]

    def matches(message: str) -> bool:
        return (
            all(term(message) for term in required)
            and not any(term(message) for term in excluded)
            and (not optional or any(term(message) for term in optional))
        )

    return matches


def _term(found: re.Match[str]) -> Matcher:
    """Return what says whether a message has a term."""
    if found["regex"] is not None:
        wanted = _regex(found["regex"])
        return lambda message: _is_in(message, wanted)
    text = found["word"] if found["phrase"] is None else _unescaped(found["phrase"])
    return lambda message: text in message


def _unreadable_term(rest: str) -> str:
    """Return what AWS says of what begins with a term that cannot be read."""
    odd = _NOT_OF_A_TERM.search(rest.removeprefix("-").removeprefix("?"))
    return BAD_CHARACTERS.format(odd[0]) if odd else INVALID_PATTERN


def _is_in(text: str, wanted: Expression) -> bool:
    try:
        return wanted.search(text) is not None
    except SlowExpressionError as error:
        raise InvalidPatternError(f"In the sandbox, {error}.") from None


def _regex(text: str) -> Expression:
    """Return a regular expression between percent signs.

    Raises
    ------
    InvalidPatternError
        It has what CloudWatch Logs has not, such as parentheses, or cannot be read.
    """
    if odd := _NOT_OF_A_REGEX.search(text):
        raise InvalidPatternError(BAD_CHARACTERS.format(odd[0]))
    try:
        return Expression(text)
    except ExpressionError:
        raise InvalidPatternError(INVALID_PATTERN) from None


def _check_number_of_regexes(number: int) -> None:
    if number > MOST_REGEXES:
        raise InvalidPatternError(INVALID_PATTERN)


def _json_matcher(pattern: str) -> Matcher:
    holds = _Parser(pattern).parse()

    def matches(message: str) -> bool:
        try:
            record = json.loads(message)
        except ValueError:
            return False
        return isinstance(record, dict | list) and holds(record)

    return matches


class _Parser:
    """Reads `{ condition && (condition || …) }` into one predicate over a parsed message."""

    def __init__(self, pattern: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position = 0
        text = pattern.rstrip()
        while position < len(text):
            if not (found := _TOKEN.match(text, position)):
                raise InvalidPatternError(INVALID_PATTERN)
            self._tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            position = found.end()

        _check_number_of_regexes(sum(kind == "regex" for kind, _ in self._tokens))

    def parse(self) -> Predicate:
        self._expect("{")
        predicate = self._any()
        self._expect("}")
        if self._tokens:
            raise InvalidPatternError(INVALID_PATTERN)
        return predicate

    def _any(self) -> Predicate:
        parts = [self._all()]
        while self._accept("||"):
            parts.append(self._all())
        return lambda record: any(part(record) for part in parts)

    def _all(self) -> Predicate:
        parts = [self._condition()]
        while self._accept("&&"):
            parts.append(self._condition())
        return lambda record: all(part(record) for part in parts)

    def _condition(self) -> Predicate:
        if self._accept("("):
            inner = self._any()
            self._expect(")")
            return inner
        kind, selector = self._next()
        if kind != "selector":
            raise InvalidPatternError(INVALID_PATTERN)
        kind, operator = self._next()
        if kind == "word":
            return self._test_of_state(selector, operator)
        return _comparison(selector, operator, *self._next())

    def _test_of_state(self, selector: str, first: str) -> Predicate:
        words = (first.upper(), self._next()[1].upper())
        tests: dict[tuple[str, str], Predicate] = {
            ("IS", "NULL"): lambda value: value is None,
            ("IS", "TRUE"): lambda value: value is True,
            ("IS", "FALSE"): lambda value: value is False,
            ("NOT", "EXISTS"): lambda value: value is _MISSING,
        }
        if words not in tests:
            raise InvalidPatternError(INVALID_PATTERN)
        return lambda record: tests[words](_select(record, selector))

    def _next(self) -> tuple[str, str]:
        if not self._tokens:
            raise InvalidPatternError(INVALID_PATTERN)
        return self._tokens.pop(0)

    def _accept(self, operator: str) -> bool:
        if self._tokens and self._tokens[0] == ("operator", operator):
            self._tokens.pop(0)
            return True
        return False

    def _expect(self, operator: str) -> None:
        if not self._accept(operator):
            raise InvalidPatternError(INVALID_PATTERN)


def _comparison(selector: str, operator: str, kind: str, operand: str) -> Predicate:
    if kind == "operator":
        raise InvalidPatternError(INVALID_PATTERN)
    if kind == "regex":
        return _regex_comparison(selector, operator, _regex(operand))
    wanted = _unescaped(operand[1:-1]) if kind == "string" else operand
    number = None if kind == "string" else _number(operand)
    if operator in ("=", "!="):
        return lambda record: (
            (found := _select(record, selector)) is not _MISSING
            and _equals(found, wanted, number) is (operator == "=")
        )
    if operator not in _COMPARISONS or number is None:
        raise InvalidPatternError(INVALID_PATTERN)
    return lambda record: (
        (found := _number(_select(record, selector))) is not None
        and _COMPARISONS[operator](found, number)
    )


def _regex_comparison(selector: str, operator: str, wanted: Expression) -> Predicate:
    if operator not in ("=", "!="):
        raise InvalidPatternError(INVALID_PATTERN)
    return lambda record: (
        isinstance(found := _select(record, selector), str | int | float)
        and _is_in(str(found), wanted) is (operator == "=")
    )


def selectors(pattern: str) -> list[str]:
    """Return the selectors of a JSON pattern; none of another form."""
    if not pattern.lstrip().startswith("{"):
        return []
    return [found["selector"] for found in _TOKEN.finditer(pattern) if found["selector"]]


def _equals(found: Any, wanted: str, number: float | None) -> bool:
    if number is not None and _number(found) is not None:
        return _number(found) == number
    return isinstance(found, str) and fnmatchcase(found, wanted.replace("[", "[[]"))


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def selected(message: str, selector: str) -> Any:
    """Return what `$.a.b[0]` finds in a JSON message; None if it finds nothing."""
    try:
        found = _select(json.loads(message), selector)
    except ValueError:
        return None
    return None if found is _MISSING else found


def _select(record: Any, selector: str) -> Any:
    """Follow `$.a.b[0]` into a parsed message; `_MISSING` if it leads nowhere."""
    for name, index, quoted in _STEP.findall(selector):
        try:
            record = record[int(index)] if index else record[name or quoted]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return record


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)
