"""The records that Lambda itself writes into a log in the log format `JSON`.

At the default system log level the end of an invocation is told by `platform.report` alone.
Source: Lambda Telemetry API, "Event schema reference", and logs recorded in public in 2024.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from labkit.sandbox.services.lambda_.report import Failure, LogLine, Report, TextLog, billed


class JsonLog(TextLog):
    """Lambda's own records in the log format `JSON`.

    Parameters
    ----------
    function, version
        The function's name and the version that runs.
    initialization_type
        `on-demand` or `provisioned-concurrency`.
    """

    def __init__(self, function: str, version: str, initialization_type: str) -> None:
        self._function = function
        self._version = version
        self._initialization_type = initialization_type

    def init_start(self, runtime: str) -> list[LogLine]:
        """Return `platform.initStart`."""
        version, _, arn = runtime.partition("\t")
        record = {
            "initializationType": self._initialization_type,
            "phase": "init",
            "runtimeVersion": version,
            "runtimeVersionArn": arn,
            "functionName": self._function,
            "functionVersion": self._version,
        }
        return _event("initStart", record)

    def init_end(self, milliseconds: float, phase: str, failure: Failure | None) -> list[LogLine]:
        """Return `platform.initReport`."""
        record = {"initializationType": self._initialization_type, "phase": phase}
        metrics = {"durationMs": round(milliseconds, 3)}
        return _event("initReport", record | _status(failure) | {"metrics": metrics})

    def start(self, request_id: str, version: str) -> list[LogLine]:
        """Return `platform.start`."""
        return _event("start", {"requestId": request_id, "version": version})

    def timed_out(self, request_id: str, seconds: int) -> list[LogLine]:
        """Return nothing: the report has the status `timeout`."""
        return []

    def exited(self, failure: Failure) -> list[LogLine]:
        """Return nothing: the report has the error's type."""
        return []

    def end(self, report: Report) -> list[LogLine]:
        """Return `platform.report`."""
        metrics = {
            "durationMs": round(report.duration, 3),
            "billedDurationMs": billed(report.duration, report.init),
            "memorySizeMB": report.memory,
            "maxMemoryUsedMB": report.used,
        }
        if report.init is not None:
            metrics["initDurationMs"] = round(report.init, 3)
        record = {"requestId": report.request_id} | _status(report.failure) | {"metrics": metrics}
        if report.trace_id:
            _, segment = report.trace
            tracing = {"spanId": segment, "type": "X-Amzn-Trace-Id", "value": report.trace_id}
            record["tracing"] = tracing
        return _event("report", record)


def _status(failure: Failure | None) -> dict[str, Any]:
    if failure is None:
        return {"status": "success"}
    if failure.status == "timeout":
        return {"status": "timeout"}
    return {"status": failure.status, "errorType": failure.error_type}


def _event(kind: str, record: dict[str, Any]) -> list[LogLine]:
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    event = {"time": time, "type": f"platform.{kind}", "record": record}
    return [LogLine.now(json.dumps(event, separators=(",", ":")))]
