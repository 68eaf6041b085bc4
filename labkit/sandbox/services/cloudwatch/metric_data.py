"""GetMetricData with metric math, and metrics told apart by their dimensions, also by having none.

MiniStack answers an expression with nothing, and sums up all series of a name when no dimension is
given.
Source: CloudWatch API Reference, "GetMetricData" and "GetMetricStatistics".
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.services.cloudwatch import metric_math, paging
from labkit.sandbox.services.cloudwatch.metric_math import ExpressionError, Scene, Series, Value
from labkit.sandbox.upstream.cloudwatch import cloudwatch

MOST_POINTS = paging.POINTS
"""Data points of one series."""

MOST_STATISTICS = 1440
"""Data points of one answer of GetMetricStatistics."""

BASIC = ["SampleCount", "Sum", "Average", "Minimum", "Maximum"]
"""The statistics of a request that names none."""

Query = dict[str, Any]
Points = list[dict[str, Any]]


def get_metric_data(given: dict[str, Any]) -> dict[str, Any]:
    """Answer GetMetricData.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If an expression cannot be evaluated.
    """
    start, end = _times(given)
    newest_first = given.get("ScanBy", "TimestampDescending") == "TimestampDescending"
    queries = given.get("MetricDataQueries", [])
    try:
        results = list(answers(queries, start, end))
    except ExpressionError as error:
        refuse("ValidationError", str(error))
    labels = _labels(queries)
    found = [_result(*result, labels, newest_first) for result in results]
    page = paging.points(found, given.get("MaxDatapoints"), given.get("NextToken"))
    return page | {"Messages": []}


def get_metric_statistics(given: dict[str, Any]) -> dict[str, Any]:
    """Answer GetMetricStatistics.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If that would be too many data points.
    """
    start, end = _times(given)
    period, name = int(given.get("Period") or 60), given.get("MetricName", "")
    if (asked := math.ceil((end - start) / period)) > MOST_STATISTICS:
        refuse(
            "InvalidParameterCombination",
            f"You have requested up to {asked:,} datapoints, which exceeds the limit of "
            f"{MOST_STATISTICS:,}. You may reduce the datapoints requested by increasing Period, "
            "or decreasing the time range.",
        )
    dimensions, unit = given.get("Dimensions") or [], given.get("Unit")
    points = _points(given.get("Namespace", ""), name, dimensions, start, end, unit)
    wanted = [*given.get("Statistics", []), *given.get("ExtendedStatistics", [])]
    found = [
        _datapoint(at, some, wanted or BASIC)
        for at, of_period in _by_period(points, period).items()
        for some in _by_unit(of_period)
    ]
    return {"Datapoints": found, "Label": name}


def _times(given: dict[str, Any]) -> tuple[float, float]:
    """Return the beginning and the end that are asked for, in seconds since 1970."""
    start, end = (cloudwatch._parse_ts(given.get(key)) for key in ("StartTime", "EndTime"))
    return start, end


def answers(queries: Sequence[Query], start: float, end: float) -> Iterable[tuple[Query, Series]]:
    """Yield each series that the queries ask for.

    Parameters
    ----------
    queries
        As GetMetricData takes them: metrics and expressions.
    start, end
        Seconds since 1970; the end is not included.

    Raises
    ------
    ExpressionError
        An expression cannot be evaluated.
    """
    by_id = {query.get("Id", ""): query for query in queries}
    stats = [query["MetricStat"] for query in queries if query.get("MetricStat")]
    period = min((int(stat.get("Period", 60)) for stat in stats), default=60)
    first = int(start // period) * period
    times = range(first, max(first, int(end)), period)
    if len(times) > MOST_POINTS:
        raise ExpressionError("too many data points were asked for; use a longer Period")
    known: dict[str, list[Series]] = {}

    def of(query_id: str) -> list[Series]:
        if query_id not in by_id:
            raise ExpressionError(f"Error in expression: there is no id {query_id}")
        if query_id not in known:
            query = by_id.pop(query_id)
            known[query_id] = _evaluated(query, scene, start, end)
            by_id[query_id] = query
        return known[query_id]

    def look_up(query_id: str) -> Value:
        found = of(query_id)
        return found[0] if len(found) == 1 else found

    def metrics(text: str) -> list[Series]:
        named = [q["Id"] for q in queries if q.get("MetricStat") and text in q["Id"]]
        return [series for query_id in named for series in of(query_id)]

    scene = Scene(look_up, metrics, period, times)
    for query in queries:
        if query.get("ReturnData", True):
            for series in of(query.get("Id", "")):
                yield query, series


def _evaluated(query: Query, scene: Scene, start: float, end: float) -> list[Series]:
    if expression := query.get("Expression"):
        try:
            return metric_math.evaluate(expression, scene)
        except ExpressionError as error:
            raise ExpressionError(f"Error in expression '{query.get('Id')}': {error}") from None
    stat = query.get("MetricStat") or {}
    return [metric_series(stat, start, end)]


def metric_series(stat: dict[str, Any], start: float, end: float) -> Series:
    """Return a metric's statistic by period.

    Parameters
    ----------
    stat
        A MetricStat of the API: Metric, Period in seconds, Stat; of a Unit alone, if it has one.
    start, end
        Seconds since 1970; the end is not included.
    """
    metric, period = stat.get("Metric", {}), int(stat.get("Period", 60))
    points = _points(
        metric.get("Namespace", ""),
        metric.get("MetricName", ""),
        metric.get("Dimensions") or [],
        start,
        end,
        stat.get("Unit"),
    )
    values = {
        at: cloudwatch._stat_value(cloudwatch._calc_stats(some), stat.get("Stat", "Average"), some)
        for at, some in _by_period(points, period).items()
    }
    return {at: value for at, value in values.items() if value is not None}


def _points(
    namespace: str,
    name: str,
    dimensions: list[dict[str, str]],
    start: float,
    end: float,
    unit: str | None,
) -> Points:
    key = (namespace, name, cloudwatch._dims_key(cloudwatch._dims_from_list(dimensions)))
    stored: Points = list(cloudwatch._metrics.get(key) or [])
    return [
        point
        for point in stored
        if start <= point["Timestamp"] < end and unit in (None, point["Unit"])
    ]


def _by_period(points: Points, period: int) -> dict[int, Points]:
    found = defaultdict(list)
    for point in points:
        found[int(point["Timestamp"] // period) * period].append(point)
    return dict(sorted(found.items()))


def _by_unit(points: Points) -> list[Points]:
    found = defaultdict(list)
    for point in points:
        found[point["Unit"]].append(point)
    return list(found.values())


def _datapoint(at: int, points: Points, wanted: list[str]) -> dict[str, Any]:
    stats = cloudwatch._calc_stats(points)
    basic = {name: stats[name] for name in wanted if name in stats}
    extended = {
        name: value
        for name in wanted
        if name not in stats and (value := cloudwatch._stat_value(stats, name, points)) is not None
    }
    found = {"Timestamp": at, "Unit": points[0]["Unit"], **basic}
    return found | ({"ExtendedStatistics": extended} if extended else {})


def _labels(queries: Sequence[Query]) -> dict[str, str]:
    """Return what each query's result is called: a metric, and what tells its results apart."""
    stats = {q.get("Id", ""): q["MetricStat"] for q in queries if q.get("MetricStat")}
    told = {}
    for identity, stat in stats.items():
        name = stat["Metric"].get("MetricName", "")
        same = [s for s in stats.values() if s["Metric"].get("MetricName", "") == name]
        apart = [m for m in ("Stat", "Period") if len({str(s.get(m)) for s in same}) > 1]
        told[identity] = " ".join([name, *(str(stat.get(member)) for member in apart)])
    given = {query.get("Id", ""): query["Label"] for query in queries if query.get("Label")}
    return told | given


def _result(
    query: Query, series: Series, labels: dict[str, str], newest_first: bool
) -> dict[str, Any]:
    times = sorted(series, reverse=newest_first)
    return {
        "Id": query.get("Id", ""),
        "Label": labels.get(query.get("Id", "")) or query.get("Id", ""),
        "Timestamps": times,
        "Values": [series[at] for at in times],
        "StatusCode": "Complete",
    }
