"""One row for each invocation that a Lambda function's log tells of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from labkit.measure.frames import COUNT, MILLISECONDS, TEXT, UTC_TIME, typed_frame
from labkit.measure.platform_logs.parser import parse
from labkit.measure.platform_logs.records import (
    Crashed,
    End,
    OutputLine,
    Record,
    Report,
    RuntimeDone,
    Start,
    TimedOut,
)

COLUMNS = {
    "request_id": TEXT,
    "log_stream": TEXT,
    "started_at": UTC_TIME,
    "ended_at": UTC_TIME,
    "duration_ms": MILLISECONDS,
    "billed_ms": MILLISECONDS,
    "init_ms": MILLISECONDS,
    "memory_mb": COUNT,
    "max_memory_mb": COUNT,
    "status": TEXT,
    "error_type": TEXT,
}

_PYTHON_RAISED = re.compile(
    r"\[ERROR\] (?P<type>[A-Za-z_][\w.]*)(?:: .*?)?\s+Traceback \(most recent call last\)",
    re.DOTALL,
)
"""How Lambda's Python runtime logs an exception (Developer Guide, python-exceptions). A line of the
function's own that begins with `[ERROR]` has no traceback behind it."""
_NODE_RAISED = re.compile(r"\S+Z\t\S+\tERROR\t(?:Invoke Error|Uncaught Exception) ?\t(?P<json>{.*)")
"""How Lambda's Node.js runtime logs an exception (Developer Guide, nodejs-exceptions)."""


def invocations(events: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Find the invocations in CloudWatch log events of one function.

    Parameters
    ----------
    events : iterable of mapping
        As `read_log_events` or boto3 return them, oldest first.

    Returns
    -------
    pandas.DataFrame
        One row per invocation, in the order in which they began (a retry of an asynchronous call
        has the same request id and a row of its own):

        =============== =====================================================================
        request_id      AWS's id of the request
        log_stream      the execution environment that ran it
        started_at      time of the ``START`` line (UTC)
        ended_at        time of the ``END`` line, or of the report where there is no ``END`` (UTC)
        duration_ms     Duration as reported
        billed_ms       Billed Duration as reported
        init_ms         Init Duration; missing unless the call was a cold start that reported it
        memory_mb       configured memory
        max_memory_mb   most memory used
        status          "success", "error", "timeout" or whatever else the platform reported;
                        missing while there is no report
        error_type      the platform's or the exception's type, where there is one
        =============== =====================================================================

        ``frame.attrs["unread"]`` lists the platform lines that could not be read.
    """
    log = parse(events)
    calls = _Calls()
    for record in log.records:
        calls.add(record)
    for line in log.output:
        calls.add_output(line)
    frame = typed_frame(calls.rows, COLUMNS)
    frame = frame.sort_values("started_at", kind="stable", ignore_index=True)
    frame.attrs["unread"] = [f"{unread.text} ({unread.reason})" for unread in log.unread]
    return frame


class _Calls:
    """Gathers what several lines say about one invocation into one row."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self._latest: dict[str, dict[str, Any]] = {}

    def add(self, record: Record) -> None:
        """Take what one platform line says."""
        match record:
            case Start():
                self._open(record.request_id, record)["started_at"] = record.at
            case End():
                self._row(record.request_id, record)["ended_at"] = record.at
            case RuntimeDone() | TimedOut() | Crashed():
                self._finish(record)
            case Report():
                self._report(record)

    def _finish(self, record: RuntimeDone | TimedOut | Crashed) -> None:
        row = self._row(record.request_id, record)
        match record:
            case TimedOut():
                self._prove(row, "timeout", None)
            case Crashed():
                self._prove(row, "error", record.error_type)
            case RuntimeDone():
                row.setdefault("ended_at", record.at)

    def _prove(self, row: dict[str, Any], status: str, error_type: str | None) -> None:
        """Take evidence of a failure, which may come before the report or after it."""
        row["evidence"] = (status, error_type)
        if row.get("status") == "success":
            row["status"] = status
            row["error_type"] = row.get("error_type") or error_type

    def _report(self, report: Report) -> None:
        row = self._row(report.request_id, report)
        if "duration_ms" in row:
            row = self._open(report.request_id, report)
        row.setdefault("ended_at", report.at)
        for column in ("duration_ms", "billed_ms", "init_ms", "memory_mb", "max_memory_mb"):
            row[column] = getattr(report, column)
        status, error_type = row.get("evidence", ("success", None))
        row["status"] = report.status or status
        row["error_type"] = report.error_type or error_type

    def add_output(self, line: OutputLine) -> None:
        """Take an exception that the runtime logged: its report may carry no status."""
        raised = _raised(line.text)
        if raised is None or (row := self._around(line)) is None:
            return
        if row.get("status") == "success":
            row["status"] = "error"
        if row.get("error_type") is None:
            row["error_type"] = raised

    def _around(self, line: OutputLine) -> dict[str, Any] | None:
        """Return the attempt that wrote a line: the last that had begun by then where it stands."""
        begun = [
            row
            for row in self.rows
            if (row["request_id"], row["log_stream"]) == (line.request_id, line.log_stream)
            and (line.at is None or (row.get("started_at") or line.at) <= line.at)
        ]
        return begun[-1] if begun else None

    def _row(self, request_id: str, record: Record) -> dict[str, Any]:
        return self._latest.get(request_id) or self._open(request_id, record)

    def _open(self, request_id: str, record: Record) -> dict[str, Any]:
        row: dict[str, Any] = {"request_id": request_id, "log_stream": record.log_stream}
        self.rows.append(row)
        self._latest[request_id] = row
        return row


def _raised(text: str) -> str | None:
    """Name the type of the exception that the runtime logged in this line, if it is such a line."""
    if (python := _PYTHON_RAISED.match(text)) is not None:
        return python["type"]
    if (node := _NODE_RAISED.match(text)) is not None:
        return _error_type(node["json"])
    return _error_type(text, of_the_runtime=True) if text.startswith("{") else None


def _error_type(text: str, *, of_the_runtime: bool = False) -> str | None:
    """Return the `errorType` of a JSON object.

    Parameters
    ----------
    of_the_runtime
        Take only what the runtime logs in the JSON format when a handler raises: a record without
        a message. What a handler logs of an exception that it caught has one.
    """
    try:
        record = json.loads(text)
        raised = str(record["errorType"])
    except (ValueError, KeyError, TypeError):
        return None
    own = "message" in record or "logger" in record or "stackTrace" not in record
    return None if of_the_runtime and own else raised
