"""Reading one platform line in the JSON log format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from labkit.measure.platform_logs.records import (
    InitReport,
    InitRuntimeDone,
    InitStart,
    PlatformEvent,
    Read,
    Record,
    Report,
    RestoreReport,
    RestoreStart,
    RuntimeDone,
    Start,
    Trace,
    Unreadable,
)

_KINDS: Mapping[str, tuple[type[Record], Mapping[str, str]]] = {
    "platform.initStart": (
        InitStart,
        {
            "runtimeVersion": "runtime_version",
            "runtimeVersionArn": "runtime_version_arn",
            "initializationType": "initialization_type",
            "phase": "phase",
        },
    ),
    "platform.initRuntimeDone": (
        InitRuntimeDone,
        {
            "initializationType": "initialization_type",
            "phase": "phase",
            "status": "status",
            "errorType": "error_type",
        },
    ),
    "platform.initReport": (
        InitReport,
        {
            "initializationType": "initialization_type",
            "phase": "phase",
            "status": "status",
            "errorType": "error_type",
            "metrics.durationMs": "init_ms",
        },
    ),
    "platform.restoreStart": (
        RestoreStart,
        {"runtimeVersion": "runtime_version", "runtimeVersionArn": "runtime_version_arn"},
    ),
    "platform.restoreReport": (
        RestoreReport,
        {"status": "status", "errorType": "error_type", "metrics.durationMs": "restore_ms"},
    ),
    "platform.start": (Start, {"requestId": "request_id", "version": "version"}),
    "platform.runtimeDone": (
        RuntimeDone,
        {
            "requestId": "request_id",
            "status": "status",
            "errorType": "error_type",
            "metrics.durationMs": "duration_ms",
        },
    ),
    "platform.report": (
        Report,
        {
            "requestId": "request_id",
            "status": "status",
            "errorType": "error_type",
            "metrics.durationMs": "duration_ms",
            "metrics.billedDurationMs": "billed_ms",
            "metrics.memorySizeMB": "memory_mb",
            "metrics.maxMemoryUsedMB": "max_memory_mb",
            "metrics.initDurationMs": "init_ms",
            "metrics.restoreDurationMs": "restore_ms",
            "metrics.billedRestoreDurationMs": "billed_restore_ms",
        },
    ),
}
"""The JSON log format's system events (Lambda Telemetry API reference, Event schema)."""


_OF_NO_INVOCATION = {
    "platform.extension",
    "platform.fault",
    "platform.logsDropped",
    "platform.logsSubscription",
    "platform.restoreRuntimeDone",
    "platform.telemetrySubscription",
}
"""Other system events (Lambda Telemetry API reference and Logs API, Event schema)."""


def read_json(text: str) -> Read | None:
    """Read one line; None for a line that is not the platform's.

    Raises
    ------
    Unreadable
        If it is a platform event and does not hold what such an event holds.
    """
    try:
        event = json.loads(text)
    except ValueError as error:
        if '"type":"platform.' in text.replace('": "', '":"'):
            raise Unreadable("not a whole JSON document") from error
        return None
    if not isinstance(event, dict) or not str(event.get("type", "")).startswith("platform."):
        return None
    if event["type"] in _OF_NO_INVOCATION:
        return Read(PlatformEvent(at=_json_time(event.get("time")), kind=event["type"]))
    if event["type"] not in _KINDS:
        raise Unreadable(f"{event['type']} is not a kind of line known here")
    kind, names = _KINDS[event["type"]]
    try:
        values = _picked(event["record"], names)
        if kind is Report:
            values["trace"] = _json_trace(event["record"].get("tracing"))
        return Read(kind(at=_json_time(event.get("time")), **values))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"{event['type']} does not hold what it always holds") from error


def _picked(record: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    flat = {name: value for name, value in record.items() if name != "metrics"}
    metrics = record.get("metrics", {})
    if not all(isinstance(value, int | float) for value in metrics.values()):
        raise ValueError("a metric is a number")
    flat |= {f"metrics.{name}": value for name, value in metrics.items()}
    return {attribute: flat[name] for name, attribute in names.items() if name in flat}


def _json_time(time: str | None) -> datetime | None:
    return None if time is None else datetime.fromisoformat(time)


def _json_trace(tracing: Mapping[str, str] | None) -> Trace | None:
    """Read the ``X-Amzn-Trace-Id`` header that a JSON report repeats."""
    if not tracing:
        return None
    header = dict(part.partition("=")[::2] for part in tracing["value"].split(";"))
    return Trace(
        trace_id=header["Root"],
        segment_id=tracing.get("spanId"),
        sampled={"1": True, "0": False}.get(header.get("Sampled", "")),
    )
