"""Schedule expressions: which there are, and when they come due, as EventBridge has it."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.sandbox.languages.schedule_expressions import (
    UTC,
    At,
    InvalidExpressionError,
    Rate,
    parse,
)

SEOUL, NEW_YORK = ZoneInfo("Asia/Seoul"), ZoneInfo("America/New_York")


def times(text: str, after: str, count: int = 1, zone: ZoneInfo = UTC) -> list[str]:
    """The next local times after a local time."""
    moment = dt.datetime.fromisoformat(after).replace(tzinfo=zone).timestamp()
    begins, found = moment, []
    for _ in range(count):
        due = parse(text).next_after(moment, begins, zone)
        if due is None:
            break
        found.append(f"{dt.datetime.fromtimestamp(due, zone):%Y-%m-%dT%H:%M}")
        moment = due
    return found


@pytest.mark.parametrize(
    "text",
    [
        "rate(1 minute)",
        "rate(5 minutes)",
        "rate(12 hours)",
        "rate(1 day)",
        "at(2026-11-29T23:59:59)",
        "cron(0 2 ? * SAT *)",
        "cron(5,35 14 * * ? *)",
        "cron(15 10 ? * 6L 2002-2005)",
        "cron(0 2 ? * SAT#3 *)",
        "cron(* * ? * SAT#3 *)",
        "cron(0/5 5 ? JAN 1-5 2022)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0/5 8-17 ? * MON-FRI *)",
        "cron(0 0 L * ? *)",
        "cron(0 0 3W * ? *)",
        "cron(0 0 LW * ? *)",
        "cron(0 0 ? * L *)",
        "cron(0 0 1 1/3 ? 2024/2)",
        "cron(0 0 1 jan,jul ? *)",
        "cron(0 0 31 2 ? *)",
    ],
)
def test_what_aws_takes_is_read(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "rate()",
        "rate(10)",
        "rate(0 minutes)",
        "rate(-10 minutes)",
        "rate(foo minutes)",
        "rate(10 seconds)",
        "rate(10 years)",
        "rate(10 minutess)",
        "rate( 10 minutes )",
        " rate(10 minutes)",
        "rate(1.5 hours)",
        "at(2021-12-31)",
        "at(2021-12-31T23:59:59Z)",
        "at(2021-13-31T23:59:59)",
        "cron()",
        "cron(INVALID)",
        "cron(0 1 * * * *)",
        "cron(0 1 ? * ? *)",
        "cron(0 1 * * ?)",
        "cron(0 1 * * ? * *)",
        "cron(7 20 * * NOT *)",
        "cron(0 dummy ? * MON-FRI *)",
        "cron(71 8 1 * ? *)",
        "cron(61 9 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 0 0 * ? *)",
        "cron(0 0 32 * ? *)",
        "cron(0 0 1 13 ? *)",
        "cron(0 0 1 * ? 1969)",
        "cron(0 0 1 * ? 2200)",
        "cron(0 0 ? * 0 *)",
        "cron(0 0 ? * 8 *)",
        "cron(0 0 ? * 3#6 *)",
        "cron(0 0 ? * 3#0 *)",
        "cron(0 0 ? * 3#1,6#3 *)",
        "cron(0 0 ? * FRI-MON *)",
        "cron(0 0 W * ? *)",
        "cron(0 0 1-5W * ? *)",
        "cron(0/0 0 1 * ? *)",
        "cron(0/x 0 1 * ? *)",
        "cron(1-3-5 0 1 * ? *)",
        "cron(, 0 1 * ? *)",
        "cron(٣ 0 1 * ? *)",
        "cron(0 0 1 * ? *",
        "daily",
        "",
    ],
)
def test_what_aws_has_not_is_refused(text: str) -> None:
    with pytest.raises(InvalidExpressionError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "agrees"),
    [("rate(1 minute)", True), ("rate(1 minutes)", False), ("rate(2 minute)", False)],
)
def test_a_unit_agrees_with_its_number_or_not(text: str, agrees: bool) -> None:
    rate = parse(text)
    assert isinstance(rate, Rate)
    assert rate.agrees is agrees


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("cron(15 10 * * ? *)", "2026-11-29T10:14:59", ["2026-11-29T10:15", "2026-11-30T10:15"]),
        ("cron(0/20 9 * * ? *)", "2026-01-01T09:00", ["2026-01-01T09:20", "2026-01-01T09:40"]),
        ("cron(0 9 ? * MON-FRI *)", "2026-11-27T10:00", ["2026-11-30T09:00", "2026-12-01T09:00"]),
        ("cron(0 0 L * ? *)", "2024-01-31T00:00", ["2024-02-29T00:00", "2024-03-31T00:00"]),
        ("cron(0 0 LW * ? *)", "2026-01-01T00:00", ["2026-01-30T00:00", "2026-02-27T00:00"]),
        ("cron(0 0 1W * ? *)", "2026-07-15T00:00", ["2026-08-03T00:00", "2026-09-01T00:00"]),
        ("cron(0 0 15W * ? *)", "2026-08-01T00:00", ["2026-08-14T00:00", "2026-09-15T00:00"]),
        ("cron(0 0 31W * ? *)", "2026-02-01T00:00", ["2026-03-31T00:00", "2026-05-29T00:00"]),
        ("cron(0 0 ? * 6L *)", "2026-11-01T00:00", ["2026-11-27T00:00", "2026-12-25T00:00"]),
        ("cron(0 0 ? * L *)", "2026-11-01T00:00", ["2026-11-07T00:00", "2026-11-14T00:00"]),
        ("cron(0 0 ? * TUE#2 *)", "2026-11-01T00:00", ["2026-11-10T00:00", "2026-12-08T00:00"]),
        ("cron(0 0 ? * 3#5 *)", "2026-01-01T00:00", ["2026-03-31T00:00", "2026-06-30T00:00"]),
        ("cron(0 0 29 2 ? *)", "2025-01-01T00:00", ["2028-02-29T00:00", "2032-02-29T00:00"]),
        ("cron(0 0 1 1 ? 2030/5)", "2026-01-01T00:00", ["2030-01-01T00:00", "2035-01-01T00:00"]),
        ("cron(0 0 31 2 ? *)", "2026-01-01T00:00", []),
        ("cron(0 0 1 1 ? 2020)", "2026-01-01T00:00", []),
        ("rate(90 minutes)", "2026-01-01T00:00", ["2026-01-01T01:30", "2026-01-01T03:00"]),
        ("at(2026-01-01T00:01:00)", "2026-01-01T00:00", ["2026-01-01T00:01"]),
        ("at(2026-01-01T00:01:00)", "2026-01-01T00:01", []),
    ],
)
def test_times(text: str, after: str, expected: list[str]) -> None:
    assert times(text, after, count=2) == expected


def test_a_local_time_is_meant_in_its_zone() -> None:
    due = parse("at(2026-11-29T09:00:00)").next_after(0, 0, SEOUL)
    assert due == dt.datetime(2026, 11, 29, 0, 0, tzinfo=dt.UTC).timestamp()
    assert times("cron(0 9 * * ? *)", "2026-11-29T08:00", zone=SEOUL) == ["2026-11-29T09:00"]


def test_what_daylight_saving_leaves_out_is_left_out() -> None:
    found = times("cron(30 2 * * ? *)", "2026-03-07T12:00", count=2, zone=NEW_YORK)
    assert found == ["2026-03-09T02:30", "2026-03-10T02:30"]


def test_what_daylight_saving_repeats_counts_once() -> None:
    found = times("cron(30 1 * * ? *)", "2026-10-31T12:00", count=2, zone=NEW_YORK)
    assert found == ["2026-11-01T01:30", "2026-11-02T01:30"]


def test_a_rate_begins_where_it_is_counted_from() -> None:
    rate = parse("rate(1 minute)")
    assert rate.next_after(99.9, 100, UTC) == 100
    assert rate.next_after(100, 100, UTC) == 160
    assert rate.next_after(279, 100, UTC) == 280


@given(
    st.text(max_size=40) | st.from_regex(r"(cron|rate|at)\([0-9A-Z?*#LW,/: -]*\)", fullmatch=True)
)
def test_any_text_is_read_or_refused_and_computed(text: str) -> None:
    try:
        expression = parse(text)
    except InvalidExpressionError:
        return
    due = expression.next_after(1_000_000_000, 0, SEOUL)
    assert due is None or due > 1_000_000_000 or isinstance(expression, At)
