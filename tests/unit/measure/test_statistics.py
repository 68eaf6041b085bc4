"""Estimators, on data whose truth is known and against published tables."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from numpy.random import Generator

from labkit.measure import statistics as st
from labkit.measure.statistics.blocks import _student

MEDIAN = 84.0


def lognormal(random: Generator, size: int | tuple[int, ...]) -> np.ndarray:
    return MEDIAN * np.exp(0.25 * random.standard_normal(size))


def blocks_of(values: dict[str, np.ndarray]) -> pd.DataFrame:
    wide = pd.DataFrame(values).rename_axis("block").reset_index()
    return wide.melt("block", var_name="arm", value_name="ms")


@pytest.mark.parametrize(("quantile", "needed"), [(0.5, 6), (0.9, 29), (0.95, 59), (0.99, 299)])
def test_a_quantile_needs_so_many_values(quantile: float, needed: int) -> None:
    assert st.minimum_samples(quantile) == needed
    st.require_samples(needed, quantile)
    with pytest.raises(st.TooFewSamples, match=f"needs at least {needed} values.*Measure 1 more"):
        st.quantile_interval(np.arange(needed - 1), quantile)


def test_a_median_of_six_has_the_interval_of_hettmansperger_and_sheather() -> None:
    """n = 6: (1st, 6th) covers 96.875 %, (2nd, 5th) 78.125 %; I = 1.875 / 18.75 = 0.1."""
    found = st.quantile_interval([10, 20, 30, 40, 50, 60])
    weight = 5 * 0.1 / (1 + 4 * 0.1)
    assert found.estimate == 35
    assert found.low == pytest.approx(10 + 10 * weight)
    assert found.high == pytest.approx(60 - 10 * weight)


def test_missing_values_are_left_out_of_a_quantile() -> None:
    assert st.quantile_interval([1, 2, math.nan, 3, 4, 5, 6, 7]).n == 7


@pytest.mark.parametrize(("quantile", "n"), [(0.5, 6), (0.5, 25), (0.9, 29), (0.99, 299)])
def test_quantile_intervals_hold_the_truth_as_often_as_they_say(quantile: float, n: int) -> None:
    random = np.random.default_rng(7)
    held = [quantile in st.quantile_interval(random.uniform(size=n), quantile) for _ in range(1500)]
    assert 0.93 < np.mean(held) < 0.97


def test_wilsons_interval_is_the_published_one() -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I: 81/263, 15/148, 0/20, 1/29."""
    for successes, trials, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        found = st.share(successes, trials)
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(st.TooFewSamples):
        st.share(0, 0)


def test_an_ecdf_steps_at_each_value_inside_its_band() -> None:
    curve = st.ecdf([30.0, 10.0, 20.0, math.nan, 40.0])
    assert curve["value"].tolist() == [10, 20, 30, 40]
    assert curve["fraction"].tolist() == [0.25, 0.5, 0.75, 1]
    assert curve["low"].iloc[-1] == pytest.approx(1 - math.sqrt(math.log(40) / 8))
    assert curve["high"].max() == 1


@pytest.mark.parametrize(("freedom", "table"), [(5, 2.571), (7, 2.365), (14, 2.145), (29, 2.045)])
def test_students_quantiles_are_those_of_the_table(freedom: int, table: float) -> None:
    assert _student(freedom, 0.975) == pytest.approx(table, abs=2e-3)


def test_blocks_that_share_something_do_not_make_the_median_too_sure() -> None:
    random = np.random.default_rng(3)
    held = []
    for _ in range(400):
        common = random.standard_normal((12, 1))
        values = MEDIAN * np.exp(0.2 * common + 0.1 * random.standard_normal((12, 5)))
        frame = pd.DataFrame({"block": np.repeat(range(12), 5), "ms": values.ravel()})
        held.append(MEDIAN in st.median_of_blocks(frame, "ms"))
    assert 0.93 < np.mean(held) < 0.97


def test_what_a_block_shares_cancels_out_of_a_ratio() -> None:
    random = np.random.default_rng(4)
    slow_hours = np.exp(1.0 * random.standard_normal(30))
    frame = blocks_of(
        {
            "all": 1.5 * slow_hours * np.exp(0.05 * random.standard_normal(30)),
            "part": slow_hours * np.exp(0.05 * random.standard_normal(30)),
        }
    )
    found = st.paired_ratio(frame, "ms", "arm", of="all", to="part")
    assert 1.5 in found
    assert found.high / found.low < 1.08
    assert str(found).endswith("30 blocks)")


def test_only_whole_blocks_are_compared() -> None:
    frame = blocks_of({"a": np.full(8, 2.0), "b": np.full(8, 1.0)}).drop(index=[0, 9])
    assert st.paired_ratio(frame, "ms", "arm", of="a", to="b").n == 6
    with pytest.raises(st.TooFewSamples, match="there are 5"):
        st.paired_ratio(frame.drop(index=[2]), "ms", "arm", of="a", to="b")


def test_a_block_that_repeats_an_arm_counts_with_its_median() -> None:
    frame = blocks_of({"a": np.full(6, 4.0), "b": np.full(6, 2.0)})
    outliers = frame[frame["arm"] == "a"].assign(ms=900.0)
    more = frame[frame["arm"] == "a"].assign(ms=4.2)
    ratios = st.block_ratios(pd.concat([frame, outliers, more]), "ms", "arm", of="a", to="b")
    assert ratios.tolist() == pytest.approx([2.1] * 6)


def test_resampling_is_the_same_for_the_same_seed() -> None:
    values = lognormal(np.random.default_rng(1), 10)
    frame = blocks_of({"a": values, "b": 2 * values})
    first, again, other = (
        st.resampled_medians(frame, "ms", "arm", ["a", "b"], seed=seed, resamples=50)
        for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()
    assert first[:, 1] == pytest.approx(2 * first[:, 0])


def test_a_summary_leaves_out_what_too_few_values_cannot_tell() -> None:
    random = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "arm": ["few"] * 5 + ["some"] * 60 + ["many"] * 300,
            "ms": lognormal(random, 365),
        }
    )
    summary = st.summarise(frame, "ms", "arm").set_index("group")
    assert summary.notna().sum(axis=1).to_dict() == {"few": 1, "some": 5, "many": 6}
    assert (summary["low"].dropna() < summary["median"].dropna()).all()
