"""The values of Logs Insights: texts, numbers, points and periods of time.

Source: CloudWatch Logs User Guide, "Supported operations and functions".
"""

from __future__ import annotations

import datetime as dt
import re

from labkit.sandbox.services.logs.log_records import Field

Value = Field | None
"""A field of a record; None if the record has none."""

_SPANS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
"""Milliseconds of each unit of a period of time."""

TIME = "@timestamp"
TIME_FORMAT = "%Y-%m-%d %H:%M:%S.%f"


class MalformedQueryError(ValueError):
    """A query that Logs Insights would refuse, or that the sandbox does not know."""


def compile_regex(pattern: str, flags: str = "") -> re.Pattern[str]:
    """Compile a /pattern/, whose named groups are written `(?<name>…)`."""
    try:
        return re.compile(
            re.sub(r"\(\?<(?![=!])", "(?P<", pattern), re.IGNORECASE if flags == "i" else 0
        )
    except re.error as error:
        raise MalformedQueryError(f"/{pattern}/ is no regular expression: {error}") from None


def span_ms(text: str) -> int:
    """Return the milliseconds of a period of time such as `5m`."""
    found = re.fullmatch(r"(\d+)(ms|s|m|h|d|w)", text)
    if not found or not int(found[1]):
        raise MalformedQueryError(f"{text} is no period of time")
    return int(found[1]) * _SPANS[found[2]]


def as_text(value: Value) -> str:
    """Return a value as Logs Insights shows it; whole numbers have no decimals."""
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


def as_time(milliseconds: float) -> str:
    """Return a time as Logs Insights shows it, in UTC."""
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC).strftime(TIME_FORMAT)[:-3]
