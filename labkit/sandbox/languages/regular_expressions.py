"""Regular expressions that learners write: a match that takes too long is given up.

To try every way through an expression such as `(a+)+b` can take years, and nothing else runs in the
server meanwhile. AWS's own engines have limits that are on no record.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import regex

SECONDS = 0.5
"""CPU seconds that the slow matches of one expression may take together; they come back."""

COMES_BACK = 0.05
"""CPU seconds that come back for each second that passes."""

SLOW_SECONDS = 0.01
"""What a match takes at least to count: any other is done in far less."""


class ExpressionError(ValueError):
    """An expression that cannot be read."""


class SlowExpressionError(ExpressionError):
    """An expression whose matches take too long."""


class Expression:
    """A regular expression in Python's syntax, with the methods of `re.Pattern`.

    Parameters
    ----------
    text
        The expression.
    ignore_case, dot_all, multiline
        Whether case means nothing, whether a dot is a line's end, too, and whether `^` and `$` are
        at each line.

    Raises
    ------
    ExpressionError
        If it cannot be read.

    Attributes
    ----------
    pattern, groups, groupindex
        Its text, the number of its groups, and their numbers by their names.
    """

    def __init__(
        self,
        text: str,
        *,
        ignore_case: bool = False,
        dot_all: bool = False,
        multiline: bool = False,
    ) -> None:
        wanted = ((ignore_case, regex.I), (dot_all, regex.S), (multiline, regex.M))
        flags = sum(flag for is_wanted, flag in wanted if is_wanted)
        try:
            self._compiled = regex.compile(text, flags)
        except regex.error as error:
            raise ExpressionError(str(error)) from None
        self.pattern, self.groups = text, self._compiled.groups
        self.groupindex = dict(self._compiled.groupindex)
        self._left, self._seen = SECONDS, time.monotonic()

    def search(self, text: str) -> Any:
        """Return the first match in a text; None without one.

        Raises
        ------
        SlowExpressionError
            If that takes too long.
        """
        return self._in_time(self._compiled.search, text)

    def fullmatch(self, text: str) -> Any:
        """Return the match of a whole text; None if it does not match. It raises as `search`."""
        return self._in_time(self._compiled.fullmatch, text)

    def finditer(self, text: str) -> Iterator[Any]:
        """Yield the matches in a text, all found by then. It raises as `search`."""
        return iter(
            self._in_time(lambda given, **more: list(self._compiled.finditer(given, **more)), text)
        )

    def split(self, text: str, maxsplit: int = 0) -> list[str]:
        """Split a text at its matches, at `maxsplit` if that is not 0. It raises as `search`."""
        parts: list[str] = self._in_time(self._compiled.split, text, maxsplit=maxsplit)
        return parts

    def sub(self, new: str | Callable[[Any], str], text: str, count: int = 0) -> str:
        """Replace the matches in a text, `count` if that is not 0. It raises as `search`.

        Parameters
        ----------
        new
            What is to stand for a match, as a template or a function of the match.
        """
        return str(self._in_time(self._compiled.sub, new, text, count=count))

    def _in_time(self, match: Callable[..., Any], *given: Any, **more: Any) -> Any:
        self._left = min(SECONDS, self._left + (time.monotonic() - self._seen) * COMES_BACK)
        self._seen = time.monotonic()
        if self._left < SLOW_SECONDS:
            raise self._slow()
        began = time.process_time()  # what the package counts, too
        try:
            return match(*given, timeout=self._left, concurrent=True, **more)
        except TimeoutError:
            self._left = 0.0
            raise self._slow() from None
        finally:
            took = time.process_time() - began
            if took > SLOW_SECONDS:
                self._left, self._seen = max(0.0, self._left - took), time.monotonic()

    def _slow(self) -> SlowExpressionError:
        return SlowExpressionError(f"the regular expression {self.pattern} takes too long to match")
