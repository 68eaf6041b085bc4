"""Reads a condition, an update or a projection.

Each function raises `ExpressionError` with what AWS says of an expression that it cannot read.
"""

from __future__ import annotations

from collections.abc import Callable

from labkit.sandbox.services.dynamodb.expressions.nodes import (
    Action,
    Condition,
    Function,
    Group,
    Operand,
    Path,
    Test,
    Update,
    Value,
)
from labkit.sandbox.services.dynamodb.expressions.paths import (
    KEYWORDS,
    SECTIONS,
    read_grouped,
    read_operand,
    read_path,
)
from labkit.sandbox.services.dynamodb.expressions.tokens import ExpressionError, Tokens

COMPARATORS = ("=", "<>", "<", "<=", ">", ">=")
EMPTY = "The expression can not be empty;"
REDUNDANT = "The expression has redundant parentheses;"

Reader = Callable[[], Condition]


def condition(text: str) -> Condition:
    """Read a condition, filter or key condition."""
    tokens = _begin(text)
    reader = _ConditionReader(tokens)
    found = reader.disjunction()
    tokens.expect_end()
    if reader.redundant:
        raise ExpressionError(REDUNDANT)
    return found


def update(text: str) -> Update:
    """Read an update."""
    tokens = _begin(text)
    actions: list[Action] = []
    sections: list[str] = []
    while tokens.peek().kind != "end":
        section = tokens.take(*SECTIONS).text.upper()
        sections.append(section)
        actions += tokens.separated(lambda: _action(tokens, sections[-1]))
    return Update(tuple(actions), tuple(sections))


def projection(text: str) -> tuple[Path, ...]:
    """Read a projection: the paths that it names."""
    tokens = _begin(text)
    paths = tokens.separated(lambda: read_path(tokens, frozenset()))
    tokens.expect_end()
    return paths


def _begin(text: str) -> Tokens:
    if not text.strip():
        raise ExpressionError(EMPTY)
    return Tokens(text)


def _action(tokens: Tokens, section: str) -> Action:
    path = read_path(tokens, SECTIONS)
    if section == "REMOVE":
        return Action(section, path)
    if section == "SET":
        tokens.take("=")
        return Action(section, path, _sum(tokens))
    return Action(section, path, Value(tokens.take_kind("value")))


def _sum(tokens: Tokens) -> Operand:
    """Read what SET sets: an operand, or two with a plus or a minus between them."""
    if tokens.next_is("(") and not _is_operand_in_parentheses(tokens):
        tokens.take()
        found = _sum(tokens)
        tokens.take(")")
        return found
    left = read_grouped(tokens, SECTIONS)
    if not tokens.next_is("+", "-"):
        return left
    operator = tokens.take().text
    return Function(operator, (left, read_grouped(tokens, SECTIONS)))


def _is_operand_in_parentheses(tokens: Tokens) -> bool:
    """Say whether the parenthesis that comes next holds one operand, not a sum."""
    depth, ahead = 0, 0
    while tokens.peek(ahead).kind != "end":
        depth += tokens.next_is("(", ahead=ahead) - tokens.next_is(")", ahead=ahead)
        if depth == 1 and tokens.next_is("+", "-", ahead=ahead):
            return False
        if depth == 0:
            return True
        ahead += 1
    return True


class _ConditionReader:
    """Reads conditions, from OR down to one comparison."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self.redundant = False

    def disjunction(self) -> Condition:
        return self._joined("OR", lambda: self._joined("AND", self._negation))

    def _joined(self, word: str, read: Reader) -> Condition:
        found = [read()]
        while self._tokens.next_is(word):
            self._tokens.take()
            found.append(read())
        return found[0] if len(found) == 1 else Group(word, tuple(found))

    def _negation(self) -> Condition:
        if not self._tokens.next_is("NOT"):
            return self._atom()
        self._tokens.take()
        return Group("NOT", (self._negation(),))

    def _atom(self) -> Condition:
        if not self._tokens.next_is("("):
            return self._test(read_operand(self._tokens, KEYWORDS))
        if self._holds_operand():
            return self._test(read_grouped(self._tokens, KEYWORDS))
        self._tokens.take()
        self.redundant |= self._tokens.next_is("(") and self._is_whole()
        found = self.disjunction()
        self._tokens.take(")")
        return found

    def _holds_operand(self) -> bool:
        """Say whether a comparison follows on the parenthesis that comes next."""
        after = self._closing() + 1
        return self._tokens.next_is(*COMPARATORS, "BETWEEN", "IN", ahead=after)

    def _is_whole(self) -> bool:
        """Say whether the parenthesis that comes next is closed just before another is."""
        return self._tokens.next_is(")", ahead=self._closing() + 1)

    def _closing(self) -> int:
        """Return how far ahead the parenthesis that comes next is closed."""
        depth, ahead = 0, 0
        while self._tokens.peek(ahead).kind != "end":
            is_open = self._tokens.next_is("(", ahead=ahead)
            depth += is_open - self._tokens.next_is(")", ahead=ahead)
            if depth == 0:
                break
            ahead += 1
        return ahead

    def _test(self, left: Operand) -> Condition:
        tokens = self._tokens
        if tokens.next_is(*COMPARATORS):
            return Test(tokens.take().text, (left, read_grouped(tokens, KEYWORDS)))
        if tokens.next_is("BETWEEN"):
            tokens.take()
            low = read_grouped(tokens, KEYWORDS)
            tokens.take("AND")
            return Test("BETWEEN", (left, low, read_grouped(tokens, KEYWORDS)))
        if tokens.next_is("IN"):
            tokens.take()
            tokens.take("(")
            choices = tokens.separated(lambda: read_grouped(tokens, KEYWORDS))
            tokens.take(")")
            return Test("IN", (left, *choices))
        if not isinstance(left, Function):
            raise tokens.stop()
        return Test("function", (left,))
