"""When requests should be sent: arrival schedules, in seconds from the start of the load."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Schedule = NDArray[np.float64]


def steady(rate_per_s: float, seconds: float) -> Schedule:
    """Send at equal distances.

    Returns
    -------
    numpy.ndarray
        ``rate_per_s * seconds`` times in seconds, the first at 0.
    """
    return np.arange(round(rate_per_s * seconds)) / rate_per_s


def ramp(from_per_s: float, to_per_s: float, seconds: float) -> Schedule:
    """Send at a rate that grows, or falls, evenly.

    Returns
    -------
    numpy.ndarray
        ``(from_per_s + to_per_s) / 2 * seconds`` times in seconds, the first at 0: the rate's
        integral is a whole number at each.
    """
    numbers = np.arange(round((from_per_s + to_per_s) / 2 * seconds), dtype=np.float64)
    growth = (to_per_s - from_per_s) / seconds
    twice_the_mean_rate = from_per_s + np.sqrt(from_per_s**2 + 2 * growth * numbers)
    times = np.zeros_like(numbers)
    return np.divide(2 * numbers, twice_the_mean_rate, out=times, where=numbers > 0)


def burst(n: int, at_s: float = 0.0) -> Schedule:
    """Send `n` requests at once, `at_s` seconds after the start."""
    return np.full(n, at_s, dtype=np.float64)


def poisson(rate_per_s: float, seconds: float, seed: int) -> Schedule:
    """Send as independent people would: gaps are exponential, with mean ``1 / rate_per_s``.

    Returns
    -------
    numpy.ndarray
        About ``rate_per_s * seconds`` times in seconds; the same for the same seed.
    """
    random = np.random.default_rng(seed)
    count = int(random.poisson(rate_per_s * seconds))
    return np.sort(random.uniform(0.0, seconds, count))


def steps(stages: Iterable[tuple[float, float]]) -> Schedule:
    """Send steadily at one rate after another.

    Parameters
    ----------
    stages : iterable of (float, float)
        Rate per second and length in seconds of each stage.
    """
    parts = []
    begins_s = 0.0
    for rate_per_s, seconds in stages:
        parts.append(begins_s + steady(rate_per_s, seconds))
        begins_s += seconds
    return np.concatenate(parts) if parts else np.empty(0)
