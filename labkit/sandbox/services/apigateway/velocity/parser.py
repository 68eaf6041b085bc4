"""Reading a template: text, references and directives."""

from __future__ import annotations

import re
from functools import lru_cache

from labkit.sandbox.services.apigateway.velocity import syntax
from labkit.sandbox.services.apigateway.velocity.expressions import Expressions
from labkit.sandbox.services.apigateway.velocity.scanner import Scanner

Nodes = tuple[syntax.Node, ...]

COMMENT = re.compile(r"##[^\n]*(?:\n|\Z)|#\*.*?\*#", re.DOTALL)
LITERAL = re.compile(r"#\[\[(.*?)\]\]#", re.DOTALL)
DIRECTIVE = re.compile(r"#(?:\{([a-zA-Z]\w*)\}|([a-zA-Z]\w*)|[ \t]+(set)(?=[ \t]*\())")
"""A directive's name; `# set(…)` is common in templates that work on AWS."""

REST_OF_LINE = re.compile(r"[ \t]*\r?\n")
PLAIN = re.compile(r"[^#$\\]+")

BLOCK_ENDS = ("else", "elseif", "end")

KNOWN = {*BLOCK_ENDS, "break", "foreach", "if", "set", "stop"}

NOT_HERE = ("define", "evaluate", "include", "macro", "parse")
"""Directives of Velocity that the sandbox does not know. Whether API Gateway takes them, AWS's
documents do not say."""


@lru_cache(maxsize=256)
def parse(template: str) -> Nodes:
    """Read a template.

    Raises
    ------
    TemplateError
        If Velocity could not read it, or it has a directive that is not known here.
    """
    scanner = Scanner(template)
    nodes, ended = _Parser(scanner).nodes()
    if ended:
        raise scanner.error(f"#{ended} without an #if or a #foreach")
    return nodes


class _Parser:
    def __init__(self, scanner: Scanner) -> None:
        self._at = scanner
        self._expressions = Expressions(scanner, parse)

    def nodes(self) -> tuple[Nodes, str]:
        """Read up to the end, or past the name of a directive that ends a block; return both."""
        found: list[syntax.Node] = []
        while not self._at.ended:
            ended = self._next(found)
            if ended:
                return tuple(found), ended
        return tuple(found), ""

    def _next(self, found: list[syntax.Node]) -> str:
        if plain := self._at.take(PLAIN):
            found.append(syntax.Text(plain[0]))
        elif self._at.take(COMMENT):
            pass
        elif literal := self._at.take(LITERAL):
            found.append(syntax.Text(literal[1]))
        elif self._at.peek("#"):
            return self._directive(found)
        else:
            found.append(self._dollar_or_backslash())
        return ""

    def _dollar_or_backslash(self) -> syntax.Node:
        begin = self._at.position
        escaped = self._at.skip("\\")
        if reference := self._expressions.reference():
            return syntax.Escaped(reference) if escaped else reference
        if escaped and self._at.peek("#"):
            return self._escaped_directive()
        if not escaped:
            self._at.position = begin + 1
        return syntax.Text(self._at.text[begin : self._at.position])

    def _escaped_directive(self) -> syntax.Text:
        """`\\#if` stands for `#if`; before anything else a backslash is itself."""
        if name := self._at.take(DIRECTIVE):
            known = (name[1] or name[2]) in KNOWN
            return syntax.Text(name[0] if known else "\\" + name[0])
        return syntax.Text("\\")

    def _directive(self, found: list[syntax.Node]) -> str:
        begin = self._at.position
        match = self._at.take(DIRECTIVE)
        name = next(filter(None, match.groups()), "") if match else ""
        if name in NOT_HERE:
            raise self._at.error(f"The directive #{name} is not known in the sandbox", begin)
        if name in BLOCK_ENDS:
            return name
        if name == "set":
            found.append(self._set())
        elif name == "if":
            found.append(self._if())
        elif name == "foreach":
            found.append(self._for_each())
        elif name in ("break", "stop"):
            found.append(syntax.Break() if name == "break" else syntax.Stop())
            self._at.take(REST_OF_LINE)
        else:
            self._at.position = self._at.position if match else begin + 1
            found.append(syntax.Text(self._at.text[begin : self._at.position]))
        return ""

    def _set(self) -> syntax.Set:
        self._at.expect("(", "#set")
        self._at.spaces()
        target = self._expressions.reference()
        if target is None:
            raise self._at.error("#set needs a reference on its left")
        self._at.expect("=", "#set")
        value = self._expressions.expression()
        self._at.expect(")", "#set")
        self._at.take(REST_OF_LINE)
        return syntax.Set(target, value)

    def _if(self) -> syntax.If:
        branches: list[tuple[syntax.Expression | None, Nodes]] = []
        condition: syntax.Expression | None = self._condition("#if")
        self._at.take(REST_OF_LINE)
        while True:
            body, ended = self._block("#if")
            branches.append((condition, body))
            if ended == "end":
                return syntax.If(tuple(branches))
            if condition is None:
                raise self._at.error(f"#{ended} after #else")
            condition = self._condition("#elseif") if ended == "elseif" else None
            self._at.take(REST_OF_LINE)

    def _condition(self, directive: str) -> syntax.Expression:
        self._at.expect("(", directive)
        condition = self._expressions.expression()
        self._at.expect(")", directive)
        return condition

    def _for_each(self) -> syntax.ForEach:
        self._at.expect("(", "#foreach")
        self._at.spaces()
        variable = self._expressions.reference()
        if variable is None or variable.steps:
            raise self._at.error("#foreach needs a variable")
        self._at.expect("in", "#foreach")
        source = self._expressions.expression()
        self._at.expect(")", "#foreach")
        self._at.take(REST_OF_LINE)
        body, ended = self._block("#foreach")
        if ended != "end":
            raise self._at.error(f"#{ended} in a #foreach without its #if")
        return syntax.ForEach(variable.name, source, body)

    def _block(self, directive: str) -> tuple[Nodes, str]:
        begin = self._at.position
        body, ended = self.nodes()
        if not ended:
            raise self._at.error(f"{directive} without its #end", begin)
        if ended == "end":
            self._at.take(REST_OF_LINE)
        return body, ended
