"""Estimates from blocks, whose values resemble each other: medians, and ratios within blocks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from labkit.measure.statistics.intervals import (
    CONFIDENCE,
    Interval,
    TooFewSamples,
    Values,
    quantile_interval,
)

RESAMPLES = 2000
"""Cuts off 2.5 ± 0.7 % at each end (two standard errors of a share of 2000)."""
FEWEST_BLOCKS = 6
"""Below it the outermost of all values is no 95 % bound of a median: 2 · 0.5^5 > 0.05."""


def median_of_blocks(
    frame: pd.DataFrame,
    value: str,
    block: str = "block",
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> Interval:
    """Estimate a median where the values of one block resemble each other.

    Block bootstrap: whole blocks are drawn with replacement; see `bootstrap_tails`.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per call.
    value, block : str
        Its columns with what was measured, and with the block's number.
    confidence : float
        Between 0 and 1.
    seed : int
        The same seed draws the same blocks.

    Raises
    ------
    TooFewSamples
        With fewer than six blocks.
    """
    cells = _cells(frame.assign(arm="all"), value, "arm", ["all"], block)
    draws = _resample(cells, seed, RESAMPLES)
    low, high = np.quantile(draws, bootstrap_tails(len(cells), confidence))
    estimate = float(_medians(cells)[0])
    return Interval(estimate, float(low), float(high), confidence, len(cells), "blocks")


def bootstrap_tails(blocks: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Say between which quantiles of a block bootstrap an interval lies.

    Percentiles, widened as Student's t is wider than the normal distribution, since few blocks
    give too narrow ones (Hesterberg, "What Teachers Should Know About the Bootstrap", 2014,
    section 4.1).

    Returns
    -------
    tuple of float
        For example 0.0086 and 0.9914 for ten blocks and 95 %.
    """
    stretch = math.sqrt(blocks / (blocks - 1)) * _student(blocks - 1, (1 + confidence) / 2)
    tail = NormalDist().cdf(-stretch)
    return tail, 1 - tail


def paired_ratio(
    frame: pd.DataFrame,
    value: str,
    arm: str,
    of: Any,
    to: Any,
    block: str = "block",
    confidence: float = CONFIDENCE,
) -> Interval:
    """Estimate how many times as large one arm is as another, each compared within its block.

    The median of the blocks' ratios (of medians, where a block repeats an arm), with the interval
    of `quantile_interval`. What a block's calls share, such as a slow minute, cancels out; a
    bootstrap of the ratio of two overall medians does not see that, and covers up to 99 % where it
    says 95 % (``python -m benchmarks.estimators`` is how we know).

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per call. Blocks without one of the arms are left out.
    value, arm, block : str
        Its columns with what was measured, with what tells the arms apart, and with the block's
        number.
    of, to
        Numerator and denominator: values of the column `arm`.
    confidence : float
        Between 0 and 1.

    Raises
    ------
    TooFewSamples
        With fewer than six whole blocks.
    """
    ratios = block_ratios(frame, value, arm, of, to, block)
    return replace(quantile_interval(ratios, 0.5, confidence), counted="blocks")


def block_ratios(
    frame: pd.DataFrame, value: str, arm: str, of: Any, to: Any, block: str = "block"
) -> Values:
    """Compute each whole block's ratio of one arm to another; see `paired_ratio`."""
    medians = _medians(_cells(frame, value, arm, [of, to], block)[:, np.newaxis])
    return np.asarray(medians[:, 0] / medians[:, 1], dtype=np.float64)


def resampled_medians(
    frame: pd.DataFrame,
    value: str,
    arm: str,
    arms: Sequence[Any],
    block: str = "block",
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Values:
    """Compute the arms' medians again and again, each time from blocks drawn with replacement.

    Returns
    -------
    numpy.ndarray
        Shape (`resamples`, arms).

    Raises
    ------
    TooFewSamples
        With fewer than six whole blocks.
    """
    return _resample(_cells(frame, value, arm, arms, block), seed, resamples)


def whole_blocks(
    frame: pd.DataFrame, value: str, arm: str, arms: Sequence[Any], block: str = "block"
) -> int:
    """Count the blocks in which every arm has a value: those that `resampled_medians` draws from.

    Raises
    ------
    TooFewSamples
        If there are fewer than six.
    """
    return len(_cells(frame, value, arm, arms, block))


def _resample(cells: Values, seed: int, resamples: int) -> Values:
    drawn = np.random.default_rng(seed).integers(0, len(cells), (resamples, len(cells)))
    return _medians(cells[drawn])


def _medians(cells: Values) -> Values:
    """Take the median over blocks and repetitions: (…, block, arm, repetition) → (…, arm)."""
    together = np.moveaxis(cells, -3, -2)
    flat = np.sort(together.reshape(*together.shape[:-2], -1), axis=-1)  # NaN sorts last
    counts = np.sum(~np.isnan(flat), axis=-1, keepdims=True)
    lower = np.take_along_axis(flat, (counts - 1) // 2, axis=-1)
    upper = np.take_along_axis(flat, counts // 2, axis=-1)
    medians: Values = ((lower + upper) / 2)[..., 0]
    return medians


def _cells(frame: pd.DataFrame, value: str, arm: str, arms: Sequence[Any], block: str) -> Values:
    """Arrange whole blocks as (block, arm, repetition), with NaN for a repetition that lacks."""
    present = frame[frame[arm].isin(list(arms))].dropna(subset=[value])
    groups = present.groupby([block, arm], sort=True)[value]
    values = {key: group.to_numpy(dtype=float) for key, group in groups}
    blocks = [b for b in sorted(set(present[block])) if all((b, a) in values for a in arms)]
    if len(blocks) < FEWEST_BLOCKS:
        raise TooFewSamples(
            f"An interval needs at least {FEWEST_BLOCKS} blocks in which every arm has a value; "
            f"there are {len(blocks)}. Measure more blocks."
        )
    most = max(len(values[b, a]) for b in blocks for a in arms)
    cells = np.full((len(blocks), len(arms), most), np.nan)
    for i, b in enumerate(blocks):
        for j, a in enumerate(arms):
            cells[i, j, : len(values[b, a])] = values[b, a]
    return cells


def _student(freedom: int, p: float) -> float:
    """Quantile of Student's t: Cornish–Fisher expansion (Abramowitz & Stegun 26.7.5)."""
    z = NormalDist().inv_cdf(p)
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    g4 = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + g1 / freedom + g2 / freedom**2 + g3 / freedom**3 + g4 / freedom**4
