"""What a template consists of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """Text that is rendered as it stands."""

    text: str


@dataclass(frozen=True)
class Property:
    """`.name` behind a reference."""

    name: str


@dataclass(frozen=True)
class Method:
    """`.name(arguments)` behind a reference."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Index:
    """`[key]` behind a reference."""

    key: Expression


Step = Property | Method | Index


@dataclass(frozen=True)
class Reference:
    """`$name` with its steps.

    Attributes
    ----------
    source
        As it stands in the template, without a backslash in front.
    """

    name: str
    steps: tuple[Step, ...]
    source: str


@dataclass(frozen=True)
class Escaped:
    """A reference behind a backslash, which stands for its own text."""

    reference: Reference


@dataclass(frozen=True)
class Literal:
    """A number, a boolean, null, or a string in single quotes."""

    value: str | int | float | bool | None


@dataclass(frozen=True)
class Interpolated:
    """A string in double quotes: a template of its own."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class ListOf:
    """`[a, b]`."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Range:
    """`[first..last]`, both included."""

    first: Expression
    last: Expression


@dataclass(frozen=True)
class MapOf:
    """`{"key": value}`."""

    entries: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True)
class Unary:
    """`!operand` or `-operand`."""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Binary:
    """`left operator right`; the operator is one of Velocity's signs, never a word."""

    operator: str
    left: Expression
    right: Expression


Expression = Reference | Literal | Interpolated | ListOf | Range | MapOf | Unary | Binary


@dataclass(frozen=True)
class Set:
    """`#set($target = value)`."""

    target: Reference
    value: Expression


@dataclass(frozen=True)
class If:
    """`#if`, `#elseif`, `#else`: each branch with its condition, None for the `#else`."""

    branches: tuple[tuple[Expression | None, tuple[Node, ...]], ...]


@dataclass(frozen=True)
class ForEach:
    """`#foreach($variable in source)`."""

    variable: str
    source: Expression
    body: tuple[Node, ...]


@dataclass(frozen=True)
class Break:
    """`#break`: the end of the innermost loop."""


@dataclass(frozen=True)
class Stop:
    """`#stop`: the end of the template."""


Node = Text | Reference | Escaped | Set | If | ForEach | Break | Stop
