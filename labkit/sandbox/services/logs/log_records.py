"""The fields that Logs Insights finds in a log event by itself.

Every event has `@timestamp`, `@message`, `@logStream` …; JSON gives its own fields, nested ones
with dots; a Lambda log's platform lines give `@type`, `@requestId`, `@duration` and so on, with
sizes in bytes.
Source: CloudWatch Logs User Guide, "Supported logs and discovered fields".
"""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Field = str | float
Record = dict[str, Field]

TIME_FORMAT = "%Y-%m-%d %H:%M:%S.%f"

MOST_FIELDS = 200
"""JSON fields of one event that Logs Insights extracts."""

_PLATFORM = re.compile(r"(START|END|REPORT|INIT_START|INIT_REPORT)\b")
_REQUEST = re.compile(
    r"(?:RequestId: |\t)([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
)
_REPORT: Mapping[str, tuple[re.Pattern[str], float]] = {
    "@billedDuration": (re.compile(r"\tBilled Duration: ([\d.]+) ms"), 1),
    "@duration": (re.compile(r"\tDuration: ([\d.]+) ms"), 1),
    "@initDuration": (re.compile(r"\tInit Duration: ([\d.]+) ms"), 1),
    "@maxMemoryUsed": (re.compile(r"\tMax Memory Used: ([\d.]+) MB"), 1e6),
    "@memorySize": (re.compile(r"\tMemory Size: ([\d.]+) MB"), 1e6),
}
"""Each field of a REPORT line, where it stands, and its unit in terms of the field's."""


def built(upstream: Callable[..., dict[str, Any]], **event: Any) -> dict[str, Any]:
    """Return an event's own fields; MiniStack leaves out when it came in."""
    return upstream(**event) | {"@ingestionTime": as_time(time.time() * 1000)}


def as_time(milliseconds: float) -> str:
    """Return a time as Logs Insights shows it, in UTC."""
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC).strftime(TIME_FORMAT)[:-3]


def fields_of(event: Mapping[str, Any], group: str) -> Record:
    """Return all fields of an event of a log group.

    Parameters
    ----------
    event
        With `@message`, `@logStream` and so on; text throughout.
    group
        The log group's name; that of a function has Lambda's fields too.
    """
    message = str(event.get("@message", ""))
    of_lambda = group.startswith("/aws/lambda/")
    found: Record = dict(_json_fields(message, embedded=of_lambda))
    if of_lambda:
        found |= _lambda_fields(message)
    return found | {name: value for name, value in event.items() if name.startswith("@")}


def _lambda_fields(message: str) -> Record:
    found: Record = {}
    if kind := _PLATFORM.match(message):
        found["@type"] = kind[1]
    if request := _REQUEST.search(message):
        found["@requestId"] = request[1]
    if found.get("@type") == "REPORT":
        for name, (pattern, unit) in _REPORT.items():
            if value := pattern.search(message):
                found[name] = float(value[1]) * unit
    return found


def _json_fields(message: str, embedded: bool) -> Iterator[tuple[str, Field]]:
    """Yield the fields of a JSON message, or of the first JSON object that is in the text."""
    start = message.find("{")
    if start < 0 or (start > 0 and not embedded):
        return
    try:
        parsed, _ = json.JSONDecoder().raw_decode(message[start:])
    except ValueError:
        return
    for number, field in enumerate(_flat(parsed)):
        if number < MOST_FIELDS:
            yield field


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Field]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{path}.{number}")
    elif isinstance(value, bool):
        yield path, "1" if value else "0"
    elif isinstance(value, int | float):
        yield path, float(value)
    elif value is not None:
        yield path, str(value)
