"""JSONPath as API Gateway and Step Functions read it.

Both use the Jayway library: a definite path names one value and fails where there is none, an
indefinite one (filters, slices, wildcards, unions, `..`) always gives a list. The syntax is read by
python-jsonpath (RFC 9535); Jayway's functions at a path's end are added here.
Source: Amazon States Language, "Paths"; Jayway JsonPath README, "What is Returned When?" and
"Functions".
"""

from __future__ import annotations

import functools
import re
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.languages.regular_expressions import Expression, SlowExpressionError

FUNCTION = re.compile(r"\.(length|size|min|max|avg|sum|stddev|keys|first|last)\(\)$")

QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'")
OPERAND = r"((?<![\w.])[@$][^\s()&|=<>!]*)"
NOT_IN = re.compile(OPERAND + r"\s+nin\s+(\[[^\]]*\]|[@$][^\s()&|]*)", re.IGNORECASE)
SIZE = re.compile(OPERAND + r"\s+size\s+(\d+)", re.IGNORECASE)
EMPTY = re.compile(OPERAND + r"\s+empty\s+(true|false)", re.IGNORECASE)
DOT = re.compile(r"(?<!\.)\.\[")


class PathSyntaxError(ValueError):
    """A path cannot be read; the message names it."""


class NothingFoundError(LookupError):
    """A definite path names nothing in the document."""


@dataclass(frozen=True)
class JsonPath:
    """A path that has been read.

    Attributes
    ----------
    text
        As it was written.
    definite
        Whether it names one value, and not a list of those that are found.
    steps
        The names and indexes on the way of a definite path; empty for any other.
    """

    text: str
    definite: bool
    steps: tuple[str | int, ...]
    _query: Any
    _function: Callable[[Any], Any] | None

    def find(self, document: Any) -> Any:
        """Return the value, or for an indefinite path the list of values, in `document`.

        Raises
        ------
        NothingFoundError
            If the path is definite and names nothing, or an expression in it takes too long.
        """
        if self.steps == () and self.definite:
            found = [document]
        else:  # the library would read a text as JSON
            found = self._found(document) if isinstance(document, dict | list) else []
        if self.definite and not found:
            raise NothingFoundError(f"No results for path: {self.text}")
        value = found[0] if self.definite else found
        if self._function is None:
            return value
        try:
            return self._function(value)
        except (ValueError, IndexError, TypeError) as error:
            raise NothingFoundError(f"No results for path: {self.text}") from error

    def _found(self, document: Any) -> list[Any]:
        try:
            found: list[Any] = self._query.findall(document)
        except SlowExpressionError as error:
            raise NothingFoundError(f"No results for path: {self.text}: {error}") from error
        return found

    def get(self, document: Any) -> Any:
        """Return what `find` does; None where a definite path names nothing."""
        try:
            return self.find(document)
        except NothingFoundError:
            return None


@functools.lru_cache(maxsize=1024)
def compile_path(text: str) -> JsonPath:
    """Read a path that begins with `$`.

    Raises
    ------
    PathSyntaxError
        If it is none.
    """
    import jsonpath  # takes a third of a second, and few requests need it

    function = FUNCTION.search(text)
    path = text[: function.start()] if function else text
    try:
        if not path.startswith("$"):
            raise PathSyntaxError(f"Invalid path '{text}': a path begins with $")
        query = _reader().compile(_as_rfc(path))
    except jsonpath.JSONPathError as error:
        reason = str(error).splitlines()[0]
        raise PathSyntaxError(f"Invalid path '{text}': {reason}") from error
    definite = bool(query.singular_query())
    steps = tuple(_step(segment) for segment in query.segments) if definite else ()
    return JsonPath(text, definite, steps, query, _FUNCTIONS[function[1]] if function else None)


def _as_rfc(path: str) -> str:
    """Write what Jayway reads beyond RFC 9535.

    That is `.[` for `[`, `\\"` within apostrophes, and the operators `nin`, `size` and `empty`.
    """
    path = NOT_IN.sub(r"!(\1 in \2)", path)
    path = SIZE.sub(r"length(\1) == \2", path)
    path = EMPTY.sub(
        lambda found: f"length({found[1]}) {'=' if found[2] == 'true' else '!'}= 0", path
    )
    return DOT.sub("[", QUOTED.sub(lambda name: name[0].replace('\\"', '"'), path))


def _step(segment: Any) -> str | int:
    """Return the name or index of a segment that has just one."""
    (selector,) = segment.selectors
    step: str | int = selector.name if hasattr(selector, "name") else selector.index
    return step


@functools.cache
def _reader() -> Any:
    import jsonpath

    class Environment(jsonpath.JSONPathEnvironment):
        """Ends `=~` in time; has no functions `match` and `search`, which Jayway has not."""

        def setup_function_extensions(self) -> None:
            super().setup_function_extensions()
            del self.function_extensions["match"], self.function_extensions["search"]

        def compare(self, left: object, operator: str, right: object) -> bool:
            if operator == "=~" and isinstance(left, str) and isinstance(right, re.Pattern):
                return bool(_expression(right).fullmatch(left))
            return super().compare(left, operator, right)

    return Environment(strict=False)


@functools.lru_cache(maxsize=256)
def _expression(read: re.Pattern[str]) -> Expression:
    ignore_case, dot_all = (bool(read.flags & flag) for flag in (re.IGNORECASE, re.DOTALL))
    return Expression(read.pattern, ignore_case=ignore_case, dot_all=dot_all)


def _numbers(values: Any) -> list[Any]:
    return [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]


_FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "avg": lambda values: statistics.fmean(_numbers(values)),
    "first": lambda values: values[0],
    "keys": list,
    "last": lambda values: values[-1],
    "length": lambda value: len(value) if isinstance(value, str | list | dict) else None,
    "max": lambda values: float(max(_numbers(values))),
    "min": lambda values: float(min(_numbers(values))),
    "size": lambda value: len(value) if isinstance(value, str | list | dict) else None,
    "stddev": lambda values: statistics.pstdev(_numbers(values)),
    "sum": lambda values: float(sum(_numbers(values))),
}
"""Jayway's functions; its numbers are doubles."""
