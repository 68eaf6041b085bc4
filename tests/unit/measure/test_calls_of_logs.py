"""Invocations are put together from the lines of a log."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import pytest

from labkit.measure.platform_logs import invocations
from labkit.measure.queue_depth import concurrency
from tests.unit.measure.log_lines import ID, REPORT, events, json_line, only

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
    "kind", ["platform.extension", "platform.telemetrySubscription", "platform.logsDropped"]
)
def test_events_of_no_invocation_are_known(kind: str) -> None:
    assert only(json_line(kind, {"name": "x"})).kind == kind
