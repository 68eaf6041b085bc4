"""Lines of a function's log are read one by one."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from labkit.measure.platform_logs import parse, parse_tail
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
from tests.unit.measure.log_lines import ID, REPORT, events, json_line, only

OTHER = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"


ARN = "arn:aws:lambda:us-east-1::runtime:" + "0f" * 32


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
