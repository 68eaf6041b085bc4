"""What memory buys: a function's duration and its price at each memory size."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from labkit.labs.functions.tuning import Tuning
from labkit.show.measurements.ticks import log_ticks
from labkit.show.picture import Picture, picture
from labkit.show.style import BLUE, ORANGE, VERMILLION, panels, style

ONE_VCPU_MB = 1769
"""Memory with which a function has one vCPU (Lambda Developer Guide, Configure memory)."""


def memory_curve(tuning: Tuning) -> Picture:
    """Draw duration and price by memory, with 95 % intervals and the best choice marked.

    Both axes of the duration are logarithmic: a function that only computes follows the line
    m/1769 vCPU allows, up to one vCPU; one that only waits is level.

    Parameters
    ----------
    tuning : Tuning
        As `labkit.labs.functions.tuning.tune` gives it.

    Returns
    -------
    Picture
    """
    curve = tuning.curve.astype(float)
    with style():
        figure, (speed, price) = panels(2, 5.2)
        _draw(speed, curve, "duration_ms", "duration_low_ms", "duration_high_ms")
        _draw_expected(speed, curve)
        speed.set_yscale("log")
        log_ticks(speed.yaxis)
        speed.set_title("Duration of a warm call, median")
        speed.set_ylabel("ms")
        _draw(price, curve, "usd_per_million", "usd_low", "usd_high")
        price.set_ylim(bottom=0)
        price.set_title("Price of a million such calls")
        price.set_ylabel("USD")
        if tuning.best_mb is not None:
            _mark(speed, curve, "duration_ms", tuning)
            _mark(price, curve, "usd_per_million", tuning)
        _memory_axis(price, curve["memory_mb"])
        figure.legend(*speed.get_legend_handles_labels(), loc="outside lower center", ncols=3)
        return picture(figure, f"{_sentences(curve)} {tuning.recommendation}")


def _draw(axis: Axes, curve: pd.DataFrame, value: str, low: str, high: str) -> None:
    reach = np.array([curve[value] - curve[low], curve[high] - curve[value]]).clip(min=0)
    axis.errorbar(
        curve["memory_mb"],
        curve[value],
        yerr=None if np.isnan(reach).any() else reach,
        fmt="o-",
        color=BLUE,
        markersize=5,
        capsize=3,
        elinewidth=1.2,
        label="measured, 95 % interval",
    )


def _draw_expected(axis: Axes, curve: pd.DataFrame) -> None:
    """Draw what a function would take that only computes, from its smallest size to one vCPU."""
    shared = curve[curve["memory_mb"] <= ONE_VCPU_MB]
    if shared.empty:
        return
    anchor = shared.iloc[0]
    memory = np.append(shared["memory_mb"], min(ONE_VCPU_MB, curve["memory_mb"].max()))
    expected = anchor["duration_ms"] * anchor["memory_mb"] / memory
    axis.plot(memory, expected, color=ORANGE, linestyle="--", label="if it only computed")


def _mark(axis: Axes, curve: pd.DataFrame, column: str, tuning: Tuning) -> None:
    best = curve[curve["memory_mb"] == tuning.best_mb]
    axis.plot(
        best["memory_mb"],
        best[column],
        linestyle="",
        marker="o",
        markersize=13,
        markerfacecolor="none",
        markeredgecolor=VERMILLION,
        markeredgewidth=2,
        label=f"{tuning.goal}: {tuning.best_mb} MB",
    )


def _memory_axis(axis: Axes, memories: pd.Series[float]) -> None:
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(FixedLocator(list(memories)))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter("{x:,.0f}")
    axis.set_xlabel("memory (MB)")


def _sentences(curve: pd.DataFrame) -> str:
    return " ".join(
        f"{row.memory_mb:.0f} MB: {row.duration_ms:,.4g} ms, {row.usd_per_million:.3g} USD per "
        "million calls."
        for row in curve.itertuples()
    )
