"""Estimates from independent values: quantiles, shares, distributions, with their uncertainty."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from labkit.errors import LabkitError

Values = NDArray[np.float64]

CONFIDENCE = 0.95


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
    ordered = np.sort(present(values))
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
    outer, weight = _order_statistics(len(ordered), quantile, level)
    if weight == 0:
        return float(ordered[outer])
    return float((1 - weight) * ordered[outer] + weight * ordered[outer + 1])


@lru_cache(maxsize=256)
def _order_statistics(n: int, quantile: float, level: float) -> tuple[int, float]:
    """Say which order statistic a bound starts from, and how far it goes towards the next one."""
    # reach[r - 1] = P(at least r of n values lie below the quantile)
    below = list(accumulate(_binomial(n, k, quantile) for k in range(n)))
    reach = [1 - p for p in below]
    rank = sum(p >= level - 1e-12 for p in reach)
    if rank in (0, n):
        return max(0, rank - 1), 0
    outer, inner = reach[rank - 1], reach[rank]
    if outer - level < 1e-12:
        return rank - 1, 0
    odds = rank * (1 - quantile) * (level - inner) / ((n - rank) * quantile * (outer - level))
    return rank - 1, 1 / (1 + odds)


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
    ordered = np.sort(present(values))
    if not len(ordered):
        raise TooFewSamples("A distribution needs at least one value; there is none.")
    fraction = np.arange(1, len(ordered) + 1) / len(ordered)
    reach = math.sqrt(math.log(2 / (1 - confidence)) / (2 * len(ordered)))
    low, high = np.clip(fraction - reach, 0, 1), np.clip(fraction + reach, 0, 1)
    return pd.DataFrame({"value": ordered, "fraction": fraction, "low": low, "high": high})


def present(values: Iterable[float]) -> Values:
    """Return the values that are not missing, as an array."""
    listed: Values = np.asarray(pd.Series(list(values), dtype="float64"))
    kept: Values = listed[~np.isnan(listed)]
    return kept


def _name(quantile: float) -> str:
    return "The median" if quantile == 0.5 else f"p{100 * quantile:g}"
