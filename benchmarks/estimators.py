"""How often the intervals of `labkit.measure.statistics` hold a truth that is known.

Run ``python -m benchmarks.estimators``: nominal 95 %, wanted 93 to 97 %.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from labkit.measure.statistics import (
    ecdf,
    median_of_blocks,
    minimum_samples,
    paired_ratio,
    quantile_interval,
    share,
)

WANTED = (0.93, 0.97)
MEDIAN_MS, LOG_SD = 84.0, 0.25
"""About as Init Duration of python3.13 scatters (p50 84 ms, p99 142 ms)."""
Random = np.random.Generator


@dataclass(frozen=True)
class Case:
    """An estimator on one kind of data; `holds` draws data once and tells whether it held."""

    name: str
    holds: Callable[[Random], bool]


@dataclass(frozen=True)
class Coverage:
    """How often an estimator held, with the standard error of that share."""

    name: str
    share: float
    error: float

    @property
    def wanted(self) -> bool:
        """Whether it lies in the range wanted."""
        return WANTED[0] <= self.share <= WANTED[1]


def cases() -> Iterator[Case]:
    """Give the estimators, each at its smallest size and at a usual one."""
    for quantile in (0.5, 0.9, 0.95, 0.99):
        for n in (minimum_samples(quantile), 2 * minimum_samples(quantile) + 20):
            yield Case(f"quantile {quantile:g}, n = {n}", _quantile_case(quantile, n))
    for n in (20, 60, 200):
        yield Case(f"share of 1 to 50 %, n = {n}", _share_case(n))
    yield Case("whole distribution (ECDF band), n = 100", _ecdf_case(100))
    for blocks in (8, 15, 30):
        yield Case(f"median of blocks of 3, {blocks} blocks", _block_case(blocks))
    for blocks in (8, 15, 30):
        yield Case(f"paired ratio, {blocks} blocks", _ratio_case(blocks))


def _lognormal(random: Random, size: int | tuple[int, ...]) -> np.ndarray:
    return MEDIAN_MS * np.exp(LOG_SD * random.standard_normal(size))


def _quantile_case(quantile: float, n: int) -> Callable[[Random], bool]:
    truth = MEDIAN_MS * math.exp(LOG_SD * NormalDist().inv_cdf(quantile))
    return lambda random: truth in quantile_interval(_lognormal(random, n), quantile)


def _share_case(n: int) -> Callable[[Random], bool]:
    """Average over many shares: for any single one the coverage of every interval oscillates."""

    def holds(random: Random) -> bool:
        p = random.uniform(0.01, 0.5)
        return p in share(int(random.binomial(n, p)), n)

    return holds


def _ecdf_case(n: int) -> Callable[[Random], bool]:
    def holds(random: Random) -> bool:
        band = ecdf(random.uniform(size=n))
        reach = 1 - band["low"].iloc[-1]
        before_step = band["fraction"] - 1 / n + reach
        return bool((band["low"] <= band["value"]).all() and (before_step >= band["value"]).all())

    return holds


def _block_case(blocks: int) -> Callable[[Random], bool]:
    """Draw blocks with an intraclass correlation of 0.3 (of a day's Init Durations: 0.18–0.44)."""

    def holds(random: Random) -> bool:
        common = math.sqrt(0.3) * random.standard_normal((blocks, 1))
        own = math.sqrt(0.7) * random.standard_normal((blocks, 3))
        values = MEDIAN_MS * np.exp(LOG_SD * (common + own))
        frame = pd.DataFrame({"block": np.repeat(np.arange(blocks), 3), "ms": values.ravel()})
        return MEDIAN_MS in median_of_blocks(frame, "ms", seed=int(random.integers(2**31)))

    return holds


def _ratio_case(blocks: int, truth: float = 1.3) -> Callable[[Random], bool]:
    def holds(random: Random) -> bool:
        common = np.exp(LOG_SD * random.standard_normal(blocks))
        values = {"a": common * _lognormal(random, blocks)}
        values["b"] = truth * common * _lognormal(random, blocks)
        frame = pd.DataFrame(values).rename_axis("block").reset_index()
        frame = frame.melt("block", var_name="arm", value_name="ms")
        return truth in paired_ratio(frame, "ms", "arm", "b", "a")

    return holds


def coverage(case: Case, draws: int, seed: int) -> Coverage:
    """Draw data so many times and count how often the interval held the truth."""
    random = np.random.default_rng(seed)
    held = sum(case.holds(random) for _ in range(draws)) / draws
    return Coverage(case.name, held, math.sqrt(held * (1 - held) / draws))


def main() -> int:
    """Print the coverage of each estimator; exit code 1 if one lies outside the range."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--draws", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    print(f"Coverage of nominal 95 % intervals, {chosen.draws} draws each; wanted 93 to 97 %")
    missed = 0
    for case in cases():
        found = coverage(case, chosen.draws, chosen.seed)
        missed += not found.wanted
        verdict = "" if found.wanted else "  OUTSIDE"
        print(f"{found.share:7.2%} ± {found.error:.2%}  {found.name}{verdict}", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
