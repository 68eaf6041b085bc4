"""Reading references and expressions."""

from __future__ import annotations

import re
from collections.abc import Callable

from labkit.sandbox.services.apigateway.velocity import syntax
from labkit.sandbox.services.apigateway.velocity.scanner import Scanner

NAME = re.compile(r"[a-zA-Z_]\w*(?:-+\w+)*")
"""A name may hold hyphens (Velocity 1.7). One at its end is text here: AWS documents neither."""

STEP = re.compile(rf"\.({NAME.pattern})")
NUMBER = re.compile(r"-?\d+(?:\.\d+(?:[eE][+-]?\d+)?)?(?!\w)")
WORD = re.compile(r"(true|false|null)(?![\w-])")
SINGLE = re.compile(r"'((?:[^']|'')*)'", re.DOTALL)
DOUBLE = re.compile(r'"((?:[^"]|"")*)"', re.DOTALL)

LEVELS = (
    {"||": "||", "or": "||"},
    {"&&": "&&", "and": "&&"},
    {"==": "==", "!=": "!=", "eq": "==", "ne": "!="},
    {"<=": "<=", ">=": ">=", "<": "<", ">": ">", "lt": "<", "le": "<=", "gt": ">", "ge": ">="},
    {"+": "+", "-": "-"},
    {"*": "*", "/": "/", "%": "%"},
)
"""Velocity's operators, the loosest first, and the sign that each stands for."""

OPERATORS = tuple(
    re.compile(
        "|".join(
            re.escape(w) + (r"(?![\w-])" if w.isalpha() else "")
            for w in sorted(level, key=len, reverse=True)
        )
    )
    for level in LEVELS
)

WORDS = {"true": True, "false": False, "null": None}


class Expressions:
    """Reads at a scanner's position.

    Parameters
    ----------
    scanner
        Where to read.
    parse
        Reads a template, for strings in double quotes.
    """

    def __init__(self, scanner: Scanner, parse: Callable[[str], tuple[syntax.Node, ...]]) -> None:
        self._at = scanner
        self._parse = parse

    def reference(self) -> syntax.Reference | None:
        """Read `$name…`; None, and no step, if none stands here."""
        begin = self._at.position
        if not self._at.skip("$"):
            return None
        self._at.skip("!")
        braced = self._at.skip("{")
        name = self._at.take(NAME)
        if name is None:
            self._at.position = begin
            return None
        steps = tuple(self._steps())
        if braced and not self._at.skip("}"):
            raise self._at.error("A reference in braces has no end", begin)
        return syntax.Reference(name[0], steps, self._at.text[begin : self._at.position])

    def expression(self, level: int = 0) -> syntax.Expression:
        """Read an expression.

        Raises
        ------
        TemplateError
            If there is none.
        """
        if level == len(LEVELS):
            return self._operand()
        left = self.expression(level + 1)
        while True:
            self._at.spaces()
            found = self._at.take(OPERATORS[level])
            if found is None:
                return left
            sign = LEVELS[level][found[0]]
            left = syntax.Binary(sign, left, self.expression(level + 1))

    def _steps(self) -> list[syntax.Step]:
        steps: list[syntax.Step] = []
        while True:
            if self._at.peek("["):
                steps.append(self._index())
            elif name := self._at.take(STEP):
                method = self._at.peek("(")
                steps.append(self._method(name[1]) if method else syntax.Property(name[1]))
            else:
                return steps

    def _index(self) -> syntax.Index:
        self._at.skip("[")
        key = self.expression()
        self._at.expect("]", "An index")
        return syntax.Index(key)

    def _method(self, name: str) -> syntax.Method:
        self._at.skip("(")
        return syntax.Method(name, self._list(")", f"{name}()"))

    def _list(self, end: str, where: str) -> tuple[syntax.Expression, ...]:
        """Read expressions between commas, and the sign that ends them."""
        self._at.spaces()
        if self._at.skip(end):
            return ()
        found = [self.expression()]
        while True:
            self._at.spaces()
            if not self._at.skip(","):
                self._at.expect(end, where)
                return tuple(found)
            found.append(self.expression())

    def _operand(self) -> syntax.Expression:
        self._at.spaces()
        if number := self._at.take(NUMBER):
            return syntax.Literal(float(number[0]) if "." in number[0] else int(number[0]))
        if single := self._at.take(SINGLE):
            return syntax.Literal(single[1].replace("''", "'"))
        if double := self._at.take(DOUBLE):
            return syntax.Interpolated(self._parse(double[1].replace('""', '"')))
        if word := self._at.take(WORD):
            return syntax.Literal(WORDS[word[1]])
        if reference := self.reference():
            return reference
        return self._compound()

    def _compound(self) -> syntax.Expression:
        if self._at.skip("("):
            inner = self.expression()
            self._at.expect(")", "A parenthesis")
            return inner
        if self._at.skip("!") or self._at.take(re.compile(r"not(?![\w-])")):
            return syntax.Unary("!", self._operand())
        if self._at.skip("-"):
            return syntax.Unary("-", self._operand())
        if self._at.skip("["):
            return self._list_or_range()
        if self._at.skip("{"):
            return self._map()
        there = self._at.text[self._at.position : self._at.position + 12] or "the end"
        raise self._at.error(f"Expected a value, found {there!r}")

    def _list_or_range(self) -> syntax.ListOf | syntax.Range:
        self._at.spaces()
        if self._at.skip("]"):
            return syntax.ListOf(())
        first = self.expression()
        self._at.spaces()
        if self._at.skip(".."):
            last = self.expression()
            self._at.expect("]", "A range")
            return syntax.Range(first, last)
        self._at.spaces()
        if self._at.skip("]"):
            return syntax.ListOf((first,))
        self._at.expect(",", "A list")
        return syntax.ListOf((first, *self._list("]", "A list")))

    def _map(self) -> syntax.MapOf:
        entries: list[tuple[syntax.Expression, syntax.Expression]] = []
        self._at.spaces()
        while not self._at.skip("}"):
            key = self.expression()
            self._at.expect(":", "A map")
            entries.append((key, self.expression()))
            self._at.spaces()
            if not self._at.skip(","):
                self._at.expect("}", "A map")
                break
            self._at.spaces()
        return syntax.MapOf(tuple(entries))
