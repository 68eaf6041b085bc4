"""How much memory a function should have: its speed and its price at each size, in blocks."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from labkit.errors import LabkitError
from labkit.measure.calls import measured_call
from labkit.measure.cold import force_cold, restored_afterwards
from labkit.measure.designs import Design, Experiment, Factors
from labkit.measure.frames import COUNT, MILLISECONDS, typed_frame
from labkit.measure.measuring_client import measuring_client
from labkit.measure.statistics import (
    FEWEST_BLOCKS,
    TooFewSamples,
    bootstrap_tails,
    resampled_medians,
    whole_blocks,
)
from labkit.prices import Unit, price

Goal = Literal["cheapest", "fastest", "balanced"]

PRICED_IN = "us-east-1"
"""The Region whose prices of x86 are taken, first tier; Seoul's are the same."""

SAME = 1e-9
"""Scores whose relative difference is smaller than this are equal: what is left is rounding."""

LEAST_MB, MOST_MB = 128, 10_240
"""Lambda Developer Guide, Configure Lambda function memory."""

FAILURES = ("error", "timeout")
"""Ends of a call after which its memory size is left out."""

GOALS = get_args(Goal)

CURVE_COLUMNS = {
    "memory_mb": COUNT,
    "calls": COUNT,
    "duration_ms": MILLISECONDS,
    "duration_low_ms": MILLISECONDS,
    "duration_high_ms": MILLISECONDS,
    "usd_per_million": "float64",
    "usd_low": "float64",
    "usd_high": "float64",
    "best_share": "float64",
}


@dataclass(frozen=True)
class Tuning:
    """What `tune` measured and recommends. `labkit.show.measurements.memory_curve` draws it.

    Attributes
    ----------
    frame : pandas.DataFrame
        One row per call, the first ones of each environment included: see
        `labkit.measure.calls.call_frame`; ``memory_mb`` is the factor.
    curve : pandas.DataFrame
        One row per memory size: ``memory_mb``, ``calls`` (that count: warm and successful),
        ``duration_ms`` (median) and ``usd_per_million`` (of such calls, in USD), each with an
        interval, and ``best_share``: in how many of the resampled experiments it is the best.
    goal : str
        What "best" means.
    best_mb : int or None
        The recommendation; None if there were too few blocks for one. Of sizes that score the
        same, it is the fastest; of sizes that are equally fast, the cheapest.
    rivals_mb : tuple of int
        Other sizes that these measurements cannot tell apart from it: the interval of the
        difference between their scores holds zero.
    """

    frame: pd.DataFrame = field(repr=False)
    curve: pd.DataFrame = field(repr=False)
    goal: Goal
    best_mb: int | None
    rivals_mb: tuple[int, ...]

    @property
    def recommendation(self) -> str:
        """The recommendation and how sure it is, in a sentence or two."""
        if self.best_mb is None:
            return (
                f"Fewer than {FEWEST_BLOCKS} whole blocks were measured: too few to recommend a "
                f"memory size. What was measured is in .frame and .curve.{self._of_the_rest()}"
            )
        row = self.curve.set_index("memory_mb").loc[self.best_mb]
        found = (
            f"{row['duration_ms']:.4g} ms and {row['usd_per_million']:.3g} USD per million calls"
        )
        if len(self.curve) == 1:
            return (
                f"Only {self.best_mb} MB is left: {found}.{self._of_the_rest()} With one size "
                "there is nothing to compare."
            )
        said = (
            f"{self.goal.capitalize()}: {self.best_mb} MB, {found}. It is the best in "
            f"{row['best_share']:.0%} of the resampled experiments."
        )
        if self.rivals_mb:
            said += f" {_named(self.rivals_mb)} cannot be told apart from it: {self._of_rivals()}."
        return said + self._of_the_rest()

    def _of_rivals(self) -> str:
        """Say whether more blocks would help: not where rivals score just the same."""
        named = self.curve[self.curve["memory_mb"].isin([self.best_mb, *self.rivals_mb])]
        if self.goal == "cheapest" and _are_same(named["usd_per_million"]):
            return "they cost the same, and this size is the fastest of them"
        if self.goal == "fastest" and _are_same(named["duration_ms"]):
            return "they take the same time, and this size is the cheapest of them"
        least = int(named["memory_mb"].iloc[int(np.argmin(named["usd_per_million"]))])
        cheaper = self.goal == "fastest" and least != self.best_mb
        return "more blocks may do so" + (f"; {least} MB costs the least of them" * cheaper)

    def _of_the_rest(self) -> str:
        """Say which sizes were left out, and why; empty if none was."""
        left = set(self.frame["memory_mb"]) - set(self.curve["memory_mb"])
        of_left = self.frame[self.frame["memory_mb"].isin(left)]
        failed = set(of_left.loc[of_left["status"].isin(FAILURES), "memory_mb"])
        said = f" At {_named(failed, 'and')} calls failed, so it is left out." if failed else ""
        if unknown := left - failed:
            said += f" Of {_named(unknown, 'and')} no warm call's duration is known."
        return said

    def __str__(self) -> str:
        return textwrap.fill(self.recommendation, 80)


def tune(
    lambda_client: Any,
    function_name: str,
    payload: Any,
    memories: Sequence[int],
    goal: Goal = "cheapest",
    blocks: int = 10,
    calls: int = 3,
    seed: int = 1,
    progress: bool = True,
) -> Tuning:
    """Measure a function at several memory sizes and recommend one.

    In each block every size is set once, in random order; a first call initialises the environment,
    then warm calls are measured. Afterwards the function has its old memory again, also after an
    interruption; what was measured until then is used.

    Parameters
    ----------
    lambda_client : boto3 Lambda client
    function_name : str
    payload : JSON-serialisable
        What to call it with.
    memories : sequence of int
        Sizes in MB, 128 to 10,240.
    goal : str
        "cheapest" or "fastest"; "balanced" weighs both alike, each relative to its worst.
    blocks : int
        How often each size is tried: at least six.
    calls : int
        Warm calls each time.
    seed : int
        The same seed gives the same order, and resamples alike.
    progress : bool
        Show a progress bar with the time left.

    Returns
    -------
    Tuning

    Raises
    ------
    LabkitError
        For fewer than two sizes, sizes outside Lambda's range or the account's, a goal that there
        is not, no calls, or if calls failed at every size.
    TooFewSamples
        With fewer than six whole blocks.
    """
    sizes = _sizes(list(memories))
    _check_goal(goal)
    if blocks < FEWEST_BLOCKS or calls < 1:
        raise TooFewSamples(
            f"Tuning needs at least {FEWEST_BLOCKS} blocks, of one warm call or more, to say how "
            f"sure it is; got {blocks} of {calls}. Nothing was measured."
        )
    client = measuring_client(lambda_client)

    def trial(factors: Factors) -> list[dict[str, Any]]:
        force_cold(lambda_client, function_name, MemorySize=factors["memory_mb"])
        return [measured_call(client, function_name, payload) for _ in range(1 + calls)]

    design = Design({"memory_mb": sizes}, blocks, seed, again=False)
    with restored_afterwards(lambda_client, function_name):
        _try_the_largest(lambda_client, function_name, sizes[-1])
        frame = Experiment(design, trial).run(progress)
    return recommend(frame, goal, seed)


def _sizes(memories: list[Any]) -> list[int]:
    """Return the sizes that are compared, each once, in order."""
    whole = all(isinstance(one, int | np.integer) for one in memories)
    sizes = sorted({int(one) for one in memories}) if whole else []
    if len(sizes) < 2 or not LEAST_MB <= sizes[0] <= sizes[-1] <= MOST_MB:
        raise LabkitError(
            f"Tuning compares two or more memory sizes, whole numbers from {LEAST_MB} to {MOST_MB} "
            f"MB; got {memories}. Nothing was measured."
        )
    return sizes


def _check_goal(goal: Any) -> None:
    if goal not in GOALS:
        raise LabkitError(
            f"There is no goal {goal!r}: it is one of {', '.join(GOALS)}. Nothing was measured."
        )


def _try_the_largest(lambda_client: Any, function_name: str, memory_mb: int) -> None:
    """Set the largest size before anything is measured: new accounts do not have all of them.

    Source: Lambda Developer Guide, "Lambda quotas" (new accounts have reduced memory quotas).
    """
    try:
        force_cold(lambda_client, function_name, MemorySize=memory_mb)
    except lambda_client.exceptions.InvalidParameterValueException as error:
        said = error.response["Error"]["Message"]
        if "MemorySize" not in said:
            raise
        raise LabkitError(
            f"AWS refuses {memory_mb} MB here: {said} New accounts have less memory than "
            f"{MOST_MB} MB. Leave that size out; Service Quotas raises the limit. "
            "Nothing was measured."
        ) from error


def recommend(frame: pd.DataFrame, goal: Goal = "cheapest", seed: int = 1) -> Tuning:
    """Choose a memory size from what was measured.

    A size at which a call ended in an error or a time-out is left out, and so is one of which no
    warm call's duration is known.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of calls with ``block`` and ``memory_mb``, as `Tuning.frame`.
    goal, seed
        As for `tune`.

    Raises
    ------
    LabkitError
        If no size is left, or there is no such goal.
    """
    _check_goal(goal)
    known = np.isfinite(frame["duration_ms"]) & np.isfinite(frame["billed_ms"])
    good = frame[(frame["start"] == "warm") & (frame["status"] == "success") & known]
    curve = _measured(good, _usable(frame, good))
    try:
        curve, best, rivals = _with_uncertainty(curve, good, goal, seed)
    except TooFewSamples:
        return Tuning(frame, curve, goal, None, ())
    return Tuning(frame, curve, goal, best, rivals)


def _measured(good: pd.DataFrame, sizes: Sequence[int]) -> pd.DataFrame:
    rows = []
    for memory in sizes:
        of_size = good[good["memory_mb"] == memory]
        rows.append(
            {
                "memory_mb": memory,
                "calls": len(of_size),
                "duration_ms": of_size["duration_ms"].median(),
                "usd_per_million": usd_per_million(of_size["billed_ms"].median(), memory),
            }
        )
    return typed_frame(rows, CURVE_COLUMNS)


def _with_uncertainty(
    curve: pd.DataFrame, good: pd.DataFrame, goal: Goal, seed: int
) -> tuple[pd.DataFrame, int, tuple[int, ...]]:
    """Add intervals and how often each size is the best; choose the one that is so most often.

    Returns the completed curve, the best size and those that cannot be told apart from it.
    """
    sizes = [int(memory) for memory in curve["memory_mb"]]
    durations = resampled_medians(good, "duration_ms", "memory_mb", sizes, seed=seed)
    billed = resampled_medians(good, "billed_ms", "memory_mb", sizes, seed=seed)
    prices = usd_per_million(billed, np.array(sizes))
    scores = _scores(durations, prices, goal)
    winners = _winners(scores, prices if goal == "fastest" else durations)
    shares = np.bincount(winners, minlength=len(sizes)) / len(winners)
    best = int(np.argmax(shares))
    tails = bootstrap_tails(whole_blocks(good, "duration_ms", "memory_mb", sizes))
    completed = curve.copy()
    completed[["duration_low_ms", "duration_high_ms"]] = np.quantile(durations, tails, axis=0).T
    completed[["usd_low", "usd_high"]] = np.quantile(prices, tails, axis=0).T
    completed["best_share"] = shares
    low, high = np.quantile(scores - scores[:, [best]], tails, axis=0)
    rivals = [m for n, m in enumerate(sizes) if n != best and low[n] <= 0 <= high[n]]
    return completed, sizes[best], tuple(rivals)


def _winners(scores: Any, otherwise: Any) -> Any:
    """Return each experiment's best size: of those that score the same, the least `otherwise`."""
    ties = np.isclose(scores, scores.min(axis=1, keepdims=True), rtol=SAME, atol=0)
    return np.argmin(np.where(ties, otherwise, np.inf), axis=1)


def _are_same(values: pd.Series[Any]) -> bool:
    return bool(np.isclose(values, values.iloc[0], rtol=SAME).all())


def _named(memories: Iterable[int], last: str = "or") -> str:
    """Write sizes as a sentence does: `128, 256 or 512 MB`."""
    *first, end = map(str, sorted(memories))
    return f"{', '.join(first)} {last} {end} MB" if first else f"{end} MB"


def usd_per_million(billed_ms: Any, memory_mb: Any) -> Any:
    """Price of a million calls, in USD, from what each is billed for (ms, MB); arrays too."""
    gb_second = price("lambda-x86-gb-second", PRICED_IN).each(Unit.GB_SECOND)
    request = price("lambda-request", PRICED_IN).each(Unit.REQUEST)
    return 1e6 * (billed_ms / 1000 * memory_mb / 1024 * gb_second + request)


def _usable(frame: pd.DataFrame, good: pd.DataFrame) -> list[int]:
    """Leave out sizes at which calls failed: too little memory is not cheap but wrong."""
    failed = set(frame.loc[frame["status"].isin(FAILURES), "memory_mb"])
    sizes = sorted(int(memory) for memory in set(good["memory_mb"]) - failed)
    if not sizes:
        raise LabkitError(
            "At every memory size some calls failed, so there is nothing to recommend. Look at "
            'frame[["memory_mb", "status", "error_type"]] of the calls that were measured.'
        )
    return sizes


def _scores(durations: Any, prices: Any, goal: Goal) -> Any:
    """Score sizes, the lowest being the best: arrays of (experiment, size)."""
    if goal == "fastest":
        return durations
    if goal == "cheapest":
        return prices
    worst = np.maximum(durations.max(axis=1, keepdims=True), np.finfo(float).tiny)
    return durations / worst + prices / prices.max(axis=1, keepdims=True)
