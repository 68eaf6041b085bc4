"""Alarms that watch one series or an expression, and change state by themselves.

MiniStack evaluates an alarm when data is put, over all series of a name and one period. Here every
alarm is evaluated over the data points of its own series, with M out of N, missing data treated as
asked, and again and again while nobody calls. AWS does so once a minute; here it is more often, so
that a lesson need not wait.
Source: CloudWatch User Guide, "Using Amazon CloudWatch alarms" and "Configuring how CloudWatch
alarms treat missing data".
"""

from __future__ import annotations

import datetime as dt
import logging
import operator
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.services.cloudwatch.metric_data import answers, metric_series
from labkit.sandbox.services.cloudwatch.metric_math import ExpressionError, Series
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.cloudwatch import cloudwatch

EVALUATION_SECONDS = 1.0
"""How often every alarm is evaluated."""

LOG = logging.getLogger(__name__)

COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
}
"""Each operator, and its words in a reason."""

Alarm = dict[str, Any]


def start() -> None:
    """Evaluate every alarm from now on."""
    threading.Thread(target=_evaluate_again_and_again, daemon=True, name="alarms").start()


def check(given: dict[str, Any]) -> None:
    """Check the expression of an alarm that is put.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it cannot be evaluated.
    """
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
    state, reason = judge(alarm, _last_periods(alarm))
    old = alarm["StateValue"]
    if state == old:
        return
    alarm["StateValue"], alarm["StateReason"] = state, reason
    alarm["StateUpdatedTimestamp"] = int(time.time())
    cloudwatch._record_history(alarm["AlarmName"], old, state, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, state, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def judge(alarm: Alarm, periods: list[tuple[int, float | None]]) -> tuple[str, str]:
    """Return the state that follows from the last periods, and why.

    Parameters
    ----------
    alarm
        As DescribeAlarms shows it.
    periods
        Beginning (seconds since 1970) and value of each period, None where there is no data.
    """
    needed = alarm.get("DatapointsToAlarm") or len(periods)
    treatment = alarm.get("TreatMissingData") or "missing"
    known = [(at, value) for at, value in periods if value is not None]
    breaching = [(at, value) for at, value in known if _breaches(alarm, value)]
    missing = len(periods) - len(known)
    filled = missing if treatment == "breaching" else 0
    if len(breaching) + filled >= needed:
        return "ALARM", _reason(alarm, breaching, needed, "ALARM")
    if len(known) > len(breaching) or treatment == "notBreaching":
        calm = [point for point in known if point not in breaching]
        return "OK", _reason(alarm, calm, needed, "OK")
    if known or treatment in ("ignore", "breaching"):
        return alarm["StateValue"], alarm["StateReason"]
    points = "1 datapoint was" if missing == 1 else f"{missing} datapoints were"
    return "INSUFFICIENT_DATA", f"Insufficient Data: {points} unknown."


def _breaches(alarm: Alarm, value: float) -> bool:
    compare, _ = COMPARISONS.get(alarm.get("ComparisonOperator", ""), (None, ""))
    return compare is not None and compare(value, alarm.get("Threshold", 0.0))


def _reason(alarm: Alarm, points: list[tuple[int, float]], needed: int, state: str) -> str:
    count = alarm.get("EvaluationPeriods", 1)
    if not points:
        return f"Threshold Crossed: no datapoints were received for {count} periods."
    listed = ", ".join(
        f"{value} ({dt.datetime.fromtimestamp(at, dt.UTC):%d/%m/%y %H:%M:%S})"
        for at, value in reversed(points)
    )
    _, words = COMPARISONS[alarm["ComparisonOperator"]]
    return (
        f"Threshold Crossed: {len(points)} out of the last {count} datapoints [{listed}] "
        f"{'was' if len(points) == 1 else 'were'} {'' if state == 'ALARM' else 'not '}{words} the "
        f"threshold ({alarm.get('Threshold', 0.0)}) (minimum {needed} "
        f"{'datapoint' if needed == 1 else 'datapoints'} for "
        f"{'OK -> ALARM' if state == 'ALARM' else 'ALARM -> OK'} transition)."
    )


def _last_periods(alarm: Alarm) -> list[tuple[int, float | None]]:
    """Return the periods to look at: the running one counts as soon as it has data."""
    period, count = _period(alarm), int(alarm.get("EvaluationPeriods", 1))
    running = int(time.time() // period) * period
    series = _series(alarm, running - count * period, running + period)
    newest = running if running in series else running - period
    times = range(newest - (count - 1) * period, newest + period, period)
    return [(at, series.get(at)) for at in times]


def _period(alarm: Alarm) -> int:
    stats = [query["MetricStat"] for query in alarm.get("Metrics", []) if "MetricStat" in query]
    periods = [int(stat["Period"]) for stat in stats]
    return min(periods) if periods else int(alarm.get("Period") or 60)


def _series(alarm: Alarm, start: int, end: int) -> Series:
    if queries := alarm.get("Metrics"):
        return next((series for _, series in answers(queries, start, end)), {})
    metric = {key: alarm.get(key) for key in ("Namespace", "MetricName", "Dimensions")}
    statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
    stat = {"Metric": metric, "Period": alarm.get("Period", 60), "Stat": statistic}
    return metric_series(stat, start, end)
