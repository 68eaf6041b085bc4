"""Metric filters: log events that match a pattern become data points of a metric.

A batch without a match gives the default value, if there is one. MiniStack stores filters and does
nothing with them.
Source: CloudWatch Logs User Guide, "Creating metrics from log events using filters".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labkit.sandbox.services.logs.log_filters import compile_pattern, selected
from labkit.sandbox.upstream.cloudwatch import cloudwatch
from labkit.sandbox.upstream.logs import cloudwatch_logs

Event = dict[str, Any]
Transformation = dict[str, Any]


def put(upstream: Callable[[dict[str, Any]], Any], data: dict[str, Any]) -> Any:
    """Make a filter.

    Raises
    ------
    labkit.sandbox.services.logs.log_filters.InvalidPatternError
        If its pattern cannot be matched.
    """
    compile_pattern(data.get("filterPattern", ""))
    return upstream(data)


def measure(group: str, stream: str, events: list[Event]) -> None:
    """Record what each metric filter of a group finds in a batch of new events."""
    for (owner, _), found in list(cloudwatch_logs._metric_filters.items()):
        if owner == group:
            _measure(found, events)


def _measure(metric_filter: dict[str, Any], events: list[Event]) -> None:
    matches = compile_pattern(metric_filter["filterPattern"])
    matching = [event for event in events if matches(event.get("message", ""))]
    for transformation in metric_filter["metricTransformations"]:
        for event in matching:
            _record(transformation, event)
        if events and not matching and "defaultValue" in transformation:
            _store(transformation, float(transformation["defaultValue"]), {}, events[-1])


def _record(transformation: Transformation, event: Event) -> None:
    """Record the value that a matching event has: a number, or what a selector finds in it."""
    message = event.get("message", "")
    text = str(transformation.get("metricValue", "1"))
    value = selected(message, text) if text.startswith("$") else text
    dimensions = {
        name: selected(message, selector)
        for name, selector in (transformation.get("dimensions") or {}).items()
    }
    if None in dimensions.values():
        return
    try:
        number = float(value)
    except (TypeError, ValueError):
        return
    _store(transformation, number, {name: str(v) for name, v in dimensions.items()}, event)


def _store(
    transformation: Transformation, value: float, dimensions: dict[str, str], event: Event
) -> None:
    namespace, name = transformation["metricNamespace"], transformation["metricName"]
    key = (namespace, name, cloudwatch._dims_key(dimensions))
    cloudwatch._metric_bucket(key).append(
        {
            "Timestamp": event["timestamp"] / 1000,
            "Value": value,
            "Unit": transformation.get("unit", "None"),
            "Dimensions": dimensions,
        }
    )
