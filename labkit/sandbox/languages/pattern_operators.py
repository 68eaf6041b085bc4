"""The comparison operators of event patterns, and what is refused of each.

Source: EventBridge User Guide, "Comparison operators for use in event patterns"; the texts are
those of Event Ruler (aws/event-ruler).
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.languages.wildcards import between_stars

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

GREATEST_NUMBER = 5_000_000_000
"""Numbers that a numeric comparison takes lie between this and its negative (EventBridge)."""

MOST_STATES = 5
"""At how many places of a wildcard pattern one text may be at the same time. AWS publishes no
number; of `*:*:*:*:*:event-bus/*`, which it refuses, a text may be at six."""

TOO_COMPLEX = (
    "Rule is too complex - try using fewer wildcard characters or fewer repeating character "
    "sequences after a wildcard character"
)


NOT_ANYTHING = "Value of anything-but must be an array or single string/number value."


class PatternError(ValueError):
    """A pattern that AWS refuses; the message is the reason."""


class Condition:
    """What one value must be like."""

    def accepts(self, value: Any) -> bool:
        """Tell whether a value, which is there, is as asked for."""
        raise NotImplementedError


@dataclass(frozen=True)
class Exactly(Condition):
    """The same value of the same type; numbers are compared by value."""

    wanted: Any

    def accepts(self, value: Any) -> bool:
        """Compare; a boolean is no number."""
        if isinstance(value, bool) or isinstance(self.wanted, bool):
            return value is self.wanted
        if is_number(value) or is_number(self.wanted):
            return is_number(value) and is_number(self.wanted) and value == self.wanted
        return bool(value == self.wanted)


@dataclass(frozen=True)
class TextLike(Condition):
    """A text that `test` holds for."""

    test: Callable[[str], bool]

    def accepts(self, value: Any) -> bool:
        """Ask `test`; what is no text is not accepted."""
        return isinstance(value, str) and self.test(value)


@dataclass(frozen=True)
class InRange(Condition):
    """A number that all comparisons hold for."""

    comparisons: tuple[tuple[str, float], ...]

    def accepts(self, value: Any) -> bool:
        """Compare; a text that looks like a number is none."""
        return is_number(value) and all(COMPARISONS[o](value, n) for o, n in self.comparisons)


@dataclass(frozen=True)
class AnythingBut(Condition):
    """A value that is there and that none of `refused` accepts; null is such a value."""

    refused: tuple[Condition, ...]

    def accepts(self, value: Any) -> bool:
        """Ask each of `refused`."""
        return not any(one.accepts(value) for one in self.refused)


class Present(Condition):
    """`exists: true`."""

    def accepts(self, value: Any) -> bool:
        """Accept every value that is there."""
        return True


class Absent(Condition):
    """`exists: false`."""

    def accepts(self, value: Any) -> bool:
        """Accept none: it holds where no value is there at all."""
        return False


def condition(rule: Any) -> Condition:
    """Read one rule of a field.

    Raises
    ------
    PatternError
        If AWS refuses it.
    """
    if isinstance(rule, list):
        raise PatternError("Pattern must not be a nested array")
    if not isinstance(rule, dict):
        return Exactly(rule)
    if len(rule) != 1:
        raise PatternError("Only one key allowed in match expression")
    ((name, wanted),) = rule.items()
    if name not in OPERATORS:
        raise PatternError(f"Unrecognized match type {name}")
    return OPERATORS[name](wanted)


def is_number(value: Any) -> bool:
    """Tell whether a value is a number; a boolean is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(name: str, wanted: Any) -> str:
    if not isinstance(wanted, str):
        raise PatternError(f"{name} match pattern must be a string")
    return wanted


def _ignoring_case(name: str, wanted: Any) -> str | None:
    """Return the text of `{"equals-ignore-case": text}`; None if `wanted` is no such object."""
    if not isinstance(wanted, dict) or wanted.keys() != {"equals-ignore-case"}:
        return None
    return _text(name, wanted["equals-ignore-case"]).lower()


def _prefix(wanted: Any) -> Condition:
    if (lower := _ignoring_case("prefix", wanted)) is not None:
        return TextLike(lambda text: text.lower().startswith(lower))
    start = _text("prefix", wanted)
    return TextLike(lambda text: text.startswith(start))


def _suffix(wanted: Any) -> Condition:
    if (lower := _ignoring_case("suffix", wanted)) is not None:
        return TextLike(lambda text: text.lower().endswith(lower))
    end = _text("suffix", wanted)
    return TextLike(lambda text: text.endswith(end))


def _equals_ignoring_case(wanted: Any) -> Condition:
    lower = _text("equals-ignore-case", wanted).lower()
    return TextLike(lambda text: text.lower() == lower)


def _exists(wanted: Any) -> Condition:
    if not isinstance(wanted, bool):
        raise PatternError("exists match pattern must be either true or false.")
    return Present() if wanted else Absent()


def _wildcard(wanted: Any) -> Condition:
    pattern = _text("wildcard", wanted)
    pieces = _pieces(pattern)
    if _most_states(pieces) > MOST_STATES:
        raise PatternError(TOO_COMPLEX)
    compiled = re.compile(between_stars([re.escape(piece) for piece in pieces]), re.DOTALL)
    return TextLike(lambda text: compiled.fullmatch(text) is not None)


def _pieces(pattern: str) -> list[str]:
    """Split a wildcard pattern at its stars; `\\*` and `\\\\` stand for the characters.

    Event Ruler counts positions with the quotation mark in front.
    """
    pieces, at = [""], 0
    while at < len(pattern):
        character = pattern[at]
        if character == "*":
            if pattern[at + 1 : at + 2] == "*":
                raise PatternError(f"Consecutive wildcard characters at pos {at + 1}")
            pieces.append("")
        elif character == "\\":
            at += 1
            if pattern[at : at + 1] not in ("*", "\\"):
                raise PatternError(f"Invalid escape character at pos {at}")
            pieces[-1] += pattern[at]
        else:
            pieces[-1] += character
        at += 1
    return pieces


def _most_states(pieces: list[str]) -> int:
    """Return at how many places of a pattern the worst text is at the same time, at its stars too.

    The worst text repeats what the pattern asks for: it stays at every star that it has passed, and
    inside the piece behind the last one it is at each place where the piece repeats itself.
    """
    stars = len(pieces) - 1
    if stars == 0:
        return 1
    return stars + max(_overlaps(piece) for piece in pieces[1:])


def _overlaps(piece: str) -> int:
    """Return how many proper beginnings of `piece` are its end, too."""
    return sum(piece.endswith(piece[:length]) for length in range(1, len(piece)))


def _cidr(wanted: Any) -> Condition:
    text = _text("prefix", wanted)  # AWS's own text names the prefix here
    address, slash, bits = text.partition("/")
    if not slash or "/" in bits:
        raise PatternError("Malformed CIDR, one '/' required")
    if not bits.isdecimal():
        raise PatternError("Malformed CIDR, mask bits must be an integer")
    try:
        ipaddress.ip_address(address)
    except ValueError as error:
        raise PatternError(f"Nonstandard IP address: {address}") from error
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        most = ipaddress.ip_address(address).max_prefixlen
        raise PatternError(f"Malformed CIDR, mask bits must be < {most + 1}") from error
    return TextLike(lambda given: _is_in(given, network))


def _is_in(text: str, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        return ipaddress.ip_address(text) in network
    except ValueError:
        return False


def _numeric(wanted: Any) -> Condition:
    if not isinstance(wanted, list):
        raise PatternError("Value of numeric must be an array.")
    if not wanted:
        raise PatternError("Invalid member in numeric match: ]")
    first = _comparison(wanted, 0, "Invalid member in numeric match")
    if len(wanted) <= 2:
        return InRange((first,))
    if first[0] not in (">", ">="):
        raise PatternError("Too many elements in numeric expression")
    second = _comparison(wanted, 2, "Bad value in numeric range")
    if first[1] >= second[1]:
        raise PatternError("Bottom must be less than top")
    if len(wanted) > 4:
        raise PatternError("Too many terms in numeric range expression")
    return InRange((first, second))


def _comparison(wanted: list[Any], at: int, otherwise: str) -> tuple[str, float]:
    """Read a sign and its number.

    Parameters
    ----------
    otherwise
        What is said of a sign that is no text.
    """
    sign = wanted[at]
    if not isinstance(sign, str):
        raise PatternError(f"{otherwise}: {sign}")
    if at == 0 and sign not in COMPARISONS:
        raise PatternError(f"Unrecognized numeric range operator: {sign}")
    if at and sign not in ("<", "<="):
        raise PatternError(f"Bad numeric range operator: {sign}")
    number: Any = wanted[at + 1] if at + 1 < len(wanted) else None
    if not is_number(number):
        raise PatternError(f"Value of {'equals' if sign == '=' else sign} must be numeric")
    if abs(number) > GREATEST_NUMBER:
        raise PatternError(
            f"Value must be between {-GREATEST_NUMBER:.1e} and {GREATEST_NUMBER:.1e}, inclusive"
        )
    return sign, float(number)


def _anything_but(wanted: Any) -> Condition:
    if isinstance(wanted, dict):
        return _anything_but_matches(wanted)
    if isinstance(wanted, list):
        if not wanted:
            raise PatternError("Empty arrays are not allowed")
        if any(isinstance(one, bool) or not isinstance(one, str | int | float) for one in wanted):
            raise PatternError("Inside anything but list, start|null|boolean is not supported.")
        return AnythingBut(tuple(Exactly(one) for one in wanted))
    if isinstance(wanted, bool) or not isinstance(wanted, str | int | float):
        raise PatternError(NOT_ANYTHING)
    return AnythingBut((Exactly(wanted),))


def _anything_but_matches(wanted: dict[str, Any]) -> Condition:
    """Read `{"anything-but": {"prefix": …}}` and its like."""
    if len(wanted) != 1:
        raise PatternError("Only one key allowed in match expression")
    ((name, inner),) = wanted.items()
    if name not in INSIDE_ANYTHING_BUT:
        raise PatternError(f"Unsupported anything-but pattern: {name}")
    if isinstance(inner, dict):
        raise PatternError(NOT_ANYTHING)
    texts = inner if isinstance(inner, list) else [inner]
    if not all(isinstance(text, str) for text in texts):
        raise PatternError(INSIDE_ANYTHING_BUT[name])
    if name in ("prefix", "suffix") and "" in texts:
        raise PatternError("Null prefix/suffix not allowed")
    return AnythingBut(tuple(OPERATORS[name](text) for text in texts))


INSIDE_ANYTHING_BUT = {
    "equals-ignore-case": "Inside anything-but/equals-ignore-case list, "
    "number|start|null|boolean is not supported.",
    "prefix": "prefix/suffix match pattern must be a string",
    "suffix": "prefix/suffix match pattern must be a string",
    "wildcard": "wildcard match pattern must be a string",
}
"""The operators that `anything-but` takes, and what is said where one is not given texts."""

OPERATORS: Mapping[str, Callable[[Any], Condition]] = {
    "anything-but": _anything_but,
    "cidr": _cidr,
    "equals-ignore-case": _equals_ignoring_case,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
