"""What each key prefix gets, against what one partitioned prefix takes."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter

from labkit.show.picture import Picture, picture
from labkit.show.style import BLACK, BLUE, VERMILLION, panels, style

MOST_BARS = 40
"""So many of the busiest prefixes are drawn."""


def prefix_bars(load: pd.DataFrame, limit_per_s: float, title: str) -> Picture:
    """Draw the writes that each prefix gets, against what one partitioned prefix takes.

    Parameters
    ----------
    load : pandas.DataFrame
        As `labkit.labs.storage.prefixes.prefix_load` gives it, the busiest prefix first.
    limit_per_s : float
        Writes per second.
    title : str

    Returns
    -------
    Picture
    """
    shown = load.head(MOST_BARS)
    with style():
        figure, (axis,) = panels(1, 2.6)
        rows = np.arange(len(shown))
        writes = shown["writes_per_s"].to_numpy()
        taken = np.minimum(writes, limit_per_s)
        axis.bar(rows, taken, color=BLUE, width=0.8, label="taken")
        axis.bar(
            rows,
            writes - taken,
            bottom=taken,
            color=VERMILLION,
            hatch="///",
            edgecolor="white",
            width=0.8,
            label="503 Slow Down",
        )
        axis.axhline(limit_per_s, color=BLACK, linestyle="--", linewidth=1.2)
        beside = axis.get_yaxis_transform()
        axis.text(1, limit_per_s, f"{limit_per_s:,.0f}", transform=beside, ha="right", va="bottom")
        axis.set_xticks(rows, shown["prefix"], rotation=90 if len(shown) > 4 else 0)
        axis.set_xlim(-0.6, max(len(shown), 4) - 0.4)
        axis.set_ylim(0, max(writes.max(), limit_per_s) * 1.15)
        axis.yaxis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:,.0f}"))
        axis.grid(visible=False, axis="x")
        axis.set_title(title)
        axis.set_xlabel("prefix" if len(shown) == len(load) else f"busiest of {len(load)} prefixes")
        axis.set_ylabel("writes per second")
        figure.legend(loc="outside lower center", ncols=2)
        return picture(figure, f"{title}. {_prefix_words(load, limit_per_s)}")


def _prefix_words(load: pd.DataFrame, limit_per_s: float) -> str:
    first = load.iloc[0]
    over = int((load["writes_per_s"] > limit_per_s).sum())
    refused = (load["writes_per_s"] - limit_per_s).clip(lower=0).sum()
    return (
        f"{len(load)} prefixes; the busiest, {first['prefix']!r}, gets "
        f"{first['writes_per_s']:,.0f} writes per second of the {limit_per_s:,.0f} that it takes. "
        f"Prefixes above that: {over}, by {refused:,.0f} writes per second together."
    )
