"""What a load is bought with, hour by hour, and what is paid for in vain."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from labkit.show.picture import Picture, picture
from labkit.show.style import (
    BLACK,
    FILLS,
    GREY,
    HATCHES,
    panels,
    style,
)

UNUSED = "committed, unused"

Steps = npt.NDArray[Any]
"""A number for each hour."""


def purchase_mix(hourly: pd.DataFrame, title: str = "What the load is bought with") -> Picture:
    """Draw a load over the hours, filled with what covers it, and what is paid for in vain.

    Parameters
    ----------
    hourly : pandas.DataFrame
        One row per hour; one column of instances per way of buying, from the bottom up, and
        ``"committed, unused"``.
    title : str

    Returns
    -------
    Picture
    """
    used = hourly.drop(columns=UNUSED, errors="ignore")
    load = used.sum(axis=1).to_numpy(dtype=float)
    unused = hourly.get(UNUSED, pd.Series(0, index=hourly.index)).to_numpy(dtype=float)
    hours = np.arange(len(hourly) + 1)
    with style():
        figure, (axis,) = panels(1, 3.5)
        base = np.zeros(len(hourly))
        for option, colour, hatch in zip(used, FILLS, HATCHES, strict=False):
            top = base + used[option].to_numpy(dtype=float)
            if used[option].any():
                _fill(axis, hours, (base, top), str(option), (colour, hatch, "white"))
            base = top
        if unused.any():
            _fill(axis, hours, (load, load + unused), UNUSED, ("white", "////", GREY))
        axis.stairs(load, hours, color=BLACK, linewidth=1.2, label="load", baseline=None)
        axis.set_xlim(0, len(hourly))
        axis.set_ylim(0, max((load + unused).max() * 1.08, 1))
        _day_ticks(axis, len(hourly))
        axis.set_ylabel("instances")
        axis.set_title(title)
        axis.grid(visible=False, axis="x")
        figure.legend(loc="outside lower center", ncols=3)
        return picture(figure, f"{title}. {_mix_words(used, load, unused)}")


def _fill(
    axis: Axes,
    hours: Steps,
    band: tuple[Steps, Steps],
    label: str,
    look: tuple[str, str, str],
) -> None:
    """Fill the band between two step lines with a colour, a hatch and the hatch's colour."""
    base, top = (np.append(line, line[-1]) for line in band)
    colour, hatch, edge = look
    axis.fill_between(
        hours,
        base,
        top,
        step="post",
        label=label,
        linewidth=0,
        facecolor=colour,
        hatch=hatch,
        edgecolor=edge,
    )


def _day_ticks(axis: Axes, hours: int) -> None:
    """Name hours within two days, days beyond."""
    if hours <= 48:
        axis.set_xlabel("hour")
        return
    axis.set_xlabel("day")
    axis.set_xticks(range(0, hours + 1, 24 * max(1, hours // 24 // 14)))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda hour, _: f"{hour / 24:.0f}"))


def _mix_words(used: pd.DataFrame, load: Steps, unused: Steps) -> str:
    total = max(load.sum(), 1)
    parts = ", ".join(f"{option} {n / total:.0%}" for option, n in used.sum().items() if n)
    span = f"{load.min():.0f} to {load.max():.0f} instances"
    words = f"{len(load)} hours of {span}, covered by {parts}"
    if unused.any():
        return f"{words}; {unused.sum() / total:.0%} more is committed and unused."
    return f"{words}; no commitment is unused."
