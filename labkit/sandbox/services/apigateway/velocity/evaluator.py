"""Rendering the nodes of a template."""

from __future__ import annotations

import contextlib
import math
import operator
from collections.abc import Callable, Iterable
from typing import Any, Protocol, runtime_checkable

from labkit.sandbox.languages.java_text import java_text, text_of
from labkit.sandbox.services.apigateway.velocity import methods, syntax
from labkit.sandbox.services.apigateway.velocity.errors import TemplateError

MOST_ITERATIONS = 1000
"""Iterations of a `#foreach`; further ones are left out (API Gateway quotas)."""

LONGEST_RANGE = 100_000
"""Numbers of a range, which are all made at once; a bound of the sandbox's own."""

MOST_NODES = 200_000
"""Parts of a template that are rendered, a loop's as often as it runs; a bound of the sandbox's
own, for loops within loops."""

LONGEST_TEXT = 10 * 1024 * 1024
"""Characters that a template writes or a variable has: a payload has 10 MB (API Gateway quotas)."""

Nodes = Iterable[syntax.Node]


@runtime_checkable
class Root(Protocol):
    """What a template finds under a name of API Gateway's, such as `$input`."""

    def property(self, name: str) -> Any:
        """Return `$root.name`; None where AWS has nothing there.

        Raises
        ------
        TemplateError
            If the sandbox does not know it.
        """

    def call(self, name: str, arguments: list[Any]) -> Any:
        """Return `$root.name(arguments)`.

        Raises
        ------
        TemplateError
            If the sandbox does not know it, or it fails.
        """


class _BreakError(Exception):
    """`#break`."""


class _StopError(Exception):
    """`#stop`."""


def render(nodes: Nodes, variables: dict[str, Any]) -> str:
    """Render a template.

    Parameters
    ----------
    nodes
        What `parse` made of it.
    variables
        What its references find; `#set` changes it.

    Raises
    ------
    TemplateError
        If it asks for something that is not known here, or a method fails.
    """
    written: list[str] = []
    with contextlib.suppress(_StopError, _BreakError):
        _Evaluator(variables, written).run(nodes)
    return "".join(written)


class _Evaluator:
    def __init__(self, variables: dict[str, Any], written: list[str]) -> None:
        self._variables = variables
        self._written = written
        self._length = self._nodes = 0

    def run(self, nodes: Nodes) -> None:
        for node in nodes:
            self._run(node)

    def _run(self, node: syntax.Node) -> None:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise TemplateError(f"the template has more than {MOST_NODES:,} parts to render")
        match node:
            case syntax.Text(text):
                self._write(text)
            case syntax.Reference():
                self._write(text_of(self._reference(node)))
            case syntax.Escaped(reference):
                known = self._reference(reference) is not None
                self._write(reference.source if known else "\\" + reference.source)
            case syntax.Set(target, value):
                self._assign(target, self.value(value))
            case syntax.If(branches):
                self._branch(branches)
            case syntax.ForEach():
                self._loop(node)
            case syntax.Break():
                raise _BreakError
            case syntax.Stop():
                raise _StopError

    def _write(self, text: str) -> None:
        self._length += len(text)
        _check_length(self._length)
        self._written.append(text)

    def _branch(
        self, branches: tuple[tuple[syntax.Expression | None, tuple[syntax.Node, ...]], ...]
    ) -> None:
        for condition, body in branches:
            if condition is None or is_true(self.value(condition)):
                return self.run(body)
        return None

    def _loop(self, loop: syntax.ForEach) -> None:
        before = {name: self._variables.get(name) for name in (loop.variable, "foreach")}
        items = _items(self.value(loop.source))
        try:
            for index, item in enumerate(items[:MOST_ITERATIONS]):
                self._variables[loop.variable] = item
                self._variables["velocityCount"] = index + 1
                self._variables["foreach"] = _position(index, len(items), before["foreach"])
                self.run(loop.body)
        except _BreakError:
            pass
        finally:
            self._variables.update(before)

    def _assign(self, target: syntax.Reference, value: Any) -> None:
        if isinstance(value, str):
            _check_length(len(value))
        if not target.steps:
            self._variables[target.name] = value
            return
        *inner, last = target.steps
        holder = self._walk(self._variables.get(target.name), tuple(inner), target)
        key = last.name if isinstance(last, syntax.Property) else self._key(last, target)
        in_list = isinstance(holder, list) and isinstance(key, int) and -1 < key < len(holder)
        if not in_list and not isinstance(holder, dict):
            raise TemplateError(f"{target.source} cannot be set")
        holder[key] = value

    def _key(self, step: syntax.Step, target: syntax.Reference) -> Any:
        if not isinstance(step, syntax.Index):
            raise TemplateError(f"{target.source} cannot be set")
        return self.value(step.key)

    def value(self, expression: syntax.Expression) -> Any:
        """Return what an expression stands for; None for null."""
        match expression:
            case syntax.Literal(value):
                return value
            case syntax.Reference():
                return self._reference(expression)
            case syntax.Interpolated(nodes):
                written: list[str] = []
                _Evaluator(self._variables, written).run(nodes)
                return "".join(written)
            case syntax.ListOf(items):
                return [self.value(item) for item in items]
            case syntax.Range(first, last):
                return _range(self.value(first), self.value(last))
            case syntax.MapOf(entries):
                return {self.value(key): self.value(value) for key, value in entries}
            case syntax.Unary(sign, operand):
                return _negated(sign, self.value(operand))
            case syntax.Binary(sign, left, right):
                return self._binary(sign, left, right)

    def _binary(self, sign: str, left: syntax.Expression, right: syntax.Expression) -> Any:
        if sign == "&&":
            return is_true(self.value(left)) and is_true(self.value(right))
        if sign == "||":
            return is_true(self.value(left)) or is_true(self.value(right))
        one, other = self.value(left), self.value(right)
        if sign in ("==", "!="):
            return methods.equal(one, other) == (sign == "==")
        return _ordered(sign, one, other) if sign in ORDERS else _computed(sign, one, other)

    def _reference(self, reference: syntax.Reference) -> Any:
        return self._walk(self._variables.get(reference.name), reference.steps, reference)

    def _walk(self, value: Any, steps: tuple[syntax.Step, ...], whole: syntax.Reference) -> Any:
        for step in steps:
            if value is None:
                return None
            match step:
                case syntax.Property(name):
                    value = _property(value, name)
                case syntax.Index(key):
                    value = _at(value, self.value(key))
                case syntax.Method(name, arguments):
                    given = [self.value(argument) for argument in arguments]
                    value = _called(value, name, given, whole)
        return value


ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def is_true(value: Any) -> bool:
    """Tell whether Velocity takes a value for true: everything but false and null."""
    return value is not None and value is not False


def _called(value: Any, name: str, given: list[Any], whole: syntax.Reference) -> Any:
    if isinstance(value, Root):
        return value.call(name, given)
    try:
        return methods.call(value, name, given)
    except TemplateError as error:
        raise TemplateError(f"{whole.source}: {error}") from error


def _property(value: Any, name: str) -> Any:
    if isinstance(value, Root):
        return value.property(name)
    if isinstance(value, dict):
        return value.get(name)
    if name == "empty" and isinstance(value, str | list):
        return not value
    if isinstance(value, methods.Entry) and name in ("key", "value"):
        return getattr(value, name)
    return None


def _at(value: Any, key: Any) -> Any:
    if isinstance(value, Root):
        return value.property(str(key))
    if isinstance(value, dict):
        return value.get(key)
    if not isinstance(value, list) or not isinstance(key, int):
        return None
    return value[key] if -len(value) <= key < len(value) else None


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, list) else []


def _position(index: int, length: int, parent: Any) -> dict[str, Any]:
    return {
        "index": index,
        "count": index + 1,
        "hasNext": index + 1 < length,
        "first": index == 0,
        "last": index + 1 == length,
        "parent": parent,
    }


def _check_length(length: int) -> None:
    if length > LONGEST_TEXT:
        raise TemplateError(f"a text is longer than {LONGEST_TEXT:,} characters")


def _range(first: Any, last: Any) -> list[int] | None:
    if not isinstance(first, int) or not isinstance(last, int):
        return None
    if abs(last - first) >= LONGEST_RANGE:
        raise TemplateError(f"the range {first}..{last} is longer than the sandbox makes any")
    step = 1 if last >= first else -1
    return list(range(first, last + step, step))


def _negated(sign: str, value: Any) -> Any:
    if sign == "!":
        return not is_true(value)
    return -value if _is_number(value) else None


def _ordered(sign: str, left: Any, right: Any) -> bool:
    if not _is_number(left) or not _is_number(right):
        return False
    return ORDERS[sign](left, right)


def _computed(sign: str, left: Any, right: Any) -> Any:
    """Compute as Java does: whole numbers stay whole, and a division by zero is null."""
    if sign == "+" and (isinstance(left, str) or isinstance(right, str)):
        return None if left is None or right is None else java_text(left) + java_text(right)
    if not _is_number(left) or not _is_number(right):
        return None
    if sign in "+-*":
        return {"+": operator.add, "-": operator.sub, "*": operator.mul}[sign](left, right)
    if right == 0:
        return None
    if isinstance(left, float) or isinstance(right, float):
        return left / right if sign == "/" else math.fmod(left, right)
    quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
    return quotient if sign == "/" else left - quotient * right


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
