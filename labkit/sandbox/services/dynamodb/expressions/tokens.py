"""The words of an expression, and where reading them stops."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

WORDS = re.compile(
    r"\s*(?:(?P<operator><>|<=|>=|[=<>(),.\[\]+-])"
    r"|(?P<value>:[A-Za-z0-9_]+)"
    r"|(?P<name>#[A-Za-z0-9_]+|[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<number>[0-9]+)"
    r"|(?P<other>\S))"
)
END = "<EOF>"

Read = TypeVar("Read")


class ExpressionError(Exception):
    """What AWS says of an expression, behind `Invalid …Expression: `."""


@dataclass(frozen=True)
class Token:
    """One word: its kind, its text and where it stands."""

    kind: str
    text: str
    start: int
    end: int


class Tokens:
    """An expression's words, taken one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = [
            Token(m.lastgroup or "", m[m.lastgroup or 0], m.start(m.lastgroup or 0), m.end())
            for m in WORDS.finditer(text)
        ]
        self._position = 0

    def peek(self, ahead: int = 0) -> Token:
        """Return the next word, or one further on; the end is a word too."""
        at = self._position + ahead
        if at < len(self._tokens):
            return self._tokens[at]
        return Token("end", END, len(self._text), len(self._text))

    def next_is(self, *words: str, ahead: int = 0) -> bool:
        """Say whether the next word is one of these; the case of letters does not count."""
        return self.peek(ahead).text.upper() in words

    def take(self, *words: str) -> Token:
        """Take the next word, which has to be one of these; any word if none is given.

        Raises
        ------
        ExpressionError
            If it is another.
        """
        if words and not self.next_is(*words):
            raise self.stop()
        self._position += 1
        return self._tokens[self._position - 1]

    def take_kind(self, kind: str) -> str:
        """Take the next word, which has to be of a kind; return its text.

        Raises
        ------
        ExpressionError
            If it is of another.
        """
        if self.peek().kind != kind:
            raise self.stop()
        return self.take().text

    def separated(self, read: Callable[[], Read]) -> tuple[Read, ...]:
        """Read what is separated by commas."""
        found = [read()]
        while self.next_is(","):
            self.take()
            found.append(read())
        return tuple(found)

    def expect_end(self) -> None:
        """Make sure that nothing is left.

        Raises
        ------
        ExpressionError
            If something is.
        """
        if self.peek().kind != "end":
            raise self.stop()

    def stop(self) -> ExpressionError:
        """Make the error of the next word: AWS shows it between its neighbours."""
        before = self._tokens[self._position - 1] if self._position else self.peek()
        after = self.peek(1) if self.peek().kind != "end" else self.peek()
        near = self._text[before.start : after.end]
        return ExpressionError(f'Syntax error; token: "{self.peek().text}", near: "{near}"')
