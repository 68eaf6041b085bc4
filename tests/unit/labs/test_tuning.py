"""Choosing a memory size: from calls of known cost, and of a real function in the sandbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from labkit.errors import LabkitError
from labkit.labs.functions.tuning import PRICED_IN, recommend, tune, usd_per_million
from labkit.measure.calls import call_frame
from labkit.measure.statistics import TooFewSamples
from labkit.prices import price

MEMORIES = (128, 512, 1024, 1769, 3008)


def calls(blocks: int, computing_ms: float, waiting_ms: float, noise: float = 0.03) -> pd.DataFrame:
    """Simulate a function that computes so long with one vCPU, and waits so long with any."""
    random = np.random.default_rng(1)
    rows: list[dict[str, Any]] = []
    for block in range(blocks):
        for memory in MEMORIES:
            ms = waiting_ms + computing_ms * 1769 / min(memory, 1769)
            ms *= np.exp(noise * random.standard_normal())
            sent = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=len(rows))
            row = {"sent_at": sent, "client_ms": ms + 5, "duration_ms": ms, "memory_mb": memory}
            rows.append(row | {"billed_ms": np.ceil(ms), "status": "success", "block": block})
    return call_frame(rows)


def test_a_function_that_waits_is_cheapest_with_the_least_memory() -> None:
    found = recommend(calls(10, computing_ms=0, waiting_ms=100))
    assert found.best_mb == 128
    assert not found.rivals_mb
    assert found.recommendation.startswith("Cheapest: 128 MB")


def test_a_function_that_computes_is_fastest_from_one_vcpu_on() -> None:
    found = recommend(calls(10, computing_ms=100, waiting_ms=0), goal="fastest")
    assert {found.best_mb, *found.rivals_mb} == {1769, 3008}
    assert "cannot be told apart from it" in " ".join(str(found).split())
    assert found.curve["best_share"].sum() == pytest.approx(1)


def test_of_equal_prices_the_fastest_is_advised_and_the_others_are_named() -> None:
    frame = calls(10, computing_ms=100, waiting_ms=0, noise=0)
    exact = {128: 1152, 512: 288, 1024: 144, 1769: 100, 3008: 100}
    frame["duration_ms"] = frame["billed_ms"] = frame["memory_mb"].map(exact).astype("float64")
    found = recommend(frame)
    assert found.best_mb == 1024
    assert found.rivals_mb == (128, 512)
    assert "cost the same, and this size is the fastest of them" in found.recommendation


def of(**durations: Any) -> pd.DataFrame:
    """Ten blocks of three warm calls a size, by ``mb128=100``; None for a duration not known."""
    rows = [
        {"block": block, "memory_mb": int(name.removeprefix("mb")), "duration_ms": ms}
        for block in range(10)
        for name, ms in durations.items()
        for _ in range(3)
    ]
    frame = pd.DataFrame(rows).astype({"duration_ms": "float64"})
    billed = np.ceil(frame["duration_ms"])
    return frame.assign(billed_ms=billed, start="warm", status="success")


def test_of_sizes_that_are_the_same_fast_the_cheapest_is_advised() -> None:
    found = recommend(of(mb128=200, mb512=100, mb1024=100, mb2048=100), "fastest")
    assert found.best_mb == 512
    assert found.rivals_mb == (1024, 2048)
    assert found.recommendation.endswith(
        "1024 or 2048 MB cannot be told apart from it: they take the same time, and this size is "
        "the cheapest of them."
    )


def test_the_cheapest_of_fast_rivals_is_named() -> None:
    frame = calls(10, computing_ms=0, waiting_ms=100, noise=0.05)
    found = recommend(frame, "fastest")
    assert 128 in found.rivals_mb
    assert found.recommendation.endswith("more blocks may do so; 128 MB costs the least of them.")


def test_a_size_alone_is_not_called_the_best() -> None:
    frame = of(mb128=3000, mb256=100)
    frame.loc[frame["memory_mb"].eq(128), "status"] = "timeout"
    found = recommend(frame)
    assert found.best_mb == 256
    assert found.recommendation == (
        "Only 256 MB is left: 100 ms and 0.617 USD per million calls. At 128 MB calls failed, so "
        "it is left out. With one size there is nothing to compare."
    )


@pytest.mark.parametrize("unknown", [None, np.inf])
def test_a_size_of_which_nothing_is_known_stops_no_other(unknown: float | None) -> None:
    found = recommend(of(mb128=unknown, mb256=100, mb512=90))
    assert found.best_mb == 256
    assert found.recommendation.endswith("Of 128 MB no warm call's duration is known.")


def test_calls_whose_duration_is_not_known_are_left_out() -> None:
    frame = of(mb128=100, mb256=90)
    frame.loc[frame["block"].eq(0) & frame["memory_mb"].eq(128), "duration_ms"] = np.nan
    found = recommend(frame)
    assert found.curve["calls"].tolist() == [27, 30]
    assert found.best_mb == 128


def test_a_long_tail_changes_no_recommendation() -> None:
    frame = of(mb128=100, mb256=90)
    slow = frame["block"].eq(3) & frame["memory_mb"].eq(128)
    frame.loc[slow.idxmax(), ["duration_ms", "billed_ms"]] = 900_000.0
    assert recommend(frame).best_mb == 128


@pytest.mark.filterwarnings("error")
def test_durations_of_nothing_are_no_division_by_zero() -> None:
    assert recommend(of(mb128=0, mb256=0), "balanced").best_mb == 128


def test_a_balance_lies_between() -> None:
    frame = calls(10, computing_ms=100, waiting_ms=100)
    cheapest, balanced, fastest = (
        recommend(frame, goal).best_mb for goal in ("cheapest", "balanced", "fastest")
    )
    assert cheapest is not None
    assert balanced is not None
    assert fastest is not None
    assert cheapest < balanced <= fastest


def test_a_million_calls_cost_what_the_price_list_says() -> None:
    assert usd_per_million(1000, 1024) == pytest.approx(16.6667 + 0.20)


@pytest.mark.parametrize("item", ["lambda-x86-gb-second", "lambda-request"])
def test_seoul_asks_what_the_region_of_the_prices_asks(item: str) -> None:
    assert price(item, "ap-northeast-2").amount == price(item, PRICED_IN).amount


def test_a_size_with_failing_calls_is_left_out_however_cheap() -> None:
    frame = calls(8, computing_ms=0, waiting_ms=100)
    frame.loc[frame["memory_mb"].eq(128) & frame["block"].eq(3), "status"] = "error"
    assert 128 not in set(recommend(frame).curve["memory_mb"])
    with pytest.raises(LabkitError, match="nothing to recommend"):
        recommend(frame.assign(status="timeout"))


def test_too_few_blocks_recommend_nothing_and_keep_what_was_measured() -> None:
    found = recommend(calls(4, computing_ms=100, waiting_ms=0))
    assert found.best_mb is None
    assert len(found.frame) == 20
    assert found.curve["duration_ms"].notna().all()
    assert "Fewer than 6 whole blocks" in found.recommendation


def test_blocks_that_lack_a_size_make_no_interval_narrower() -> None:
    frame = calls(12, computing_ms=100, waiting_ms=20, noise=0.2)
    lacks = frame["block"].ge(6) & frame["memory_mb"].eq(128)
    whole, ragged = recommend(frame[frame["block"] < 6]).curve, recommend(frame[~lacks]).curve
    for bound in ("duration_low_ms", "duration_high_ms", "usd_low", "usd_high"):
        assert ragged[bound].tolist() == whole[bound].tolist()


def test_senseless_wishes_are_refused_before_anything_is_measured() -> None:
    with pytest.raises(LabkitError, match="Nothing was measured"):
        tune(None, "f", {}, [64, 128])
    for memories in (["128", 256], [128.5, 256], [128, float("nan")], [256, 256]):
        with pytest.raises(LabkitError, match="whole numbers from 128 to 10240 MB"):
            tune(None, "f", {}, memories)  # type: ignore[arg-type]
    with pytest.raises(LabkitError, match="no goal 'cheap'"):
        tune(None, "f", {}, [128, 256], "cheap")  # type: ignore[arg-type]
    with pytest.raises(TooFewSamples, match="got 10 of 0"):
        tune(None, "f", {}, [128, 256], calls=0)
    with pytest.raises(TooFewSamples, match="at least 6 blocks"):
        tune(None, "f", {}, [128, 256], blocks=3)
