"""Velocity's `#if`, `#elseif`, `#else`, `#foreach` and conditions in mapping templates.

What stands between directives is rendered by MiniStack's reader, with the same variables.
Source: Apache Velocity User Guide, "Conditionals" and "Loops"; API Gateway quotas.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ministack.services import apigateway_v1

from labkit.sandbox.upstream import seams

State = dict[str, Any]
Nodes = list["str | If | ForEach"]

MOST_ITERATIONS = 1000
"""Iterations of a `#foreach` in a mapping template (API Gateway quotas)."""

_DIRECTIVE = re.compile(
    r"(?P<comment>\#\#[^\n]*(?:\n|$)|\#\*.*?\*\#)"
    r"|\#\{?(?P<word>if|elseif|else|end|foreach)\b\}?[ \t]*(?P<open>\()?",
    re.DOTALL,
)
_LOOP = re.compile(r"\s*\$\{?(\w+)\}?\s+in\s+(.+)", re.DOTALL)
_TOKEN = re.compile(r"\s*(\|\||&&|==|!=|<=|>=|[<>!()+\-*/%])")
_LITERAL = re.compile(r"""\s*("[^"]*"|'[^']*'|\d+(?:\.\d+)?|true\b|false\b)""")
_LEVELS: Sequence[Mapping[str, Callable[[Any, Any], Any]]] = (
    {"||": lambda a, b: _true(a) or _true(b)},
    {"&&": lambda a, b: _true(a) and _true(b)},
    {
        "==": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        ">": operator.gt,
        "<=": operator.le,
        ">=": operator.ge,
    },
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": operator.floordiv, "%": operator.mod},
)


@dataclass
class If:
    """Branches with their conditions; the last one's is None where there is an `#else`."""

    branches: list[tuple[str | None, Nodes]] = field(default_factory=list)


@dataclass
class ForEach:
    """A loop over what `source` stands for."""

    variable: str
    source: str
    body: Nodes


def install() -> None:
    """Let references walk into lists and call the methods of Java's collections."""
    seams.replace(apigateway_v1.__name__, "_vtl_walk", walk, like="(node, steps, st)")


def render(template: str, state: State) -> str:
    """Render a template with directives; one that cannot be read is rendered without them."""
    nodes, _, end = _parse(template, 0)
    if end != len(template):
        return str(apigateway_v1._vtl_render(template, state))
    return _rendered(nodes, state)


def walk(node: Any, steps: list[tuple[str, str | None]], state: State) -> Any:
    """Follow the properties and method calls of a reference."""
    for name, arguments in steps:
        if arguments is None:
            node = node.get(name) if isinstance(node, dict) else None
        else:
            given = [value(part, state) for part in apigateway_v1._vtl_split_args(arguments)]
            node = _called(node, name, given)
        if node is None:
            return None
    return node


def value(expression: str, state: State) -> Any:
    """Return what an expression stands for; None for one that cannot be read."""
    found, end = _level(expression, 0, state, 0)
    return found if not expression[end:].strip() else None


def _called(node: Any, name: str, given: list[Any]) -> Any:
    try:
        match name, given:
            case "get", [key]:
                return node[key]
            case "size", []:
                return len(node)
            case "isEmpty", []:
                return not node
            case "keySet", []:
                return list(node)
            case "values", []:
                return list(node.values())
            case "containsKey" | "contains", [key]:
                return key in node
            case "equals", [other]:
                return node == other
    except (KeyError, IndexError, TypeError, AttributeError):
        return None
    return None


def _parse(text: str, at: int) -> tuple[Nodes, tuple[str, str] | None, int]:
    """Read nodes up to a directive that ends a block; return that one and where it ends."""
    nodes: Nodes = []
    begin = at
    while found := _DIRECTIVE.search(text, at):
        at = found.end()
        if found["comment"]:
            continue
        nodes.append(text[begin : found.start()])
        word, inner = found["word"], ""
        if found["open"]:
            close = apigateway_v1._vtl_close_paren(text, at - 1)
            if close is None:
                return nodes, None, -1
            inner, at = text[at:close], close + 1
        at = begin = _after_line(text, at)
        if word not in ("if", "foreach"):
            return nodes, (word, inner), at
        block, at = _block(word, inner, text, at)
        if block is None:
            return nodes, None, -1
        nodes.append(block)
        begin = at
    return [*nodes, text[begin:]], None, len(text)


def _block(word: str, inner: str, text: str, at: int) -> tuple[If | ForEach | None, int]:
    if word == "foreach":
        body, ended, at = _parse(text, at)
        loop = _LOOP.fullmatch(inner)
        if loop is None or ended is None or ended[0] != "end":
            return None, -1
        return ForEach(loop[1], loop[2], body), at
    block, condition = If(), inner if word == "if" else None
    while True:
        body, ended, at = _parse(text, at)
        block.branches.append((condition, body))
        if ended is None:
            return None, -1
        if ended[0] == "end":
            return block, at
        condition = ended[1] if ended[0] == "elseif" else None


def _after_line(text: str, at: int) -> int:
    """Skip the rest of a line that holds nothing more than a directive."""
    rest = re.compile(r"[ \t]*\r?\n").match(text, at)
    return rest.end() if rest else at


def _rendered(nodes: Nodes, state: State) -> str:
    return "".join(_node(node, state) for node in nodes)


def _node(node: str | If | ForEach, state: State) -> str:
    if isinstance(node, str):
        return str(apigateway_v1._vtl_render(node, state))
    if isinstance(node, ForEach):
        return _repeated(node, state)
    for condition, body in node.branches:
        if condition is None or _true(value(condition, state)):
            return _rendered(body, state)
    return ""


def _repeated(loop: ForEach, state: State) -> str:
    source = value(loop.source, state)
    items = list(source.values()) if isinstance(source, dict) else source
    if not isinstance(items, list):
        return ""
    parts = []
    for index, item in enumerate(items[:MOST_ITERATIONS]):
        state["vars"][loop.variable] = item
        state["vars"]["velocityCount"] = index + 1
        state["vars"]["foreach"] = {
            "index": index,
            "count": index + 1,
            "hasNext": index + 1 < len(items),
        }
        parts.append(_rendered(loop.body, state))
    return "".join(parts)


def _true(found: Any) -> bool:
    """Tell whether Velocity takes a value for true: everything but false and null."""
    return found is not None and found is not False


def _level(text: str, at: int, state: State, number: int) -> tuple[Any, int]:
    if number == len(_LEVELS):
        return _atom(text, at, state)
    left, at = _level(text, at, state, number + 1)
    while (found := _TOKEN.match(text, at)) and found[1] in _LEVELS[number]:
        right, at = _level(text, found.end(), state, number + 1)
        try:
            left = _LEVELS[number][found[1]](left, right)
        except (TypeError, ZeroDivisionError):
            left = None
    return left, at


def _atom(text: str, at: int, state: State) -> tuple[Any, int]:
    if literal := _LITERAL.match(text, at):
        return apigateway_v1._vtl_value(literal[1], state), literal.end()
    if (sign := _TOKEN.match(text, at)) and sign[1] in ("!", "("):
        if sign[1] == "!":
            found, at = _atom(text, sign.end(), state)
            return not _true(found), at
        found, at = _level(text, sign.end(), state, 0)
        close = _TOKEN.match(text, at)
        return found, close.end() if close and close[1] == ")" else at
    start = len(text) - len(text[at:].lstrip())
    if text.startswith("$", start):
        reference = apigateway_v1._vtl_parse_ref(text, start)
        if reference is not None:
            return _resolved(reference, text, state)
    return None, at


def _resolved(reference: Any, text: str, state: State) -> tuple[Any, int]:
    """Resolve a reference and an index behind it, such as `$items[0]`."""
    found, at = apigateway_v1._vtl_resolve(reference, state), reference[0]
    while index := re.compile(r"\[(\d+)\]").match(text, at):
        found, at = _called(found, "get", [int(index[1])]), index.end()
    return found, at
