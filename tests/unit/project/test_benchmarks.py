"""How the benchmarks judge what they measured: on frames whose truth is known."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from benchmarks._table import Column, all_hold
from benchmarks.effects import CAP, Effect, cap_effects, exactly, import_effect, near, share_effects
from benchmarks.load import kept, waits_through_stall
from benchmarks.sandbox import CannotError, Rows, Running, fill
from tests.sandbox.conftest import Aws

BLOCKS = 5


def imported(added_ms: float, own_ms: float) -> Effect:
    """Judge an import that adds so much to INIT and times itself so; blocks differ in speed."""
    rows = [
        {
            "block": block,
            "arm": arm,
            "init_ms": (80 + (added_ms if arm == "imports" else 0)) * (1 + block / 10),
            "answer": json.dumps({"import_ms": own_ms * (1 + block / 10)}),
        }
        for block in range(BLOCKS)
        for arm in ("nothing", "imports")
    ]
    return import_effect(pd.DataFrame(rows))


def test_two_clocks_of_an_import_may_differ_by_a_tenth() -> None:
    assert imported(120, 120).found == pytest.approx(1)
    assert imported(131, 120).holds
    assert not imported(135, 120).holds
    assert not imported(100, 120).holds


def test_shares_are_those_of_the_memory_within_a_twentieth() -> None:
    def found(too_long: float) -> list[Effect]:
        rows = [
            {"memory_mb": mb, "answer": "30.0", "duration_ms": 30 * 1769 / mb * too_long}
            for mb in (128, 512, 1769)
        ]
        return list(share_effects(pd.DataFrame(rows)))

    assert [effect.expected for effect in found(1.0)] == pytest.approx([128 / 1769, 512 / 1769, 1])
    assert all(effect.holds for effect in found(1.04))
    assert not any(effect.holds for effect in found(1.06) + found(0.94))


def test_a_cap_holds_exactly_or_not_at_all() -> None:
    reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
    statuses = ["success"] * CAP + ["throttled"] * (3 * CAP) + ["success", "throttled"]
    calls = pd.DataFrame({"status": statuses})
    calls["error_type"] = calls["status"].map({"throttled": reason})
    assert all(effect.holds for effect in cap_effects(calls, CAP))
    assert [effect.holds for effect in cap_effects(calls, CAP + 1)] == [False, True, True]
    calls.loc[CAP, "error_type"] = "ConcurrentInvocationLimitExceeded"
    assert [effect.holds for effect in cap_effects(calls, CAP)] == [True, True, False]


def test_an_effect_says_how_far_it_is_off() -> None:
    assert "+10.0%" in str(near("x", 1.1, 1.0, 0.05))
    assert str(near("x", 1.1, 1.0, 0.05)).endswith("OUTSIDE")
    assert "exactly that" in str(exactly("x", 0, 0))


def test_arrivals_are_judged_by_their_places_on_the_schedule() -> None:
    even = 1000 + np.arange(600) / 100
    assert kept(even.tolist(), 100).well
    shaken = even + np.random.default_rng(1).uniform(0, 0.004, 600)
    assert kept(shaken.tolist(), 100).well
    assert not kept((1000 + np.arange(600) / 98).tolist(), 100).well
    assert not kept(np.repeat(even[::10], 10).tolist(), 100).well


def test_people_on_schedule_wait_out_what_is_left_of_a_stall() -> None:
    waits = waits_through_stall(seconds=5)
    assert waits.p50 == 0
    assert waits.p90 == pytest.approx(500, abs=10)
    assert waits.p99 == pytest.approx(950, abs=10)


def test_a_promise_is_broken_by_a_figure_that_is_too_large_and_by_one_that_is_not_there() -> None:
    def starting_in(took_ms: float) -> Column:
        return Column("sandbox", {"start to healthy, ms": took_ms})

    def warm(at: Running) -> Rows:
        yield "warm call, silent, p50 ms", 2.0
        raise CannotError(f"a function of the {at.target} returned nothing")

    at = Running(
        "sandbox", Aws("http://127.0.0.1:9", "111122223333", "us-east-1", "secret"), 0, ("", "")
    )
    assert all_hold([starting_in(400)])
    assert not all_hold([starting_in(401)])
    column = starting_in(300)
    fill(column, warm, at)
    assert column.figures["warm call, silent, p50 ms"] == 2
    assert column.cut_short == {"warm": "a function of the sandbox returned nothing"}
    assert not all_hold([column])


def test_a_promise_beside_another_target_is_judged_by_its_figure_in_the_same_run() -> None:
    rate, send = "warm call, 16 at a time, calls per second", "SQS send, p50 ms"
    ministack = Column("MiniStack", {rate: 600.0, send: 2.0})
    assert all_hold([Column("sandbox", {rate: 900.0, send: 2.0}), ministack])
    assert not all_hold([Column("sandbox", {rate: 899.0}), ministack])
    assert not all_hold([Column("sandbox", {send: 2.01}), ministack])
    assert all_hold([Column("sandbox", {rate: 1.0}), Column("moto")])
