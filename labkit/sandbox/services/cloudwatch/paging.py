"""Pages of metrics and of data points.

MiniStack answers all in one.
Source: CloudWatch API Reference, ListMetrics and GetMetricData.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import page_tokens
from labkit.sandbox.gateway.errors import refuse

METRICS = 500
"""Metrics of a page."""

POINTS = 100_800
"""Data points of a page, unless fewer are asked for."""

Data = dict[str, Any]


def metrics(answer: Data, token: str | None) -> Data:
    """Return a page of ListMetrics."""
    found = answer.get("Metrics") or []
    begin = _begin(token, "InvalidParameterValue") if token else 0
    return {"Metrics": found[begin : begin + METRICS]} | _after(begin + METRICS, len(found))


def points(results: list[Data], most: int | None, token: str | None) -> Data:
    """Return a page of GetMetricData: points are counted over all results."""
    most = most or POINTS
    begin, position = _begin(token, "InvalidNextToken") if token else 0, 0
    shown = []
    for result in results:
        count = len(result["Values"])
        first, last = max(begin - position, 0), min(begin + most - position, count)
        position += count
        if first < last or (not count and not token):
            part = {name: result[name][first:last] for name in ("Timestamps", "Values")}
            status = "Complete" if last == count else "PartialData"
            shown.append(result | part | {"StatusCode": status})
    return {"MetricDataResults": shown} | _after(begin + most, position)


def _after(following: int, count: int) -> Data:
    return {"NextToken": page_tokens.write(following)} if following < count else {}


def _begin(token: str, code: str) -> int:
    begin = page_tokens.read(token)
    if begin is None:
        refuse(code, f"Invalid NextToken : {token}")
    return begin
