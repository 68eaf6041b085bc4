"""The values of Logs Insights: texts, numbers, points and periods of time.

Source: CloudWatch Logs User Guide, "Boolean, comparison, numeric, datetime, and other functions".
"""

from __future__ import annotations

import datetime as dt
import re

from labkit.sandbox.languages.regular_expressions import Expression, ExpressionError
from labkit.sandbox.services.logs.log_records import TIME_FORMAT, Field

Value = Field | None
"""A field of a record; None if the record has none."""

_SPANS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
"""Milliseconds of each unit of a period of time."""

_WORDS = {
    "ms": ("ms", "msec", "millisecond"),
    "s": ("s", "sec", "second"),
    "m": ("m", "min", "minute"),
    "h": ("h", "hr", "hour"),
    "d": ("d", "day"),
    "w": ("w", "week"),
}
_UNITS = {word: unit for unit, words in _WORDS.items() for word in words}
_UNITS |= {f"{word}s": unit for word, unit in _UNITS.items() if len(word) > 1}
"""How each unit may be written: what has more than one letter, in the plural, too."""

_CAPS = {"ms": 1000, "s": 60, "m": 60, "h": 24}
"""The most of a unit; more counts as so much, so that `bin(300s)` is a minute."""

SPAN = rf"\d+(?:{'|'.join(sorted(_UNITS, key=len, reverse=True))}|mo|mon|q|qtr|y|yr)\b"
"""A period of time, as a pattern."""

TIME = "@timestamp"


class MalformedQueryError(ValueError):
    """A query that Logs Insights would refuse, or that the sandbox does not know."""


def compile_regex(pattern: str, flags: str = "") -> Expression:
    """Read a /pattern/, whose named groups are written `(?<name>…)`.

    `(?i)` counts for what follows it, and may stand after the beginning.
    """
    text = re.sub(r"\(\?<(?![=!])", "(?P<", pattern)
    text = re.sub(r"^([^(\\]+)\(\?i\)(.*)$", r"\1(?i:\2)", text, flags=re.DOTALL)
    try:
        return Expression(text, ignore_case=flags == "i")
    except ExpressionError as error:
        raise MalformedQueryError(f"/{pattern}/ is no regular expression: {error}") from None


def span_ms(text: str) -> int:
    """Return the milliseconds of a period of time such as `5m`.

    Raises
    ------
    MalformedQueryError
        If it is none, or in months and longer, which the sandbox does not know.
    """
    found = re.fullmatch(r"(\d+)([a-z]+)", text)
    unit = _UNITS.get(found[2]) if found else None
    if not found or not int(found[1]) or unit is None:
        raise MalformedQueryError(f"{text} is no period of time that the sandbox knows")
    return min(int(found[1]), _CAPS.get(unit, int(found[1]))) * _SPANS[unit]


def as_text(value: Value | bool) -> str:
    """Return a value as Logs Insights shows it; whole numbers have no decimals, truth is 1 or 0."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.4f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)


def as_number(value: Value) -> float | None:
    """Return a value as a number, if it is or reads as one."""
    try:
        return None if value is None else float(value)
    except ValueError:
        return None


def as_milliseconds(value: Value) -> float | None:
    """Return a time, shown or as a number, in milliseconds since 1970."""
    if (number := as_number(value)) is not None:
        return number
    try:
        parsed = dt.datetime.strptime(str(value), TIME_FORMAT)
    except ValueError:
        return None
    return round(parsed.replace(tzinfo=dt.UTC).timestamp() * 1000)


def sort_key(value: object) -> tuple[int, float, str]:
    """Order what is missing first, then numbers, then text."""
    if value is None:
        return 0, 0.0, ""
    text = value if isinstance(value, str | float) else str(value)
    number = as_number(text)
    return (1, number, "") if number is not None else (2, 0.0, as_text(text))
