"""How a measured time is distributed: its ECDF, with a band for what the sample cannot tell."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from labkit.measure.statistics import ecdf
from labkit.show.measurements.groups import axis_label, groups
from labkit.show.measurements.ticks import log_ticks
from labkit.show.picture import Picture, picture
from labkit.show.style import BLUE, GREEN, ORANGE, PURPLE, VERMILLION, panels, style

Dashes = str | tuple[int, tuple[int, ...]]

LOOKS: tuple[tuple[str, Dashes], ...] = (
    (BLUE, "-"),
    (ORANGE, "--"),
    (GREEN, "-."),
    (PURPLE, ":"),
    (VERMILLION, (0, (6, 1, 1, 1))),
)
WIDE = 20
"""A largest value so many times the smallest asks for a logarithmic axis."""


def distribution(calls: pd.DataFrame, value: str, by: str, words: str | None = None) -> Picture:
    """Draw the empirical distribution of a column for each group, with a 95 % band.

    Parameters
    ----------
    calls : pandas.DataFrame
        One row per call.
    value, by : str
        Its columns with what was measured (ms), and with the group.
    words : str, optional
        What to call the value on the axis.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If no group has a value, or if there are more than five.
    """
    present = calls.dropna(subset=[value])
    samples = {group: rows[value] for group, rows in groups(present, by).items()}
    if not 1 <= len(samples) <= len(LOOKS):
        raise ValueError(
            f"{len(samples)} groups have a value; this figure shows 1 to {len(LOOKS)}. Choose "
            "them: calls[calls[...].isin([...])]."
        )
    with style():
        figure, (axis,) = panels(1, 3.6)
        _scale(axis, present[value])
        for (group, values), look in zip(samples.items(), LOOKS, strict=False):
            _draw(axis, ecdf(values), f"{group} (n = {len(values)})", *look)
        axis.axhline(0.5, color="#AAAAAA", linewidth=0.8)
        axis.set_ylim(0, 1.02)
        axis.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
        axis.set_ylabel("calls at or below")
        axis.set_xlabel(words or axis_label(value))
        axis.set_title("Distribution, with a 95 % band")
        figure.legend(loc="outside lower center", ncols=min(3, len(samples)))
        return picture(figure, _sentences(samples))


def _draw(axis: Axes, curve: pd.DataFrame, label: str, colour: str, dashes: Dashes) -> None:
    first = curve["value"].iloc[0]
    x = np.concatenate([[first], curve["value"]])
    axis.fill_between(
        x,
        np.concatenate([[0.0], curve["low"]]),
        np.concatenate([[curve["high"].iloc[0] - curve["fraction"].iloc[0]], curve["high"]]),
        step="post",
        color=colour,
        alpha=0.16,
        linewidth=0,
    )
    steps = np.concatenate([[0.0], curve["fraction"]])
    axis.step(x, steps, where="post", color=colour, linestyle=dashes, label=label)


def _scale(axis: Axes, values: pd.Series[float]) -> None:
    if values.max() > WIDE * values.min() > 0:
        axis.set_xscale("log")
        log_ticks(axis.xaxis)


def _sentences(samples: Mapping[str, pd.Series[float]]) -> str:
    return " ".join(
        f"{group}: {len(values)} calls, median {values.median():,.4g} ms, from {values.min():,.4g} "
        f"to {values.max():,.4g} ms."
        for group, values in samples.items()
    )
