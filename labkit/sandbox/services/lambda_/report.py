"""The lines that Lambda itself writes into a function's log, in AWS's byte form.

Source: the text log format of Lambda as recorded in public logs of 2024 to 2026: fields separated
by tabs, two decimals, a trailing tab on REPORT, every line ended by a newline. Billed Duration
counts the INIT phase since 1 August 2025.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime


@dataclass(frozen=True)
class LogLine:
    """One log event: when it happened (ms since the epoch), and its text without the newline."""

    timestamp: int
    text: str

    @classmethod
    def now(cls, text: str) -> LogLine:
        """Return a line that happens now."""
        return cls(int(time.time() * 1000), text)


@dataclass(frozen=True)
class Failure:
    """How an environment failed.

    Attributes
    ----------
    status
        `error` or `timeout`, as REPORT and INIT_REPORT name it.
    payload
        What the caller gets.
    reported_type
        What REPORT calls the error, where that is not the payload's `errorType`.
    """

    status: str
    payload: dict[str, object]
    reported_type: str = ""

    @property
    def error_type(self) -> str:
        """The `Error Type` of REPORT and INIT_REPORT."""
        return self.reported_type or str(self.payload.get("errorType", ""))


def billed(duration: float, init: float | None) -> int:
    """Return the billed milliseconds of an on-demand invocation: duration plus INIT, rounded up."""
    return math.ceil(duration + (init or 0.0))


@dataclass(frozen=True)
class Report:
    """What REPORT tells of a call.

    Attributes
    ----------
    request_id
        The request.
    duration, init
        Milliseconds; `init` is None but for the first invocation of an environment.
    memory, used
        Configured and measured memory in MB.
    failure
        How the environment failed, if it did; a handler's exception is no failure of its
        environment.
    trace_id
        The value of `_X_AMZN_TRACE_ID` if the call is traced, empty if not.
    """

    request_id: str
    duration: float
    init: float | None
    memory: int
    used: int
    failure: Failure | None
    trace_id: str

    @property
    def trace(self) -> tuple[str, str]:
        """The numbers of the trace and of the call's segment in it."""
        fields = dict(part.split("=", 1) for part in self.trace_id.split(";"))
        return fields["Root"], fields["Parent"]


class TextLog:
    """Lambda's own lines in the log format `Text`."""

    def init_start(self, runtime: str) -> list[LogLine]:
        """Return what starts an INIT phase; `runtime` is its version, a tab, and its ARN."""
        version, _, arn = runtime.partition("\t")
        return [LogLine.now(f"INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}")]

    def init_end(self, milliseconds: float, phase: str, failure: Failure | None) -> list[LogLine]:
        """Return what ends an INIT; `phase` is `init` or `invoke`."""
        if failure is None:
            return []
        parts = [f"INIT_REPORT Init Duration: {milliseconds:.2f} ms", f"Phase: {phase}"]
        return [LogLine.now("\t".join(parts + _status(failure)))]

    def start(self, request_id: str, version: str) -> list[LogLine]:
        """Return what starts an invocation."""
        return [LogLine.now(f"START RequestId: {request_id} Version: {version}")]

    def timed_out(self, request_id: str, seconds: int) -> list[LogLine]:
        """Return what is said of an invocation that was ended at its timeout."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        text = f"{now} {request_id} Task timed out after {seconds:.2f} seconds\n"
        return [LogLine.now(text)]

    def exited(self, failure: Failure) -> list[LogLine]:
        """Return what is said of an environment whose process ended."""
        return [LogLine.now(f"{failure.payload['errorMessage']}\n{failure.payload['errorType']}")]

    def end(self, report: Report) -> list[LogLine]:
        """Return what ends an invocation: END and REPORT."""
        parts = [
            f"REPORT RequestId: {report.request_id}",
            f"Duration: {report.duration:.2f} ms",
            f"Billed Duration: {billed(report.duration, report.init)} ms",
            f"Memory Size: {report.memory} MB",
            f"Max Memory Used: {report.used} MB",
        ]
        if report.init is not None:
            parts.append(f"Init Duration: {report.init:.2f} ms")
        text = "\t".join(parts + (_status(report.failure) if report.failure else [""]))
        if report.trace_id:
            trace, segment = report.trace
            text += f"\nXRAY TraceId: {trace}\tSegmentId: {segment}\tSampled: true"
        return [LogLine.now(f"END RequestId: {report.request_id}"), LogLine.now(text)]


def _status(failure: Failure) -> list[str]:
    if failure.status == "timeout":
        return ["Status: timeout"]
    return [f"Status: {failure.status}", f"Error Type: {failure.error_type}"]


def timeout_failure(request_id: str, seconds: int) -> Failure:
    """Return the failure of an invocation that passed its timeout."""
    text = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    return Failure("timeout", {"errorType": "Sandbox.Timedout", "errorMessage": text})


def exit_failure(request_id: str, reason: str) -> Failure:
    """Return the failure of an environment whose process ended, with `reason` as AWS words it."""
    text = f"RequestId: {request_id} Error: Runtime exited {reason}"
    return Failure("error", {"errorType": "Runtime.ExitError", "errorMessage": text})


def out_of_memory(request_id: str, reason: str) -> Failure:
    """Return the failure of an environment that was killed for its memory."""
    exit_of_the_runtime = exit_failure(request_id, reason)
    return replace(exit_of_the_runtime, reported_type="Runtime.OutOfMemory")
