"""Metrics that a function writes into its log, in CloudWatch's embedded metric format.

A log event that is a JSON object with `_aws.CloudWatchMetrics` is, for each directive in it, values
of metrics, too. One that does not keep to the format is a log event only, as on AWS.
Source: CloudWatch User Guide, "Specification: Embedded metric format".
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

from labkit.sandbox.services.lambda_.report import LogLine
from labkit.sandbox.services.lambda_.retention import values_of
from labkit.sandbox.upstream.cloudwatch import cloudwatch

MARK = '"CloudWatchMetrics"'
"""What each such event has in it somewhere: the others need not be read as JSON."""

MOST_DIMENSIONS, MOST_METRICS, MOST_VALUES = 30, 100, 100
"""Of a set of dimensions, a directive, and a metric. Source: as above."""


def record(lines: Iterable[LogLine]) -> None:
    """Store the metrics in a function's log events, in the account and Region of the request."""
    for line in lines:
        if MARK in line.text:
            for namespace, metric, point in _points(line):
                dimensions = point["Dimensions"]
                values_of((namespace, metric, cloudwatch._dims_key(dimensions))).append(point)


def _points(line: LogLine) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield each value in an event, with its namespace and its metric's name."""
    event = _decoded(line.text)
    about = event.get("_aws")
    directives = about.get("CloudWatchMetrics") if isinstance(about, dict) else None
    if not isinstance(about, dict) or not isinstance(directives, list):
        return
    when = about.get("Timestamp", line.timestamp)
    seconds = when / 1000 if _is_number(when) else line.timestamp / 1000
    for directive in directives:
        if not _is_sound(directive):
            continue
        for dimensions in _dimensions(directive, event):
            for metric in directive["Metrics"]:
                unit = metric.get("Unit", "None")
                for value in _values(event.get(metric["Name"])):
                    point = {"Timestamp": seconds, "Value": value, "Unit": unit}
                    yield directive["Namespace"], metric["Name"], point | {"Dimensions": dimensions}


def _decoded(text: str) -> dict[str, Any]:
    try:
        event = json.loads(text)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _is_sound(directive: Any) -> bool:
    """Tell whether a directive names a namespace and metrics, and no more than it may."""
    if not isinstance(directive, dict) or not isinstance(directive.get("Namespace"), str):
        return False
    metrics = directive.get("Metrics")
    if not directive["Namespace"] or not isinstance(metrics, list) or len(metrics) > MOST_METRICS:
        return False
    return all(isinstance(one, dict) and isinstance(one.get("Name"), str) for one in metrics)


def _dimensions(directive: dict[str, Any], event: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Yield each set of dimensions whose values the event has as texts."""
    for names in directive.get("Dimensions", [[]]):
        values = {name: event.get(name) for name in names} if isinstance(names, list) else None
        if values is not None and len(values) <= MOST_DIMENSIONS:
            texts = {name: value for name, value in values.items() if isinstance(value, str)}
            if len(texts) == len(values):
                yield texts


def _values(found: Any) -> list[float]:
    """Return a metric's values: one number or a list of them."""
    several = found if isinstance(found, list) else [found]
    return [float(one) for one in several[:MOST_VALUES] if _is_number(one)]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
