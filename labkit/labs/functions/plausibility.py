"""One's own numbers among the published ones: are they plausible, and where were they measured?"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from labkit.labs.functions.published import SOURCES, published
from labkit.measure.statistics import Interval, quantile_interval
from labkit.show.measurements.ticks import log_ticks
from labkit.show.picture import Picture, picture
from labkit.show.style import BLACK, BLUE, GREY, ORANGE, VERMILLION, panels, style

TARGETS = {
    "local": "the embedded sandbox: a process on this machine, no microVM, no network",
    "aws": "AWS",
}
LINE_CHARACTERS = 100
TITLES = {
    "init_ms": "Init Duration",
    "cold_client_ms": "A cold call, as its caller waits",
    "warm_client_ms": "A warm call, as its caller waits",
}


def plausibility(
    values: Iterable[float],
    target: str,
    runtime: str = "python3.13",
    measure: str = "init_ms",
    package: str = "zip",
) -> Picture:
    """Set measured times among those that others published.

    Parameters
    ----------
    values : iterable of float
        In ms, of one runtime and a small function. At least six.
    target : str
        Where they were measured: "local" or "aws".
    runtime : str
        The published runtime to compare with.
    measure : str
        See `labkit.labs.functions.published.published`.
    package : str
        "zip" or "image".

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If nothing was published for that runtime.
    TooFewSamples
        Below six values.
    """
    known = published(measure).dropna(subset=["p50"])
    known = known[(known["architecture"] == "x86_64") & (known["package"] == package)]
    known = known.sort_values("p50", kind="stable", ignore_index=True)
    ours = known[known["runtime"] == runtime]
    if ours.empty:
        raise ValueError(
            f"No distribution of {measure} is known for {runtime}; there is one for "
            f"{', '.join(known['runtime'].unique())}."
        )
    measured = pd.Series(list(values), dtype="float64").dropna()
    median = quantile_interval(measured)
    verdict = _verdict(median, ours.iloc[0].to_dict())
    sources = "; ".join(SOURCES[source] for source in known["source"].unique())
    where = f"Measured on {TARGETS[target]}."
    with style():
        figure, (axis,) = panels(1, 2.0 + 0.27 * (len(known) + 1))
        _draw_known(axis, known, runtime)
        _draw_measured(axis, measured, median)
        _axis(axis, list(known["runtime"]))
        axis.set_title(TITLES[measure])
        said = [where, verdict, f"Published: {sources}."]
        lines = [line for sentence in said for line in wrap(sentence, LINE_CHARACTERS)]
        figure.suptitle("\n".join(lines), x=0.01, ha="left", fontsize=9)
        return picture(
            figure,
            f"{TITLES[measure]}: median {median} ms. {where} {verdict} Published: {sources}.",
        )


def _verdict(median: Interval, known: Mapping[Hashable, Any]) -> str:
    """Say where the median lies in a published distribution."""
    name = f"{known['runtime']} on AWS"
    ratio = median.estimate / known["p50"]
    compared = f"The median is {ratio:.2g} times that of {name}"
    if pd.isna(known["p95"]):
        return f"{compared}."
    if median.estimate > known["p99"]:
        return f"{compared}, above its p99, so look for a reason."
    if median.estimate > known["p95"]:
        return f"{compared}, between its p95 and p99, so look for a reason."
    if ratio < 0.5:
        return f"{compared}: less than half, so look for a reason."
    return f"{compared}: plausible."


def _draw_known(axis: Axes, known: pd.DataFrame, runtime: str) -> None:
    numbers = known[["p50", "p95", "p99"]].to_numpy(dtype=float)
    for y, (name, values) in enumerate(zip(known["runtime"], numbers, strict=True), 1):
        colour = BLUE if name == runtime else GREY
        axis.plot(values, [y] * 3, "|", color=colour, markersize=9, mew=2)
        axis.plot(values[[0, 2]], [y, y], "-", color=colour, linewidth=2)
        axis.plot(values[0], y, "o", color=colour, markersize=6)


def _draw_measured(axis: Axes, measured: pd.Series[float], median: Interval) -> None:
    axis.axvspan(median.low, median.high, color=ORANGE, alpha=0.25, linewidth=0)
    scatter = np.random.default_rng(0).uniform(-0.22, 0.22, len(measured))
    axis.plot(measured, scatter, "o", color=VERMILLION, markersize=3.5, alpha=0.5, mew=0)
    axis.plot(median.estimate, 0, "D", color=BLACK, markersize=7, mec="white")


def _axis(axis: Axes, runtimes: Sequence[str]) -> None:
    axis.set_yticks(range(len(runtimes) + 1), ["yours", *runtimes])
    axis.get_yticklabels()[0].set_fontweight("bold")
    axis.set_ylim(len(runtimes) + 0.5, -0.6)
    axis.set_xscale("log")
    log_ticks(axis.xaxis)
    axis.set_xlabel("ms (published: p50, p95, p99; yours: each, median, its 95 % interval)")
    axis.tick_params(axis="y", length=0)
    axis.grid(visible=False, axis="y")
