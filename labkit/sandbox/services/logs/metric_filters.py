"""Metric filters: log events that match a pattern become data points of a metric.

A batch without a match gives the default value, if there is one. MiniStack stores filters, whatever
they are, and does nothing with them.
Source: CloudWatch Logs User Guide, "Creating metrics from log events using filters"; API Reference,
PutMetricFilter and MetricTransformation; the texts as others have recorded them on AWS.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.services.logs.log_filters import (
    InvalidPatternError,
    compile_pattern,
    selected,
    selectors,
)
from labkit.sandbox.upstream.cloudwatch import cloudwatch
from labkit.sandbox.upstream.logs import cloudwatch_logs

Event = dict[str, Any]
Transformation = dict[str, Any]


MOST = 100
"""Filters of a log group."""

MOST_DIMENSIONS = 3
RESERVED = "Metric namespaces starting with AWS/ are reserved for AWS."
NO_NUMBER = "Invalid metric transformation: metric value {} must be a valid number"
NO_DIMENSIONS = "The specified filter pattern does not support dimensions"
NO_SELECTOR = "Invalid metric transformation: dimension value must be valid selector"
DIMENSIONS_AND_DEFAULT = (
    "Invalid metric transformation: dimensions and default value are mutually exclusive properties"
)
MANY_DIMENSIONS = "Invalid metric transformation: at most 3 dimensions can be specified"
"""Nobody has recorded how AWS words this one."""


def put(upstream: Callable[[dict[str, Any]], Any], data: dict[str, Any]) -> Any:
    """Make a filter.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If its pattern cannot be matched, its metric cannot be made, or there are too many.
    """
    pattern = data.get("filterPattern", "")
    compile_pattern(pattern)
    for transformation in data.get("metricTransformations") or []:
        if said := next(_problems(transformation, pattern), None):
            raise InvalidPatternError(said)
    group, name = data.get("logGroupName"), data.get("filterName")
    there = {one for owner, one in cloudwatch_logs._metric_filters if owner == group}
    if name not in there and len(there) >= MOST:
        refuse("LimitExceededException", "Resource limit exceeded.")
    return upstream(data)


def _problems(transformation: Transformation, pattern: str) -> Iterator[str]:
    """Yield what AWS says of a metric that a filter with a pattern is to make."""
    if transformation["metricNamespace"].startswith("AWS/"):
        yield RESERVED
    value = transformation["metricValue"]
    if not value.startswith("$") and not _is_number(value):
        yield NO_NUMBER.format(value)
    dimensions = transformation.get("dimensions") or {}
    if not dimensions:
        return
    if "defaultValue" in transformation:
        yield DIMENSIONS_AND_DEFAULT
    if not pattern.lstrip().startswith(("{", "[")):
        yield NO_DIMENSIONS
    if not all(selector.startswith("$") for selector in dimensions.values()):
        yield NO_SELECTOR
    if len(dimensions) > MOST_DIMENSIONS:
        yield MANY_DIMENSIONS


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def tested(data: dict[str, Any]) -> dict[str, Any]:
    """Answer TestMetricFilter: which messages match, and what the pattern's fields are in them.

    Raises
    ------
    labkit.sandbox.services.logs.log_filters.InvalidPatternError
        If the pattern cannot be matched.
    """
    pattern = data["filterPattern"]
    matches, names = compile_pattern(pattern), selectors(pattern)
    return {
        "matches": [
            {
                "eventNumber": number,
                "eventMessage": message,
                "extractedValues": _extracted(message, names),
            }
            for number, message in enumerate(data["logEventMessages"], start=1)
            if matches(message)
        ]
    }


def _extracted(message: str, names: list[str]) -> dict[str, str]:
    found = {name: selected(message, name) for name in names}
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in found.items()
        if value is not None
    }


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
