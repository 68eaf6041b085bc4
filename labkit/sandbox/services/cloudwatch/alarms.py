"""Alarms that watch one series or an expression, and change state by themselves.

MiniStack evaluates an alarm when data is put, over all series of a name and one period. Here every
alarm is evaluated over the data points of its own series, with M out of N, missing data treated as
asked, and again and again while nobody calls. AWS does so once a minute; here it is more often, so
that a lesson need not wait.
Source: CloudWatch User Guide, "Using Amazon CloudWatch alarms" and "Configuring how CloudWatch
alarms treat missing data".
"""

from __future__ import annotations

import logging
import operator
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.services.cloudwatch import history, reasons
from labkit.sandbox.services.cloudwatch.metric_data import answers, metric_series
from labkit.sandbox.services.cloudwatch.metric_math import ExpressionError, Series
from labkit.sandbox.services.cloudwatch.reasons import Point
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.cloudwatch import cloudwatch

EVALUATION_SECONDS = 1.0
"""How often every alarm is evaluated."""

HELD_SECONDS = 10.0
"""How long a state that was set by hand stays; on AWS, until the next evaluation."""

_held_until: dict[str, float] = {}

LOG = logging.getLogger(__name__)

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}

Alarm = dict[str, Any]


def start() -> None:
    """Evaluate every alarm from now on."""
    threading.Thread(target=_evaluate_again_and_again, daemon=True, name="alarms").start()


HOUR, DAY, WEEK = 3600, 86_400, 604_800
TOO_LONG = (
    "Metrics cannot be checked across more than {} (EvaluationPeriods * Period must be <= {}) for "
    "alarms using period {}"
)
"""What is said of an alarm that looks too far back, in seconds."""


def check(given: dict[str, Any]) -> None:
    """Check the expression of an alarm that is put, and how far back it looks.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it cannot be evaluated, or looks too far back.
    """
    period, count = _period(given), int(given.get("EvaluationPeriods") or 1)
    if int(given.get("DatapointsToAlarm") or count) > count:
        text = "DatapointsToAlarm must be less than or equal to EvaluationPeriods"
        refuse("ValidationError", text)
    if period < HOUR and period * count > DAY:
        refuse("ValidationError", TOO_LONG.format("a day", DAY, f"< {HOUR}"))
    if period * count > WEEK:
        refuse("ValidationError", TOO_LONG.format("a week", WEEK, f">= {HOUR}"))
    try:
        list(answers(given.get("Metrics") or [], 0, 1))
    except ExpressionError as error:
        refuse("ValidationError", str(error))


def keep_metrics(given: dict[str, Any]) -> None:
    """Keep the queries of an alarm on an expression, which MiniStack forgets."""
    if not given.get("Metrics"):
        return
    alarm = cloudwatch._alarms[given["AlarmName"]]
    alarm["Metrics"] = given["Metrics"]
    for unused in ("MetricName", "Namespace", "Statistic", "Dimensions", "Period"):
        alarm.pop(unused, None)
    evaluate(alarm)


def hold(name: str) -> None:
    """Leave an alarm for a while in the state that somebody has set."""
    if (alarm := cloudwatch._alarms.get(name)) is not None:
        _held_until[alarm["AlarmArn"]] = time.monotonic() + HELD_SECONDS


def _evaluate_again_and_again() -> None:
    while True:
        time.sleep(EVALUATION_SECONDS)
        for _, alarm in cloudwatch._alarms.all_items():
            _, _, _, region, account, *_ = alarm["AlarmArn"].split(":")
            with responses.request_scope(account, region):
                try:
                    evaluate(alarm)
                except ExpressionError as error:
                    LOG.warning("alarm %s: %s", alarm["AlarmName"], error)


def evaluate(alarm: Alarm) -> None:
    """Look at an alarm's last periods; if its state changes, say so and act."""
    if _held_until.get(alarm["AlarmArn"], 0.0) > time.monotonic():
        return
    periods = _last_periods(alarm)
    state, reason = judge(alarm, periods)
    old = history.state_of(alarm)
    if state == old["stateValue"]:
        return
    alarm["StateValue"], alarm["StateReason"] = state, reason
    alarm["StateReasonData"] = reasons.data(alarm, periods)
    alarm["StateUpdatedTimestamp"] = int(time.time())
    history.record_states(alarm, old)
    cloudwatch._dispatch_alarm_actions(alarm, old["stateValue"], state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def judge(alarm: Alarm, periods: list[Point]) -> tuple[str, str]:
    """Return the state that follows from the last periods, and why.

    Parameters
    ----------
    alarm
        As DescribeAlarms shows it.
    periods
        Those to look at, the latest last.
    """
    needed = alarm.get("DatapointsToAlarm") or len(periods)
    treatment = alarm.get("TreatMissingData") or "missing"
    known = [point for point in periods if point.value is not None]
    breaching = [point for point in known if _breaches(alarm, point.value)]
    missing = len(periods) - len(known)
    filled = missing if treatment == "breaching" else 0
    if len(breaching) + filled >= needed:
        return "ALARM", reasons.crossed(alarm, breaching, periods, "ALARM")
    if len(known) > len(breaching) or treatment == "notBreaching":
        calm = [point for point in known if point not in breaching]
        return "OK", reasons.crossed(alarm, calm, periods, "OK")
    if known or treatment in ("ignore", "breaching"):
        return alarm["StateValue"], alarm["StateReason"]
    return "INSUFFICIENT_DATA", reasons.unknown(missing)


def _breaches(alarm: Alarm, value: float | None) -> bool:
    compare = COMPARISONS.get(alarm.get("ComparisonOperator", ""))
    if compare is None or value is None:
        return False
    return compare(value, alarm.get("Threshold", 0.0))


def _last_periods(alarm: Alarm) -> list[Point]:
    """Return the periods to look at: the running one counts as soon as it has data."""
    period = _period(alarm)
    count = min(int(alarm.get("EvaluationPeriods", 1)), WEEK // period)  # a stack's is not checked
    running = int(time.time() // period) * period
    span = running - count * period, running + period
    series, samples = _series(alarm, *span), _samples(alarm, *span)
    newest = running if running in series else running - period
    times = range(newest - (count - 1) * period, newest + period, period)
    return [Point(at, series.get(at), samples.get(at)) for at in times]


def _period(alarm: Alarm) -> int:
    stats = [query["MetricStat"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
    periods = [int(stat["Period"]) for stat in stats]
    return min(periods) if periods else int(alarm.get("Period") or 60)


def _series(alarm: Alarm, start: int, end: int) -> Series:
    if queries := alarm.get("Metrics"):
        return next((series for _, series in answers(queries, start, end)), {})
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    return _statistic(alarm, statistic, start, end)


def _samples(alarm: Alarm, start: int, end: int) -> Series:
    return {} if alarm.get("Metrics") else _statistic(alarm, "SampleCount", start, end)


def _statistic(alarm: Alarm, statistic: str, start: int, end: int) -> Series:
    metric = {key: alarm.get(key) for key in ("Namespace", "MetricName", "Dimensions")}
    stat = {"Metric": metric, "Period": alarm.get("Period", 60), "Stat": statistic}
    stat |= {"Unit": alarm["Unit"]} if alarm.get("Unit") else {}
    return metric_series(stat, start, end)
