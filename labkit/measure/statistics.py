"""Estimates with their uncertainty: quantiles, shares, ratios; refused where n is too small."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labkit.errors import LabkitError
from labkit.measure.frames import COUNT, MILLISECONDS, TEXT, typed_frame

Values = NDArray[np.float64]

CONFIDENCE = 0.95
POWER = 0.80
"""Cohen's convention (1988), and that of the sample sizes in this module's examples."""
RESAMPLES = 2000
"""Cuts off 2.5 ± 0.7 % at each end (two standard errors of a share of 2000)."""
FEWEST_BLOCKS = 6
"""Below it the outermost of all values is no 95 % bound of a median: 2 · 0.5^5 > 0.05."""


class TooFewSamples(LabkitError):
    """There are not enough values for what was asked; nothing was estimated."""


@dataclass(frozen=True)
class Interval:
    """An estimate and the interval around it.

    Attributes
    ----------
    estimate, low, high : float
        In the unit of the values; for a ratio without unit.
    confidence : float
        For example 0.95.
    n : int
        How many values, or blocks, it rests on.
    counted : str
        What `n` counts: "values", "blocks", "trials".
    """

    estimate: float
    low: float
    high: float
    confidence: float
    n: int
    counted: str = "values"

    def __str__(self) -> str:
        return (
            f"{self.estimate:.4g} ({self.confidence:.0%} interval {self.low:.4g} to "
            f"{self.high:.4g}; {self.n} {self.counted})"
        )

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def minimum_samples(quantile: float, confidence: float = CONFIDENCE) -> int:
    """Say how many values an interval for a quantile needs.

    With fewer, not even the smallest and the largest value enclose the quantile with that
    confidence.

    Returns
    -------
    int
        6 for the median, 29 for p90, 59 for p95, 299 for p99 at 95 %.
    """
    n = 1
    while quantile**n + (1 - quantile) ** n > 1 - confidence:
        n += 1
    return n


def require_samples(n: int, quantile: float, confidence: float = CONFIDENCE) -> None:
    """Refuse a quantile for which there are too few values.

    Raises
    ------
    TooFewSamples
    """
    needed = minimum_samples(quantile, confidence)
    if n < needed:
        raise TooFewSamples(
            f"{_name(quantile)} needs at least {needed} values for a {confidence:.0%} interval; "
            f"there are {n}. Measure {needed - n} more, or ask for a quantile nearer to the median."
        )


def quantile_interval(
    values: Iterable[float], quantile: float = 0.5, confidence: float = CONFIDENCE
) -> Interval:
    """Estimate a quantile from independent values, whatever their distribution.

    Interpolated order statistics: Nyblom, "Note on interpolated order statistics", Statistics &
    Probability Letters 14 (1992). Where there are too few values for equal tails, the outer bound
    is the outermost value and the inner one takes what is left of the risk.

    Parameters
    ----------
    values : iterable of float
        Missing values are left out.
    quantile : float
        Between 0 and 1; 0.5 is the median.
    confidence : float
        Between 0 and 1.

    Raises
    ------
    TooFewSamples
        Below `minimum_samples`.
    """
    ordered = np.sort(_present(values))
    n = len(ordered)
    require_samples(n, quantile, confidence)
    risk = 1 - confidence
    above = max(risk / 2, quantile**n)
    below = max(risk / 2, (1 - quantile) ** n)
    if above > risk / 2:
        below = risk - above
    elif below > risk / 2:
        above = risk - below
    return Interval(
        estimate=float(np.quantile(ordered, quantile)),
        low=_bound(ordered, quantile, 1 - below),
        high=-_bound(-ordered[::-1], 1 - quantile, 1 - above),
        confidence=confidence,
        n=n,
    )


def _bound(ordered: Values, quantile: float, level: float) -> float:
    """Lower confidence bound of a quantile: Nyblom's interpolation between two order statistics."""
    n = len(ordered)
    # reach[r - 1] = P(at least r of n values lie below the quantile)
    below = list(accumulate(_binomial(n, k, quantile) for k in range(n)))
    reach = [1 - p for p in below]
    rank = sum(p >= level - 1e-12 for p in reach)
    if rank == 0:
        return float(ordered[0])
    if rank == n:
        return float(ordered[-1])
    outer, inner = reach[rank - 1], reach[rank]
    if outer - level < 1e-12:
        return float(ordered[rank - 1])
    odds = rank * (1 - quantile) * (level - inner) / ((n - rank) * quantile * (outer - level))
    weight = 1 / (1 + odds)
    return float((1 - weight) * ordered[rank - 1] + weight * ordered[rank])


def _binomial(n: int, k: int, p: float) -> float:
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(p) + (n - k) * math.log1p(-p))


def share(successes: int, trials: int, confidence: float = CONFIDENCE) -> Interval:
    """Estimate a share, such as that of cold starts.

    Wilson's score interval (Journal of the American Statistical Association 22, 1927); it holds
    for small counts too, 0 and all included.

    Raises
    ------
    TooFewSamples
        Without a trial.
    """
    if trials < 1:
        raise TooFewSamples("A share needs at least one trial; there is none.")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    found = successes / trials
    centre = (found + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z * math.sqrt(found * (1 - found) / trials + z**2 / (4 * trials**2))
    half /= 1 + z**2 / trials
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return Interval(found, low, high, confidence, trials, "trials")


def ecdf(values: Iterable[float], confidence: float = CONFIDENCE) -> pd.DataFrame:
    """Compute the empirical distribution with a band that holds for the whole curve at once.

    Dvoretzky–Kiefer–Wolfowitz inequality with Massart's constant (Annals of Probability 18, 1990).

    Returns
    -------
    pandas.DataFrame
        Ascending: ``value``, ``fraction`` (of values at or below it), ``low`` and ``high``.
    """
    ordered = np.sort(_present(values))
    if not len(ordered):
        raise TooFewSamples("A distribution needs at least one value; there is none.")
    fraction = np.arange(1, len(ordered) + 1) / len(ordered)
    reach = math.sqrt(math.log(2 / (1 - confidence)) / (2 * len(ordered)))
    low, high = np.clip(fraction - reach, 0, 1), np.clip(fraction + reach, 0, 1)
    return pd.DataFrame({"value": ordered, "fraction": fraction, "low": low, "high": high})


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


def blocks_needed(effect: float, log_sd: float, confidence: float = CONFIDENCE) -> int:
    """Say how many values per arm show a relative effect with 80 % power.

    Normal approximation for two independent arms on the log scale. Blocks that take out what their
    values share need fewer.

    Parameters
    ----------
    effect : float
        0.10 for a difference of 10 %.
    log_sd : float
        Standard deviation of the values' natural logarithms within a block or day.
    confidence : float
        Between 0 and 1.
    """
    reach = NormalDist().inv_cdf((1 + confidence) / 2) + NormalDist().inv_cdf(POWER)
    return math.ceil(2 * (reach * log_sd / math.log1p(effect)) ** 2)


SUMMARY_COLUMNS = {
    "group": TEXT,
    "n": COUNT,
    "median": MILLISECONDS,
    "low": MILLISECONDS,
    "high": MILLISECONDS,
    "p95": MILLISECONDS,
    "p99": MILLISECONDS,
}


def summarise(
    frame: pd.DataFrame, value: str, by: str, confidence: float = CONFIDENCE
) -> pd.DataFrame:
    """Describe a column by group; what too few values cannot tell stays missing.

    Returns
    -------
    pandas.DataFrame
        One row per group, an experiment's arms as designed: ``group``, ``n``, ``median`` with
        ``low`` and ``high``, ``p95``, ``p99``, all in the unit of `value`.
    """
    rows = []
    as_designed = isinstance(frame[by].dtype, pd.CategoricalDtype)
    for group, values in frame.groupby(by, sort=as_designed, observed=True)[value]:
        present = _present(values)
        row: dict[str, Any] = {"group": str(group), "n": len(present)}
        if len(present) >= minimum_samples(0.5, confidence):
            median = quantile_interval(present, 0.5, confidence)
            row |= {"median": median.estimate, "low": median.low, "high": median.high}
        for name, quantile in (("p95", 0.95), ("p99", 0.99)):
            if len(present) >= minimum_samples(quantile, confidence):
                row[name] = float(np.quantile(present, quantile))
        rows.append(row)
    return typed_frame(rows, SUMMARY_COLUMNS)


def _present(values: Iterable[float]) -> Values:
    listed: Values = np.asarray(pd.Series(list(values), dtype="float64"))
    kept: Values = listed[~np.isnan(listed)]
    return kept


def _name(quantile: float) -> str:
    return "The median" if quantile == 0.5 else f"p{100 * quantile:g}"
