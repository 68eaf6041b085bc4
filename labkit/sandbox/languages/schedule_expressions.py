"""Schedule expressions, of rules and of schedules: `rate(…)`, `cron(…)`, `at(…)`, and their times.

What AWS's grammar has not is refused. Its documents are silent about ranges that go backwards
(`FRI-MON`), about L and W within lists, and about a cron expression with no time left; here the
first two are refused and the third never comes due.
Source: EventBridge User Guide, "Cron expressions reference" and "Rate expressions reference";
EventBridge Scheduler User Guide, "Schedule types in EventBridge Scheduler".
"""

from __future__ import annotations

import calendar
import datetime as dt
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")

SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
"""How long each unit of a rate is, in seconds."""

MONTHS = {name: number for number, name in enumerate(calendar.month_abbr) if name}
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
YEARS = range(1970, 2200)

_RATE = re.compile(r"rate\((?P<number>\d{1,9}) (?P<unit>minute|hour|day)(?P<plural>s?)\)")
_CRON = re.compile(r"cron\((?P<fields>\S+(?: +\S+){5})\)")
_AT = re.compile(r"at\((?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")

Days = Callable[[dt.date], bool]
"""Tells whether a field of days lets a date."""


class InvalidExpressionError(ValueError):
    """A text that is no schedule expression."""


@dataclass(frozen=True)
class Rate:
    """Every so many seconds."""

    seconds: int
    agrees: bool = field(default=True, compare=False)
    """Whether its unit is singular for one and plural for more, which rules insist on."""

    def next_after(self, after: float, begins: float, zone: ZoneInfo) -> float | None:
        """Return the first time after `after`; the times are counted from `begins`."""
        passed = max((after - begins) // self.seconds + 1, 0)
        return begins + passed * self.seconds


@dataclass(frozen=True)
class At:
    """Once, at a local time."""

    moment: dt.datetime

    def next_after(self, after: float, begins: float, zone: ZoneInfo) -> float | None:
        """Return the time if it is after `after`."""
        time = self.moment.replace(tzinfo=zone).timestamp()
        return time if time > after else None


@dataclass(frozen=True)
class Cron:
    """At the local times whose parts are all among these."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    days: Days = field(compare=False)

    def next_after(self, after: float, begins: float, zone: ZoneInfo) -> float | None:
        """Return the first time after `after`, or None if there is none.

        A time that daylight saving leaves out is left out; one that it repeats counts once.
        """
        local = dt.datetime.fromtimestamp(after, zone).replace(tzinfo=None)
        day = local.date()
        while day is not None and day.year < YEARS.stop:
            if self._lets(day):
                for moment in self._times(day):
                    time = _timestamp(moment, zone)
                    if time is not None and time > after:
                        return time
            day = self._day_after(day)
        return None

    def _lets(self, day: dt.date) -> bool:
        return day.year in self.years and day.month in self.months and self.days(day)

    def _times(self, day: dt.date) -> list[dt.datetime]:
        clock = [dt.time(hour, minute) for hour in self.hours for minute in self.minutes]
        return [dt.datetime.combine(day, time) for time in clock]

    def _day_after(self, day: dt.date) -> dt.date:
        """Return the next day to look at, past years and months that are not among these."""
        if day.year not in self.years:
            years = [year for year in self.years if year > day.year]
            return dt.date(min(years, default=YEARS.stop), 1, 1)
        if day.month not in self.months:
            return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        return day + dt.timedelta(days=1)


Expression = Rate | At | Cron


@functools.lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Read a schedule expression.

    Raises
    ------
    InvalidExpressionError
        If AWS's grammar has no such expression.
    """
    if rate := _RATE.fullmatch(text):
        return _rate(int(rate["number"]), rate["unit"], bool(rate["plural"]))
    if at := _AT.fullmatch(text):
        return At(_moment(at["moment"]))
    if cron := _CRON.fullmatch(text):
        return _cron(*cron["fields"].split())
    raise InvalidExpressionError(text)


def _rate(number: int, unit: str, plural: bool) -> Rate:
    if number < 1:
        raise InvalidExpressionError(f"rate({number} …)")
    return Rate(number * SECONDS[unit], agrees=plural == (number > 1))


def _moment(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidExpressionError(text) from error


def _cron(minute: str, hour: str, day: str, month: str, weekday: str, year: str) -> Cron:
    if (day == "?") == (weekday == "?"):
        raise InvalidExpressionError("one of the two fields of days has to be ?, and one not")
    return Cron(
        minutes=tuple(sorted(_numbers(minute, range(60)))),
        hours=tuple(sorted(_numbers(hour, range(24)))),
        months=_numbers(month, range(1, 13), {name.upper(): n for name, n in MONTHS.items()}),
        years=_numbers(year, YEARS),
        days=_weekdays(weekday) if day == "?" else _days(day),
    )


def _numbers(text: str, known: range, names: dict[str, int] | None = None) -> frozenset[int]:
    """Read a field of numbers, ranges and steps, separated by commas."""
    found: set[int] = set()
    for part in text.split(","):
        found |= set(_part(part, known, names or {}))
    return frozenset(found)


def _part(part: str, known: range, names: dict[str, int]) -> range:
    base, slash, step_text = part.partition("/")
    first_text, dash, last_text = base.partition("-")
    if base == "*":
        first, last = known[0], known[-1]
    else:
        first = _number(first_text, known, names)
        last = _number(last_text, known, names) if dash else (known[-1] if slash else first)
    step = _number(step_text, range(1, len(known) + 1), {}) if slash else 1
    if last < first:
        raise InvalidExpressionError(part)
    return range(first, last + 1, step)


def _number(text: str, known: range, names: dict[str, int]) -> int:
    number = names.get(text.upper(), int(text) if text.isdecimal() and text.isascii() else -1)
    if number not in known:
        raise InvalidExpressionError(text)
    return number


def _days(text: str) -> Days:
    """Read the field of days of a month: numbers, L for the last, W for the weekday nearest."""
    if text == "L":
        return lambda day: day.day == _length(day)
    if text == "LW":
        return lambda day: day == _nearest_weekday(day.replace(day=_length(day)))
    if text.endswith("W"):
        wanted = _number(text[:-1], range(1, 32), {})
        return lambda day: (
            wanted <= _length(day) and day == _nearest_weekday(day.replace(day=wanted))
        )
    numbers = _numbers(text, range(1, 32))
    return lambda day: day.day in numbers


def _weekdays(text: str) -> Days:
    """Read the field of days of a week: 1 is Sunday, 6L the last Friday, 6#2 the second one."""
    names = {name: number for number, name in enumerate(DAYS, start=1)}
    if text == "L":
        return lambda day: _weekday(day) == len(DAYS)
    if text.endswith("L"):
        last = _number(text[:-1], range(1, 8), names)
        return lambda day: _weekday(day) == last and day.day > _length(day) - len(DAYS)
    if "#" in text:
        name, _, place = text.partition("#")
        wanted, which = _number(name, range(1, 8), names), _number(place, range(1, 6), {})
        return lambda day: _weekday(day) == wanted and (day.day - 1) // len(DAYS) + 1 == which
    numbers = _numbers(text, range(1, 8), names)
    return lambda day: _weekday(day) in numbers


def _weekday(day: dt.date) -> int:
    return day.isoweekday() % len(DAYS) + 1


def _length(day: dt.date) -> int:
    """Return how many days a date's month has."""
    return calendar.monthrange(day.year, day.month)[1]


def _nearest_weekday(day: dt.date) -> dt.date:
    """Return the weekday of the same month that is nearest to a date."""
    if day.isoweekday() == 6:
        return day + dt.timedelta(days=-1 if day.day > 1 else 2)
    if day.isoweekday() == 7:
        return day + dt.timedelta(days=1 if day.day < _length(day) else -2)
    return day


def _timestamp(local: dt.datetime, zone: ZoneInfo) -> float | None:
    """Return the seconds since 1970 of a local time; None if daylight saving leaves it out."""
    time = local.replace(tzinfo=zone).timestamp()
    there = dt.datetime.fromtimestamp(time, zone).replace(tzinfo=None)
    return time if there == local else None
