"""Figures of a bill: break-even curves, and what a month consists of."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from labkit.show.picture import Picture, picture
from labkit.show.style import (
    BLACK,
    FILLS,
    HATCHES,
    LINES,
    panels,
    style,
)
from labkit.show.words import money


def break_even(
    curve: pd.DataFrame, crossing_gb: float | None = None, title: str = "Cost of a month"
) -> Picture:
    """Draw what each way costs over the amount of data, and where the cheaper one changes.

    Parameters
    ----------
    curve : pandas.DataFrame
        ``gb`` (a month), ``way``, ``usd`` (a month), for up to four ways.
    crossing_gb : float, optional
        A break-even point to mark.
    title : str

    Returns
    -------
    Picture
    """
    with style():
        figure, (axis,) = panels(1, 3.4)
        ways = list(dict.fromkeys(curve["way"]))
        ends = []
        for way, (colour, dashes) in zip(ways, LINES, strict=False):
            points = curve[curve["way"] == way]
            axis.plot(points["gb"], points["usd"], color=colour, linestyle=dashes, label=way)
            ends.append((float(points["usd"].iloc[-1]), way, (colour, dashes)))
        axis.set_xlim(0, curve["gb"].max())
        axis.set_ylim(0, max(curve["usd"].max() * 1.05, 1))
        if crossing_gb is not None and 0 < crossing_gb < curve["gb"].max():
            _mark(axis, curve, ways, crossing_gb)
        axis.set_title(title)
        axis.set_xlabel("GB a month")
        axis.set_ylabel("USD a month")
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        _names_at_the_end(axis, ends)
        return picture(figure, _break_even_words(title, curve, ways, crossing_gb))


def _mark(axis: Axes, curve: pd.DataFrame, ways: Sequence[str], gb: float) -> None:
    """Mark the point of a break-even on the lines of the first two ways that meet there."""
    heights = [_height(curve, way, gb) for way in ways]
    pairs = [(abs(a - b), (a + b) / 2) for i, a in enumerate(heights) for b in heights[:i]]
    height = min(pairs)[1]
    axis.plot([gb], [height], "o", color=BLACK, markersize=6, zorder=5)
    axis.annotate(
        f"{gb:,.0f} GB",
        (gb, height),
        xytext=(0, -16),
        textcoords="offset points",
        ha="left",
        fontweight="bold",
    )


def _height(curve: pd.DataFrame, way: str, gb: float) -> float:
    points = curve[curve["way"] == way]
    return float(np.interp(gb, points["gb"], points["usd"]))


def _names_at_the_end(axis: Axes, ends: list[tuple[float, str, tuple[str, str]]]) -> None:
    """Write each line's name beside its end, moved apart where two would overlap."""
    low, high = axis.get_ylim()
    apart = (high - low) * 0.075
    beside = axis.get_yaxis_transform()
    height = -math.inf
    for usd, way, (colour, dashes) in sorted(ends, key=lambda end: end[0]):
        height = max(usd, height + apart)
        sample = Line2D([1.015, 1.075], [height] * 2, color=colour)
        sample.set(linestyle=dashes, transform=beside, clip_on=False)
        axis.add_artist(sample)
        axis.text(1.085, height, way, transform=beside, va="center")


def _break_even_words(
    title: str, curve: pd.DataFrame, ways: Sequence[str], crossing_gb: float | None
) -> str:
    last = curve["gb"].max()
    costs = ", ".join(f"{way} {money(_height(curve, way, last))}" for way in ways)
    words = f"{title}, by GB a month. At {last:,.0f} GB: {costs}."
    if crossing_gb is None:
        return words
    if math.isinf(crossing_gb):
        return f"{words} There is no break-even."
    return f"{words} Break-even at {crossing_gb:,.0f} GB."


def cost_stack(costs: pd.DataFrame, title: str = "Cost of a month") -> Picture:
    """Draw what a month consists of, one bar per way.

    Parameters
    ----------
    costs : pandas.DataFrame
        ``way``, ``part``, ``usd`` (a month).
    title : str

    Returns
    -------
    Picture
    """
    table = costs.pivot_table("usd", "way", "part", "sum", fill_value=0.0, sort=False)
    sums = table.sum(axis=1)
    with style():
        figure, (axis,) = panels(1, 1.3 + 0.42 * len(table))
        left = np.zeros(len(table))
        rows = np.arange(len(table))
        for part, colour, hatch in zip(table.columns, FILLS, HATCHES, strict=False):
            axis.barh(
                rows,
                table[part],
                left=left,
                height=0.62,
                color=colour,
                hatch=hatch,
                edgecolor="white",
                linewidth=0.8,
                label=part,
            )
            left += table[part].to_numpy()
        for row, usd in enumerate(sums):
            axis.text(usd, row, f" {money(usd)}", va="center", fontweight="bold")
        axis.set_yticks(rows, list(table.index))
        axis.invert_yaxis()
        axis.set_xlim(0, max(sums.max() * 1.15, 1))
        axis.grid(visible=False, axis="y")
        axis.set_xlabel("USD a month")
        axis.set_title(title)
        figure.legend(loc="outside lower center", ncols=min(4, len(table.columns)))
        return picture(figure, f"{title}. {_stack_words(table)}")


def _stack_words(table: pd.DataFrame) -> str:
    sentences = []
    for way, parts in table.iterrows():
        named = ", ".join(f"{part} {money(usd)}" for part, usd in parts.items() if usd > 0)
        sentences.append(f"{way}: {money(parts.sum())}" + (f" ({named})." if named else "."))
    return " ".join(sentences)
