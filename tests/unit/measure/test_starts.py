"""How a call started, told from what is known of it and of the calls before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from labkit.measure.calls import call_frame

NOON = datetime(2026, 3, 6, 12, tzinfo=UTC)


def call(sent_s: float, **known: Any) -> dict[str, Any]:
    born = known.pop("born_s", None)
    at = None if born is None else NOON + timedelta(seconds=born)
    row = {"sent_at": NOON + timedelta(seconds=sent_s), "client_ms": 200.0, "duration_ms": 50.0}
    return row | {"status": "success", "initialized_at": at} | known


def starts(*calls: dict[str, Any]) -> list[Any]:
    return list(call_frame(calls)["start"])


@pytest.mark.parametrize(
    ("known", "start", "evidence"),
    [
        ({"init_ms": 84.1}, "cold", "when it initialised is not known"),
        ({"init_ms": 84.1, "born_s": 0.12}, "cold", "0.120 s after the call was sent"),
        ({"init_ms": 84.1, "born_s": -0.4}, "cold", "after the call"),
        ({"init_ms": 84.1, "born_s": -34}, "proactive", "initialised 34.0 s before the call"),
        ({"restore_ms": 511.25}, "restored", "Restore Duration 511.25 ms"),
        ({"born_s": 0.2, "instance": "a"}, "suppressed", "0.200 s after"),
        ({"born_s": -5, "instance": "a"}, "warm", "initialised 5.0 s before the call"),
        ({}, "warm", "no Init Duration"),
        (
            {"status": "throttled", "error_type": "CallerRateLimitExceeded", "duration_ms": None},
            "throttled",
            "HTTP 429, CallerRateLimitExceeded",
        ),
    ],
)
def test_a_start_is_told_with_its_evidence(
    known: dict[str, Any], start: str, evidence: str
) -> None:
    frame = call_frame([call(0, **known)])
    assert frame["start"].tolist() == [start]
    assert evidence in frame["evidence"].iloc[0]


def test_without_a_report_nothing_is_guessed() -> None:
    frame = call_frame([call(0, duration_ms=None, status="failed")])
    assert frame["start"].isna().all()
    assert frame["evidence"].tolist() == ["no readable report of the call"]


def test_a_new_instance_in_a_known_environment_is_a_suppressed_init() -> None:
    first = call(0, init_ms=80.0, environment="e", instance="a", born_s=0.1)
    same = call(1, environment="e", instance="a", born_s=0.1)
    reborn = call(9, environment="e", instance="b", born_s=8.95)
    assert starts(first, same, reborn) == ["cold", "warm", "suppressed"]


@pytest.mark.parametrize(
    "ending",
    [{"status": "timeout"}, {"status": "error", "error_type": "Runtime.OutOfMemory"}],
)
def test_after_the_environment_was_reset_the_next_call_initialises(ending: dict[str, str]) -> None:
    reset = call(0, environment="e") | ending
    assert starts(reset, call(5, environment="e"), call(6, environment="e")) == [
        "warm",
        "suppressed",
        "warm",
    ]


def test_an_exception_of_the_handler_resets_nothing() -> None:
    raised = call(0, environment="e", status="error", error_type="ValueError")
    assert starts(raised, call(1, environment="e")) == ["warm", "warm"]


def test_a_provisioned_environment_was_there_before_the_call() -> None:
    frame = call_frame(
        [call(0, born_s=-60, instance="a", initialization_type="provisioned-concurrency")]
    )
    assert frame["start"].tolist() == ["warm"]
    assert frame["evidence"].iloc[0].endswith("60.0 s before the call, by provisioned concurrency")


def test_the_residual_counts_only_what_the_sender_waited_for() -> None:
    frame = call_frame(
        [
            call(0, init_ms=84.0, born_s=0.1),
            call(1, init_ms=84.0, born_s=-90),
            call(2, restore_ms=100.0),
            call(3),
        ]
    )
    assert frame["residual_ms"].tolist() == [66, 150, 50, 150]


def test_a_factor_may_be_a_list() -> None:
    assert starts(call(0, imports=["json", "re"])) == ["warm"]
