"""One call of a Lambda function, one row: what the sender saw and what Lambda reported."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from labkit.aws.remote_clients import ClientDescription
from labkit.measure.frames import COUNT, MILLISECONDS, TEXT, UTC_TIME, typed_frame
from labkit.measure.load import run_open_loop
from labkit.measure.measuring_client import measuring_client
from labkit.measure.platform_logs import PlatformLog, parse_tail
from labkit.measure.platform_logs.records import Report, TimedOut
from labkit.measure.starts import classify

CALL_COLUMNS = {
    "function": TEXT,
    "request_id": TEXT,
    "sent_at": UTC_TIME,
    "received_at": UTC_TIME,
    "client_ms": MILLISECONDS,
    "init_ms": MILLISECONDS,
    "restore_ms": MILLISECONDS,
    "duration_ms": MILLISECONDS,
    "residual_ms": MILLISECONDS,
    "billed_ms": MILLISECONDS,
    "recomputed_billed_ms": MILLISECONDS,
    "memory_mb": COUNT,
    "max_memory_mb": COUNT,
    "environment": TEXT,
    "instance": TEXT,
    "initialized_at": UTC_TIME,
    "initialization_type": TEXT,
    "start": TEXT,
    "evidence": TEXT,
    "status": TEXT,
    "error_type": TEXT,
    "answer": TEXT,
}

SENDERS_MISTAKES = (400, 403, 404, 413, 415)
"""HTTP statuses of Invoke that a repeat would meet again (Lambda API reference): no such function,
not allowed, a payload that is no JSON or too large. There is nothing to measure."""


def measured_call(
    lambda_client: Any, function_name: str, payload: Any = None, qualifier: str | None = None
) -> dict[str, Any]:
    """Call a function synchronously and write down all that can be known of it.

    A call that is throttled, fails, times out or runs out of memory is a row too.

    Parameters
    ----------
    lambda_client : boto3 Lambda client
        One that repeats no call behind the scenes: ``lab.client("lambda", attempts=1)``.
    function_name : str
    payload : JSON-serialisable
        The event.
    qualifier : str, optional
        A version or an alias.

    Returns
    -------
    dict
        One row for `call_frame`.

    Raises
    ------
    botocore.exceptions.ClientError
        If the call itself is wrong: no such function, not allowed, payload refused.
    """
    request: dict[str, Any] = {"FunctionName": function_name, "LogType": "Tail"}
    request |= {"Payload": json.dumps(payload).encode()}
    request |= {} if qualifier is None else {"Qualifier": qualifier}
    row: dict[str, Any] = {"function": function_name, "sent_at": datetime.now(UTC)}
    began = time.perf_counter()
    answer, failure = _send(lambda_client, request)
    client_ms = (time.perf_counter() - began) * 1000
    row |= {"received_at": datetime.now(UTC), "client_ms": client_ms}
    return row | (failure or _answered(answer))


def _send(
    lambda_client: Any, request: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Send a call and read its answer to the end; what failed comes back as columns."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer: dict[str, Any] = lambda_client.invoke(**request)
        answer["Body"] = answer["Payload"].read()
    except ClientError as error:
        metadata = error.response.get("ResponseMetadata", {})
        http_status = metadata.get("HTTPStatusCode")
        if http_status in SENDERS_MISTAKES:
            raise
        reason = error.response.get("Reason") or error.response["Error"]["Code"]
        status = "throttled" if http_status == 429 else "failed"
        return {}, {
            "request_id": metadata.get("RequestId"),
            "status": status,
            "error_type": reason,
            "answer": error.response["Error"].get("Message"),
        }
    except BotoCoreError as error:
        failed = {"status": "failed", "error_type": type(error).__name__, "answer": str(error)}
        return {}, failed
    return answer, None


def _answered(answer: Mapping[str, Any]) -> dict[str, Any]:
    log = parse_tail(answer.get("LogResult", ""))
    request_id = answer["ResponseMetadata"].get("RequestId")
    body = answer["Body"].decode()
    return {
        "request_id": request_id,
        "answer": body,
        **_reported(log),
        **_outcome(log, answer.get("FunctionError"), body),
        **_environment(log),
    }


def _reported(log: PlatformLog) -> dict[str, Any]:
    report = _last(log, Report)
    if report is None:
        return {}
    return {
        "request_id": report.request_id,
        "init_ms": report.init_ms,
        "restore_ms": report.restore_ms,
        "duration_ms": report.duration_ms,
        "billed_ms": report.billed_ms,
        "recomputed_billed_ms": billed(report),
        "memory_mb": report.memory_mb,
        "max_memory_mb": report.max_memory_mb,
    }


def billed(report: Report) -> float:
    """Compute what a call is billed for, in ms.

    Duration and initialisation together, rounded up: so since 1 August 2025 for functions with a
    managed runtime (AWS Compute Blog, "AWS Lambda standardizes billing for INIT Phase"). Of a
    restore from a snapshot, the Billed Restore Duration.
    """
    parts = report.duration_ms + (report.init_ms or 0) + (report.billed_restore_ms or 0)
    return math.ceil(round(parts, 2))


def _outcome(log: PlatformLog, function_error: str | None, body: str) -> dict[str, Any]:
    """Say how the call ended: as the report says, and else as the answer does."""
    report = _last(log, Report)
    if not function_error:
        return {"status": "success"}
    error_type, message = _error(body)
    timed_out = (
        error_type == "Sandbox.Timedout"
        or "Task timed out after" in message
        or any(isinstance(record, TimedOut) for record in log.records)
    )
    status = (report.status if report else None) or ("timeout" if timed_out else "error")
    if status == "timeout" and error_type is None:
        error_type = "Sandbox.Timedout"
    return {"status": status, "error_type": (report and report.error_type) or error_type}


def _error(body: str) -> tuple[str | None, str]:
    try:
        told = json.loads(body)
        return told.get("errorType"), told.get("errorMessage") or ""
    except (ValueError, AttributeError):
        return None, body


def _environment(log: PlatformLog) -> dict[str, Any]:
    """Read what `labkit.measure.probes` wrote, if the function holds one."""
    for line in log.output:
        try:
            told = json.loads(line.text)["execution_environment"]
            return {
                "environment": told["log_stream"],
                "instance": told["instance"],
                "initialized_at": datetime.fromtimestamp(told["initialized_at"], UTC),
                "initialization_type": told["initialization_type"],
            }
        except (ValueError, KeyError, TypeError):
            continue
    return {}


def _last(log: PlatformLog, kind: type[Report]) -> Report | None:
    return next((record for record in reversed(log.records) if isinstance(record, kind)), None)


def call_frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Put calls into the one frame that all figures and statistics take.

    Parameters
    ----------
    rows : iterable of mapping
        Of `measured_call`, with any factors added.

    Returns
    -------
    pandas.DataFrame
        One row per call, in the order of sending:

        ==================== ================================================================
        function             its name
        request_id           AWS's id of the request
        sent_at, received_at when the call was sent and its answer had been read (UTC)
        client_ms            the time between
        init_ms, restore_ms  Init Duration, Restore Duration: missing unless reported
        duration_ms          Duration, as reported
        residual_ms          client_ms without duration and without the init or restore that the
                             call waited for: network, finding and placing an environment,
                             fetching the code. Nobody reports it.
        billed_ms            Billed Duration, as reported
        recomputed_billed_ms the same from its parts (`billed`)
        memory_mb            configured
        max_memory_mb        most used
        environment          log stream: one per execution environment
        instance             one per initialisation; from a probe in the function
        initialized_at       when it was initialised (UTC); from a probe, or from the log
        initialization_type  "on-demand", "provisioned-concurrency", "snap-start"
        start, evidence      `labkit.measure.starts.classify`
        status               "success", "error", "timeout", "throttled", "failed" (no answer)
        error_type           of Lambda, of the exception, or the reason of throttling
        answer               what the function returned, as JSON text
        ==================== ================================================================

        and the factors.
    """
    listed = list(rows)
    frame = typed_frame(listed, CALL_COLUMNS)
    for name in {name: None for row in listed for name in row if name not in CALL_COLUMNS}:
        frame[name] = [row.get(name) for row in listed]
    return derived(frame)


def derived(frame: pd.DataFrame) -> pd.DataFrame:
    """Order the calls and fill what follows from other columns: start, evidence, residual."""
    frame = frame.sort_values("sent_at", kind="stable", ignore_index=True)
    found = classify(frame)
    frame["start"] = pd.Series([start.kind for start in found], dtype=TEXT)
    frame["evidence"] = pd.Series([start.evidence for start in found], dtype=TEXT)
    init = frame["init_ms"].where((frame["start"] == "cold").fillna(False), 0.0)
    waited_for = frame["duration_ms"] + init + frame["restore_ms"].fillna(0.0)
    frame["residual_ms"] = frame["client_ms"] - waited_for
    return frame


def call_repeatedly(
    lambda_client: Any, function_name: str, payloads: Iterable[Any], qualifier: str | None = None
) -> pd.DataFrame:
    """Call a function with one payload after the other, each after the last one's answer.

    Returns
    -------
    pandas.DataFrame
        As `call_frame` gives it.
    """
    return call_frame(measured_call(lambda_client, function_name, p, qualifier) for p in payloads)


def calls_under_load(
    lambda_client: Any,
    function_name: str | Sequence[str],
    payloads: Sequence[Any],
    at_s: Iterable[float],
    qualifier: str | None = None,
    executor: Executor | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Call functions on a schedule, whether or not earlier calls were answered (an open loop).

    Parameters
    ----------
    lambda_client : boto3 Lambda client
        One that repeats nothing, with as many connections as calls may be under way at once:
        ``lab.client("lambda", attempts=1, connections=50)``. See `measuring_client`.
    function_name : str or sequence of str
        The function, or one for each time in `at_s`.
    payloads : sequence
        One for each time in `at_s`.
    at_s : iterable of float
        When to call, in seconds from the start: see `labkit.measure.load`.
    qualifier : str, optional
        A version or an alias.
    executor, progress
        As for `labkit.measure.load.run_open_loop`; workers in other processes make themselves a
        client like this one.

    Returns
    -------
    pandas.DataFrame
        As `call_frame` gives it, with ``intended_at`` (UTC), ``late_ms`` (sent − intended) and
        ``latency_ms`` (answered − intended). A call that was not sent, or whose answer was not
        awaited after an interruption, has that as its status.

    Raises
    ------
    LabkitError
        If the client would repeat calls. Nothing was called.
    """
    names = function_name
    if isinstance(names, str):
        names = [names] * len(payloads)
    client = measuring_client(lambda_client)
    caller = _Caller(client, ClientDescription.of(client), qualifier)
    requests = list(zip(names, payloads, strict=True))
    load = run_open_loop(caller, requests, at_s, executor=executor, progress=progress)
    rows = []
    for sent, name in zip(load.to_dict("records"), names, strict=True):
        row = sent.get("call")
        if not isinstance(row, dict):
            row = {"function": name, "status": sent["outcome"], "answer": sent["error"]}
        rows.append(row | {name: sent[name] for name in ("intended_at", "late_ms", "latency_ms")})
    return call_frame(rows)


@dataclass(frozen=True)
class _Caller:
    """Calls functions; unpickled in another process, with a client of that process."""

    client: Any
    described: ClientDescription
    qualifier: str | None

    def __call__(self, request: tuple[str, Any]) -> dict[str, Any]:
        name, payload = request
        return {"call": measured_call(self.client, name, payload, self.qualifier)}

    def __reduce__(self) -> tuple[Any, ...]:
        return _caller_elsewhere, (self.described, self.qualifier)


def _caller_elsewhere(described: ClientDescription, qualifier: str | None) -> _Caller:
    return _Caller(described.client(), described, qualifier)
