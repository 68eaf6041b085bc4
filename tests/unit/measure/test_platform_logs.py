"""Lambda's platform log lines, as published by AWS and by people who met them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

from labkit.measure.platform_logs import invocations, parse, parse_tail
from labkit.measure.platform_logs.records import (
    Crashed,
    End,
    InitReport,
    InitStart,
    Report,
    RestoreReport,
    RestoreStart,
    Start,
    TimedOut,
    Trace,
)
from labkit.measure.queue_depth import concurrency

ID = "8f5f4d2e-7c5e-4a6b-9d3c-1f2e3d4c5b6a"
OTHER = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
ARN = "arn:aws:lambda:us-east-1::runtime:" + "0f" * 32
REPORT = (
    f"REPORT RequestId: {ID}\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 36 MB\t"
)


def events(*messages: str, stream: str = "s", first_ms: int = 1_700_000_000_000) -> list[Any]:
    return [
        {"message": message, "timestamp": first_ms + i, "logStreamName": stream}
        for i, message in enumerate(messages)
    ]


def only(message: str) -> Any:
    log = parse([{"message": message}])
    assert not log.unread
    assert not log.output
    (record,) = log.records
    return record


def json_line(kind: str, record: Any) -> str:
    time = "2024-05-20T16:29:44.833Z"
    return json.dumps({"time": time, "type": kind, "record": record}, separators=(",", ":"))


TEXT_LINES = [
    (
        f"INIT_START Runtime Version: python:3.13.v68\tRuntime Version ARN: {ARN}\n",
        InitStart(runtime_version="python:3.13.v68", runtime_version_arn=ARN),
    ),
    (f"START RequestId: {ID} Version: $LATEST\n", Start(request_id=ID, version="$LATEST")),
    (f"END RequestId: {ID}\n", End(request_id=ID)),
    (
        REPORT + "\n",
        Report(request_id=ID, duration_ms=3.01, billed_ms=4, memory_mb=128, max_memory_mb=36),
    ),
    (
        REPORT + "Init Duration: 110.10 ms\t\n",
        Report(
            request_id=ID,
            duration_ms=3.01,
            billed_ms=4,
            memory_mb=128,
            max_memory_mb=36,
            init_ms=110.10,
        ),
    ),
    (
        f"RESTORE_START Runtime Version: java:21.v15\tRuntime Version ARN: {ARN}\n",
        RestoreStart(runtime_version="java:21.v15", runtime_version_arn=ARN),
    ),
    ("RESTORE_REPORT Restore Duration: 511.25 ms\n", RestoreReport(restore_ms=511.25)),
    (
        "INIT_REPORT Init Duration: 10009.13 ms\tPhase: init\tStatus: timeout\n",
        InitReport(init_ms=10009.13, phase="init", status="timeout"),
    ),
    (
        "INIT_REPORT Init Duration: 210.56 ms\tPhase: invoke\tStatus: error\t"
        "Error Type: Runtime.ExitError\n",
        InitReport(init_ms=210.56, phase="invoke", status="error", error_type="Runtime.ExitError"),
    ),
    (
        f"2024-04-11T08:31:05.231Z {ID} Task timed out after 3.00 seconds\n\n",
        TimedOut(request_id=ID, after_s=3.0),
    ),
    (
        f"RequestId: {ID} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n",
        Crashed(
            request_id=ID,
            message="Runtime exited with error: signal: killed",
            error_type="Runtime.ExitError",
        ),
    ),
]


@pytest.mark.parametrize(("line", "expected"), TEXT_LINES)
def test_text_lines_are_read_whole(line: str, expected: object) -> None:
    assert only(line) == expected


def test_a_restored_call_says_what_the_restore_took_and_what_of_it_is_billed() -> None:
    report = only(REPORT + "Restore Duration: 511.25 ms\tBilled Restore Duration: 303 ms\t\n")
    assert (report.restore_ms, report.billed_restore_ms, report.init_ms) == (511.25, 303, None)


@pytest.mark.parametrize(
    ("ending", "status", "error_type"),
    [
        ("Init Duration: 476.75 ms\tStatus: timeout", "timeout", None),
        ("Status: error\tError Type: Runtime.OutOfMemory", "error", "Runtime.OutOfMemory"),
        ("Status: error\tError Type: Runtime.ExitError", "error", "Runtime.ExitError"),
    ],
)
def test_a_new_style_report_says_how_it_failed(
    ending: str, status: str, error_type: str | None
) -> None:
    report = only(REPORT + ending + "\n")
    assert (report.status, report.error_type) == (status, error_type)


def test_the_xray_line_belongs_to_its_report() -> None:
    trace_id = "1-5e34a614-10bdxmpl1f1fb44f07bc535a1"
    second = f"XRAY TraceId: {trace_id}\tSegmentId: 07f5xmpl2d1f6f85\tSampled: true\t\n"
    report = only(REPORT + "\n" + second)
    assert report.trace == Trace(trace_id=trace_id, segment_id="07f5xmpl2d1f6f85", sampled=True)


JSON_LINES = [
    (
        json_line(
            "platform.initStart",
            {
                "initializationType": "on-demand",
                "phase": "init",
                "runtimeVersion": "nodejs:18.v28",
                "runtimeVersionArn": ARN,
                "functionName": "F",
                "functionVersion": "$LATEST",
            },
        ),
        {"initialization_type": "on-demand", "phase": "init", "runtime_version": "nodejs:18.v28"},
    ),
    (
        json_line(
            "platform.initReport",
            {
                "initializationType": "on-demand",
                "phase": "init",
                "status": "success",
                "metrics": {"durationMs": 173.778},
            },
        ),
        {"init_ms": 173.778, "status": "success"},
    ),
    (
        json_line("platform.start", {"requestId": ID, "version": "$LATEST"}),
        {"request_id": ID, "version": "$LATEST"},
    ),
    (
        json_line(
            "platform.report",
            {
                "metrics": {
                    "durationMs": 11.642,
                    "billedDurationMs": 12,
                    "memorySizeMB": 128,
                    "maxMemoryUsedMB": 67,
                    "initDurationMs": 174.055,
                },
                "requestId": ID,
                "status": "timeout",
            },
        ),
        {
            "request_id": ID,
            "duration_ms": 11.642,
            "billed_ms": 12,
            "memory_mb": 128,
            "max_memory_mb": 67,
            "init_ms": 174.055,
            "status": "timeout",
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), JSON_LINES)
def test_json_lines_are_read_whatever_their_order(line: str, expected: dict[str, Any]) -> None:
    record = only(line)
    assert {name: getattr(record, name) for name in expected} == expected
    assert record.at == datetime(2024, 5, 20, 16, 29, 44, 833_000, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "START RequestId: nobody Version: $LATEST",
        "END RequestId: 8f5f4d2e",
        f"REPORT RequestId: {ID}\tDuration: 3.01 ms",
        REPORT.replace("3.01 ms", "3,01 ms"),
        REPORT.replace("128 MB", "0.1 GB"),
        "XRAY TraceId: 1-5e34a614\tSampled: true",
        "INIT_REPORT Phase: init\tStatus: timeout",
        '{"time":"2024-05-20T16:29:44.833Z","type":"platform.report","record":{"requ',
        json_line("platform.somethingNew", {"reason": "nobody knows"}),
        json_line("platform.report", {"status": "success"}),
        '{"time":"2024-05-20T16:29:44.833Z","type":"platform.report"}',
        json_line("platform.start", "no record").replace("833Z", "?"),
        json_line("platform.initReport", {"metrics": {"durationMs": "173.8 ms"}}),
        json_line("platform.report", {"requestId": ID, "metrics": None}),
    ],
)
def test_what_cannot_be_read_is_kept_and_not_guessed(line: str) -> None:
    log = parse([{"message": line}])
    assert [unread.text for unread in log.unread] == [line]
    assert log.unread[0].reason
    assert not log.records
    assert not log.output


def test_a_field_that_is_not_known_does_not_cost_the_line() -> None:
    log = parse([{"message": REPORT + "Flux: 3 GW\t"}])
    assert isinstance(log.records[0], Report)
    assert log.unread[0].reason == "unknown field 'Flux: 3 GW'"


@pytest.mark.parametrize(
    "line",
    ["hello", "", "ENDING", "REPORTER: Kim", '{"event": "order.received"}', "{not json", "[1, 2]"],
)
def test_a_functions_own_lines_are_output(line: str) -> None:
    log = parse([{"message": line + "\n"}])
    assert [output.text for output in log.output] == [line]
    assert not log.unread


def test_output_belongs_to_the_invocation_that_its_stream_is_in() -> None:
    interleaved = [
        *events("loading", f"START RequestId: {ID} Version: 1", stream="a"),
        *events(f"START RequestId: {OTHER} Version: 1", "in b", stream="b"),
        *events("in a", f"END RequestId: {ID}", "after a", stream="a"),
    ]
    assert {line.text: line.request_id for line in parse(interleaved).output} == {
        "loading": None,
        "in b": OTHER,
        "in a": ID,
        "after a": None,
    }


def tail(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_tail_is_read_line_by_line_with_lines_that_belong_together() -> None:
    log = parse_tail(
        tail(
            f"START RequestId: {ID} Version: $LATEST\nhello\n"
            f"RequestId: {ID} Error: Runtime exited with error: signal: killed\n"
            f"Runtime.ExitError\nEND RequestId: {ID}\n{REPORT}\n"
            "XRAY TraceId: 1-5e34a614-10bd\tSegmentId: 07f5\tSampled: true\t\n"
        )
    )
    assert [type(record) for record in log.records] == [Start, Crashed, End, Report]
    assert [line.text for line in log.output] == ["hello"]
    assert not log.unread


def test_the_first_line_of_a_full_tail_may_be_cut_and_is_not_taken_for_output() -> None:
    ending = f"END RequestId: {ID}\n{REPORT}\n"
    whole = f"{REPORT}\n" + "x" * 4096 + "\n" + ending
    log = parse_tail(tail(whole[-4096:]))
    assert len(log.unread) == 1
    assert not log.output
    assert [type(record) for record in log.records] == [End, Report]


def test_a_full_tail_that_begins_with_a_whole_platform_line_loses_nothing() -> None:
    start, ending = f"START RequestId: {ID} Version: 1\n", f"END RequestId: {ID}\n{REPORT}\n"
    filling = "y" * (4096 - len(start + ending) - 1) + "\n"
    log = parse_tail(tail(start + filling + ending))
    assert not log.unread
    assert len(log.records) == 3


COLUMNS = [
    "request_id",
    "log_stream",
    "started_at",
    "ended_at",
    "duration_ms",
    "billed_ms",
    "init_ms",
    "memory_mb",
    "max_memory_mb",
    "status",
    "error_type",
]


def calls(*messages: str) -> pd.DataFrame:
    return invocations(events(*messages))


def test_an_invocation_is_one_row_with_its_times_in_utc() -> None:
    frame = calls(
        f"START RequestId: {ID} Version: 1",
        f"END RequestId: {ID}",
        REPORT + "Init Duration: 110.10 ms\t",
    )
    assert list(frame) == COLUMNS
    row = frame.iloc[0]
    assert row["started_at"] == pd.Timestamp(1_700_000_000_000, unit="ms", tz="UTC")
    assert row["ended_at"] - row["started_at"] == pd.Timedelta(milliseconds=1)
    assert row[["duration_ms", "billed_ms", "init_ms"]].tolist() == [3.01, 4, 110.10]
    assert (row["status"], row["log_stream"]) == ("success", "s")


def test_what_was_not_reported_is_missing_and_not_zero() -> None:
    row = calls(f"START RequestId: {ID} Version: 1").iloc[0]
    assert row.drop(["request_id", "log_stream", "started_at"]).isna().all()
    assert pd.isna(calls(REPORT).iloc[0]["init_ms"])


def test_no_events_give_no_rows_but_the_same_columns() -> None:
    empty, full = invocations([]), calls(REPORT)
    assert list(empty) == COLUMNS
    assert empty.dtypes.equals(full.dtypes)


@pytest.mark.parametrize(
    ("lines", "status", "error_type"),
    [
        ([f"2024-04-11T08:31:05.231Z {ID} Task timed out after 3.00 seconds"], "timeout", None),
        (
            [f"RequestId: {ID} Error: Runtime exited\nRuntime.ExitError"],
            "error",
            "Runtime.ExitError",
        ),
        (["[ERROR] KeyError: 'body'\nTraceback (most recent call last):"], "error", "KeyError"),
        (
            ["[ERROR] shop.CardRefused: no\rTraceback (most recent call last):\r  File"],
            "error",
            "shop.CardRefused",
        ),
        (["[ERROR] Order: 17 has no address"], "success", None),
        (
            ['{"log_level":"ERROR","errorType":"KeyError","errorMessage":"x","stackTrace":[]}'],
            "error",
            "KeyError",
        ),
        (
            ['{"level":"ERROR","message":"mended","errorType":"KeyError","stackTrace":[]}'],
            "success",
            None,
        ),
        (
            [
                f"2024-05-20T16:29:44.833Z\t{ID}\tERROR\tInvoke Error \t"
                '{"errorType":"TypeError","errorMessage":"x is undefined"}'
            ],
            "error",
            "TypeError",
        ),
        (["[ERROR]\t2024-05-20T16:29:44.833Z\tid\tjust logged as an error"], "success", None),
    ],
)
def test_a_report_without_a_status_is_read_with_the_lines_around_it(
    lines: Iterable[str], status: str, error_type: str | None
) -> None:
    row = calls(f"START RequestId: {ID} Version: 1", *lines, f"END RequestId: {ID}", REPORT).iloc[0]
    assert row["status"] == status
    assert (None if pd.isna(row["error_type"]) else row["error_type"]) == error_type


def test_a_retry_with_the_same_request_id_has_a_row_of_its_own() -> None:
    one = [f"START RequestId: {ID} Version: 1", f"END RequestId: {ID}", REPORT]
    frame = calls(*one, *one)
    assert frame["request_id"].tolist() == [ID, ID]
    assert frame["duration_ms"].notna().all()


def test_what_an_attempt_raised_is_not_said_of_its_retry() -> None:
    start, end = f"START RequestId: {ID} Version: 1", f"END RequestId: {ID}"
    raised = "[ERROR] KeyError: 'body'\nTraceback (most recent call last):"
    frame = calls(start, raised, end, REPORT, start, end, REPORT)
    assert frame["status"].tolist() == ["error", "success"]
    assert frame["error_type"].fillna("").tolist() == ["KeyError", ""]
    other = raised.replace("KeyError: 'body'", "ValueError: b")
    again = calls(start, raised, end, REPORT, start, other, end)
    assert again["error_type"].tolist() == ["KeyError", "ValueError"]


def test_lines_that_could_not_be_read_come_with_the_frame() -> None:
    assert calls("END RequestId: ?").attrs["unread"] == [
        "END RequestId: ? (END without a request id)"
    ]


def test_concurrency_counts_overlapping_invocations() -> None:
    start = pd.Timestamp(1_700_000_000_000, unit="ms", tz="UTC")
    spans = [(0, 30), (10, 20), (20, 40), (50, None)]
    ms = pd.Timedelta(milliseconds=1)
    frame = pd.DataFrame(
        {
            "started_at": [start + begin * ms for begin, _ in spans],
            "ended_at": [pd.NaT if end is None else start + end * ms for _, end in spans],
        }
    )
    running = concurrency(frame)
    assert ((running["at"] - start) / ms).tolist() == [0, 10, 20, 30, 40]
    assert running["running"].tolist() == [1, 2, 2, 1, 0]
    assert concurrency(invocations([])).empty


@pytest.mark.parametrize(
    ("line", "status", "error_type"),
    [
        (f"2024-05-20T16:29:44.833Z {ID} Task timed out after 3.00 seconds", "timeout", None),
        (f"RequestId: {ID} Process exited before completing request", "error", None),
        (
            f"RequestId: {ID} Error: Runtime exited with error: exit status 1\nRuntime.ExitError",
            "error",
            "Runtime.ExitError",
        ),
    ],
)
def test_what_stands_behind_a_report_counts_too(
    line: str, status: str, error_type: str | None
) -> None:
    row = calls(f"START RequestId: {ID} Version: 1", f"END RequestId: {ID}", REPORT, line).iloc[0]
    assert row["status"] == status
    assert row["error_type"] == error_type if error_type else pd.isna(row["error_type"])


@pytest.mark.parametrize(
    "line",
    [
        "START cooking",
        "END of list",
        "REPORT of the day",
        "INIT_START of my own",
        "XRAY vision",
        "REPORT Restore Duration: 511.25 ms",
    ],
)
def test_a_print_that_begins_like_a_platform_line_is_output(line: str) -> None:
    log = parse([{"message": line}])
    assert [one.text for one in log.output] == [line]
    assert (log.records, log.unread) == ([], [])


@pytest.mark.parametrize(
    "kind", ["platform.extension", "platform.telemetrySubscription", "platform.logsDropped"]
)
def test_events_of_no_invocation_are_known(kind: str) -> None:
    assert only(json_line(kind, {"name": "x"})).kind == kind
