"""The functions of Logs Insights: of single values, and of the values of a group.

Source: CloudWatch Logs User Guide, "Boolean, comparison, numeric, datetime, and other functions"
and "stats".
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from labkit.sandbox.services.logs.log_records import Field, as_time
from labkit.sandbox.services.logs.log_values import (
    Value,
    as_milliseconds,
    as_number,
    as_text,
)


def _floor_of_time(value: Value, span: Value) -> Value:
    at, step = as_milliseconds(value), as_number(span)
    return None if at is None or not step else as_time(at // step * step)


def _ceiling_of_time(value: Value, span: Value) -> Value:
    at, step = as_milliseconds(value), as_number(span)
    return None if at is None or not step else as_time(-(-at // step) * step)


def _number(function: Callable[[float], float]) -> Callable[..., Value]:
    """Make a function of a number one of a value: None of what is none, or has no result."""

    def apply(value: Value) -> Value:
        number = as_number(value)
        try:
            return None if number is None else function(number)
        except ValueError:
            return None

    return apply


def _text(function: Callable[..., Value]) -> Callable[..., Value]:
    return lambda value, *more: None if value is None else function(as_text(value), *more)


def _address(value: Value) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(as_text(value))
    except ValueError:
        return None


def _is_address(*versions: int) -> Callable[[Value], Value]:
    def apply(value: Value) -> Value:
        address = _address(value)
        return address is not None and address.version in versions

    return apply


def _is_in_subnet(*versions: int) -> Callable[[Value, Value], Value]:
    def apply(value: Value, subnet: Value) -> Value:
        address = _address(value)
        try:
            network = ipaddress.ip_network(as_text(subnet), strict=False)
        except ValueError:
            return False
        return address is not None and address.version in versions and address in network

    return apply


def known(values: Iterable[Value]) -> list[Field]:
    """Return those of the values that there are."""
    return [value for value in values if value is not None]


def numbers_of(values: Iterable[Value]) -> list[float]:
    """Return those of the values that are numbers, or read as numbers."""
    return [number for number in map(as_number, values) if number is not None]


FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "abs": _number(abs),
    "bin": _floor_of_time,
    "ceil": _number(lambda number: float(math.ceil(number))),
    "coalesce": lambda *values: next(iter(known(values)), None),
    "concat": lambda *values: "".join(map(as_text, values)),
    "dateceil": _ceiling_of_time,
    "datefloor": _floor_of_time,
    "floor": _number(lambda number: float(math.floor(number))),
    "frommillis": lambda value: None if (at := as_number(value)) is None else as_time(at),
    "greatest": lambda *values: max(numbers_of(values), default=None),
    "isblank": lambda value: not as_text(value).strip(),
    "isempty": lambda value: not as_text(value),
    "isipinsubnet": _is_in_subnet(4, 6),
    "isipv4insubnet": _is_in_subnet(4),
    "isipv6insubnet": _is_in_subnet(6),
    "ispresent": lambda value: value is not None,
    "isvalidip": _is_address(4, 6),
    "isvalidipv4": _is_address(4),
    "isvalidipv6": _is_address(6),
    "least": lambda *values: min(numbers_of(values), default=None),
    "log": _number(math.log),
    "lower": _text(str.lower),
    "ltrim": _text(str.lstrip),
    "now": lambda: float(int(time.time())),
    "replace": _text(lambda text, old, new: text.replace(as_text(old), as_text(new))),
    "round": _number(lambda number: float(round(number))),
    "rtrim": _text(str.rstrip),
    "sqrt": _number(math.sqrt),
    "strcontains": _text(lambda text, part: float(as_text(part) in text)),
    "strlen": _text(lambda text: float(len(text))),
    "substr": _text(
        lambda text, start, length=None: text[int(start) :][
            : None if length is None else int(length)
        ]
    ),
    "tolower": _text(str.lower),
    "tomillis": as_milliseconds,
    "toupper": _text(str.upper),
    "trim": _text(str.strip),
    "upper": _text(str.upper),
}


ARGUMENTS: Mapping[str, tuple[int, int | None]] = {
    "bin": (1, 1),
    **dict.fromkeys(("coalesce", "concat", "greatest", "least"), (1, None)),
    **dict.fromkeys(("dateceil", "datefloor", "strcontains"), (2, 2)),
    **dict.fromkeys(("isipinsubnet", "isipv4insubnet", "isipv6insubnet"), (2, 2)),
    **dict.fromkeys(("ltrim", "rtrim", "trim"), (1, 2)),
    "now": (0, 0),
    "replace": (3, 3),
    "substr": (2, 3),
}
"""How many arguments a function takes, at least and at most; one, if it is not here."""


def takes(name: str, number: int) -> bool:
    """Tell whether a function takes so many arguments."""
    least, most = ARGUMENTS.get(name, (1, 1))
    return least <= number and (most is None or number <= most)


def value_of(name: str, arguments: Sequence[Value]) -> Value:
    """Apply a function; of values that it cannot take, it has none."""
    try:
        return FUNCTIONS[name](*arguments)
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _percentile(numbers: Sequence[float], percent: float) -> float:
    """Return a percentile, interpolated between the nearest ranks."""
    ordered, rank = sorted(numbers), percent / 100 * (len(numbers) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (rank - low) * (ordered[high] - ordered[low])


def _deviation(numbers: Sequence[float]) -> float:
    mean = math.fsum(numbers) / len(numbers)
    return math.sqrt(math.fsum((number - mean) ** 2 for number in numbers) / len(numbers))


AGGREGATES: Mapping[str, Callable[..., float]] = {
    "avg": lambda numbers: math.fsum(numbers) / len(numbers),
    "max": max,
    "median": lambda numbers: _percentile(numbers, 50),
    "min": min,
    "pct": _percentile,
    "percentile": _percentile,
    "stddev": _deviation,
    "sum": math.fsum,
}
"""Functions of the numbers of a group."""

OF_VALUES = {"count", "count_distinct", "earliest", "latest", "sortsfirst", "sortslast"}
"""Functions of a group that are not of numbers."""
