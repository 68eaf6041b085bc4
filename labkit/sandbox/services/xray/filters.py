"""Filter expressions, by which traces are searched.

Source: X-Ray Developer Guide, "Using filter expressions".
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labkit.sandbox.services.xray.summaries import Seen, flags

TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    |(?P<number>-?\d+(?:\.\d+)?)
    |(?P<operator><=|>=|!=|==|=|<|>|!|\(|\)|\{|\}|,|\[|\])
    |(?P<word>[A-Za-z_][A-Za-z0-9_.:/-]*))""",
    re.VERBOSE,
)

FLAGS = ("ok", "error", "fault", "throttle", "partial", "inferred", "first", "last", "root")
NUMBERS = ("responsetime", "duration", "http.status")
TEXTS = ("http.url", "http.method", "http.useragent", "http.clientip", "user", "name", "type")

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
WORDS: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda value, part: part in value,
    "beginswith": str.startswith,
    "endswith": str.endswith,
}

Predicate = Callable[[Seen], bool]


class FilterError(ValueError):
    """An expression that X-Ray would refuse, or that the sandbox does not know."""


def compile_filter(expression: str) -> Predicate:
    """Return what tells whether a trace, a service of it or an edge fits an expression.

    Raises
    ------
    FilterError
        If the expression cannot be read.
    """
    reader = _Reader(list(_tokens(expression)))
    predicate = reader.any_of()
    if reader.here:
        raise FilterError(f"Invalid filter expression: {reader.here} is not expected")
    return predicate


def _tokens(expression: str) -> Iterator[str]:
    at = 0
    while expression[at:].strip():
        found = TOKEN.match(expression, at)
        if found is None:
            raise FilterError(f"Invalid filter expression at {expression[at:].strip()!r}")
        yield found[0].strip()
        at = found.end()


class _Reader:
    """Reads tokens by recursive descent."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens

    @property
    def here(self) -> str:
        """The next token; empty at the end."""
        return self._tokens[0] if self._tokens else ""

    def any_of(self) -> Predicate:
        """Read parts of which one has to fit."""
        parts = [self._all_of()]
        while self._takes("or"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else lambda seen: any(part(seen) for part in parts)

    def _all_of(self) -> Predicate:
        parts = [self._one()]
        while self.here and self.here not in (")", "}", ",") and self.here.lower() != "or":
            self._takes("and")
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda seen: all(part(seen) for part in parts)

    def _one(self) -> Predicate:
        if self._takes("!"):
            refused = self._one()
            return lambda seen: not refused(seen)
        if self._takes("("):
            within = self.any_of()
            self._needs(")")
            return within
        word = self._next()
        readers: dict[str, Callable[[], Predicate]] = {"service": self._service, "edge": self._edge}
        if word.lower() in readers and self.here == "(":
            return readers[word.lower()]()
        if word.startswith("annotation"):
            return self._annotation(word)
        return self._keyword(word.lower())

    def _service(self) -> Predicate:
        self._needs("(")
        name, kind = ("", "") if self.here == ")" else self._identity()
        self._needs(")")
        within = self._braces()

        def fits(seen: Seen) -> bool:
            nodes = (node for node in seen.nodes() if node.is_called(name, kind))
            return any(within(node) for node in nodes)

        return fits

    def _edge(self) -> Predicate:
        self._needs("(")
        caller = self._identity()
        self._needs(",")
        callee = self._identity()
        self._needs(")")
        within = self._braces()

        def fits(seen: Seen) -> bool:
            pairs = ((a, b) for a, b in seen.edges() if a.is_called(*caller))
            return any(within(b) for _, b in pairs if b.is_called(*callee))

        return fits

    def _identity(self) -> tuple[str, str]:
        """Read a service's name, or `id(name: "…", type: "…")`."""
        if self.here.lower() != "id":
            return _text(self._next()), ""
        self._next()
        self._needs("(")
        found = {"name": "", "type": ""}
        while not self._takes(")"):
            key = self._next().rstrip(":").lower()
            if key not in found:
                raise FilterError(f"Invalid filter expression: id has no {key}")
            found[key] = _text(self._next())
            self._takes(",")
        return found["name"], found["type"]

    def _braces(self) -> Predicate:
        if not self._takes("{"):
            return lambda _: True
        within = self.any_of()
        self._needs("}")
        return within

    def _annotation(self, word: str) -> Predicate:
        key = word.partition(".")[2]
        if word == "annotation" and self._takes("["):
            key = _text(self._next()) if self.here[:1] in "\"'" else self._next()
            self._needs("]")
        if not key:
            raise FilterError("Invalid filter expression: an annotation has no key")
        if not self._compares():
            return lambda seen: bool(seen.annotation(key))
        compare = self._comparison(self._next(), self._next())
        return lambda seen: any(compare(value) for value in seen.annotation(key))

    def _keyword(self, word: str) -> Predicate:
        if word in FLAGS:
            return lambda seen: word in flags(seen)
        if word not in (*NUMBERS, *TEXTS):
            raise FilterError(f"Invalid filter expression: unknown keyword {word}")
        if not self._compares():
            return lambda seen: seen.value(word) is not None
        compare = self._comparison(self._next(), self._next())
        return lambda seen: compare(seen.value(word))

    def _compares(self) -> bool:
        return self.here in (*COMPARISONS, "==") or self.here.lower() in WORDS

    def _comparison(self, sign: str, given: str) -> Callable[[Any], bool]:
        wanted = _value(given)
        if word := WORDS.get(sign.lower()):
            return lambda value: isinstance(value, str) and word(value, str(wanted))
        compare = COMPARISONS["=" if sign == "==" else sign]

        def fits(value: Any) -> bool:
            if value is None or isinstance(value, str) != isinstance(wanted, str):
                return False
            return compare(value, wanted)

        return fits

    def _takes(self, token: str) -> bool:
        if self.here.lower() != token:
            return False
        self._tokens.pop(0)
        return True

    def _needs(self, token: str) -> None:
        if not self._takes(token):
            found = self.here or "its end"
            raise FilterError(f"Invalid filter expression: {token} is expected before {found}")

    def _next(self) -> str:
        if not self._tokens:
            raise FilterError("Invalid filter expression: it ends too early")
        return self._tokens.pop(0)


def _text(token: str) -> str:
    if token[:1] not in "\"'":
        raise FilterError(f"Invalid filter expression: {token} is no text in quotation marks")
    return re.sub(r"\\(.)", r"\1", token[1:-1])


def _value(token: str) -> str | float | bool:
    if token[:1] in "\"'":
        return _text(token)
    if token.lower() in ("true", "false"):
        return token.lower() == "true"
    try:
        return float(token)
    except ValueError:
        raise FilterError(f"Invalid filter expression: {token} is no value") from None
