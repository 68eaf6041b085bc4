"""Why an alarm is in its state: a sentence, and the data that were looked at.

Source: CloudWatch API Reference, MetricAlarm; CloudWatch User Guide, "Alarm events and
EventBridge"; the sentences are AWS's answers as others have recorded them.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import Any, NamedTuple

WORDS = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanOrEqualToThreshold": "less than or equal to",
    "LessThanThreshold": "less than",
}
"""What a sentence makes of each comparison."""

TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}
"""What a sentence says of missing data that count as others."""

Alarm = dict[str, Any]


class Point(NamedTuple):
    """One period that an alarm looks at."""

    at: int
    """Its beginning, in seconds since 1970."""
    value: float | None = None
    """None if there are no data."""
    samples: float | None = None
    """How many values were put; None of an expression."""


def crossed(alarm: Alarm, points: list[Point], looked_at: list[Point], state: str) -> str:
    """Return the sentence of a state that follows from a threshold.

    Parameters
    ----------
    alarm
        As DescribeAlarms shows it.
    points
        The periods with data that speak for the state.
    looked_at
        All periods.
    state
        ``ALARM`` or ``OK``.
    """
    if not points:
        return _by_missing_data(alarm, looked_at)
    listed = ", ".join(
        f"{point.value} ({dt.datetime.fromtimestamp(point.at, dt.UTC):%d/%m/%y %H:%M:%S})"
        for point in reversed(points)
    )
    verb = "was" if len(points) == 1 else "were"
    compared = "" if state == "ALARM" else "not "
    compared += WORDS[alarm["ComparisonOperator"]]
    compared = f"{verb} {compared} the threshold ({alarm.get('Threshold', 0.0)})"
    needed = alarm.get("DatapointsToAlarm")
    if needed is None:
        return f"Threshold Crossed: {_counted(len(points), 'datapoint')} [{listed}] {compared}."
    way = "OK -> ALARM" if state == "ALARM" else "ALARM -> OK"
    return (
        f"Threshold Crossed: {len(points)} out of the last {len(looked_at)} datapoints [{listed}] "
        f"{compared} (minimum {_counted(needed, 'datapoint')} for {way} transition)."
    )


def _by_missing_data(alarm: Alarm, looked_at: list[Point]) -> str:
    count = len(looked_at)
    treated = TREATED.get(alarm.get("TreatMissingData") or "", "")
    verb = "was" if count == 1 else "were"
    return (
        f"Threshold Crossed: no datapoints were received for {_counted(count, 'period')} and "
        f"{_counted(count, 'missing datapoint')} {verb} treated as [{treated}]."
    )


def unknown(missing: int) -> str:
    """Return the sentence of an alarm that cannot tell."""
    verb = "was" if missing == 1 else "were"
    return f"Insufficient Data: {_counted(missing, 'datapoint')} {verb} unknown."


def data(alarm: Alarm, looked_at: list[Point]) -> str:
    """Return the JSON of what was looked at, the latest of the evaluated periods first."""
    known = [point for point in looked_at if point.value is not None]
    found: dict[str, Any] = {"version": "1.0", "queryDate": moment(time.time())}
    found |= {"startDate": moment(known[0].at)} if known else {}
    members = (("unit", "Unit"), ("statistic", "Statistic"), ("period", "Period"))
    found |= {name: alarm[of] for name, of in members if alarm.get(of)}
    found |= {
        "recentDatapoints": [point.value for point in known],
        "threshold": alarm.get("Threshold", 0.0),
        "evaluatedDatapoints": [_evaluated(point) for point in reversed(looked_at)],
    }
    return json.dumps(found, separators=(",", ":"))


def _evaluated(point: Point) -> dict[str, Any]:
    told = {"sampleCount": point.samples, "value": point.value}
    known = {name: value for name, value in told.items() if value is not None}
    return {"timestamp": moment(point.at)} | known


def moment(seconds: float) -> str:
    """Write a time as alarms do, to the millisecond."""
    at = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}+0000"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
