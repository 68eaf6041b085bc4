"""Figures of storage: what moving an object costs and saves, and what each key prefix gets."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter

from labkit.show.costs import LINES, money
from labkit.show.picture import Picture, picture
from labkit.show.style import BLACK, BLUE, GREY, VERMILLION, panels, style

PAYBACK_MONTHS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
MILLION = 1_000_000
MOST_BARS = 40
"""So many of the busiest prefixes are drawn."""


def payback(curve: pd.DataFrame, minimum_kb: float | None = None) -> Picture:
    """Draw after how many months the move of an object pays back, by its size.

    Parameters
    ----------
    curve : pandas.DataFrame
        ``size_kb``, ``storage_class``, ``months`` (infinity where it never does), for up to four
        classes.
    minimum_kb : float, optional
        A size to mark: lifecycle rules leave smaller objects alone by default.

    Returns
    -------
    Picture
    """
    finite = curve[np.isfinite(curve["months"])]
    with style():
        figure, (axis,) = panels(1, 3.4)
        for name, (colour, dashes) in zip(_classes(finite), LINES, strict=False):
            points = finite[finite["storage_class"] == name]
            axis.plot(
                points["size_kb"], points["months"], color=colour, linestyle=dashes, label=name
            )
        axis.set_xscale("log", base=2)
        axis.set_yscale("log")
        axis.set_ylim(PAYBACK_MONTHS[0], PAYBACK_MONTHS[-1])
        axis.set_yticks(PAYBACK_MONTHS, [f"{months:g}" for months in PAYBACK_MONTHS])
        axis.minorticks_off()
        axis.xaxis.set_major_formatter(FuncFormatter(lambda kb, _: f"{kb:,.0f}"))
        if minimum_kb is not None:
            axis.axvline(minimum_kb, color=GREY, linestyle=(0, (2, 2)), linewidth=1.2)
            note = f" lifecycle rules skip\n objects below {minimum_kb:,.0f} KB"
            axis.text(minimum_kb, 300, note, color=GREY, va="center")
        axis.set_title("Months until moving an object pays back")
        axis.set_xlabel("size of the object (KB)")
        axis.set_ylabel("months")
        if not finite.empty:
            axis.legend(loc="lower left")
        return picture(figure, _payback_words(curve))


def _classes(curve: pd.DataFrame) -> list[str]:
    return list(dict.fromkeys(curve["storage_class"]))


def _payback_words(curve: pd.DataFrame) -> str:
    sentences = []
    for name in _classes(curve):
        points = curve[curve["storage_class"] == name].sort_values("size_kb")
        paying = points[points["months"] <= PAYBACK_MONTHS[-1]]
        if paying.empty:
            sentences.append(f"{name} does not pay back at these sizes.")
            continue
        few, many = paying.iloc[0], paying.iloc[-1]
        sentences.append(
            f"{name} pays back after {few['months']:.0f} months at {few['size_kb']:,.0f} KB and "
            f"after {many['months']:.1f} at {many['size_kb']:,.0f} KB."
        )
    return "Months until moving an object to a colder class pays back. " + " ".join(sentences)


def keeping(curve: pd.DataFrame, title: str) -> Picture:
    """Draw what a million objects have cost by the month in which they are deleted.

    Parameters
    ----------
    curve : pandas.DataFrame
        ``months``, ``way``, ``usd`` (for one object), for two ways: staying first.
    title : str

    Returns
    -------
    Picture
    """
    with style():
        figure, (axis,) = panels(1, 3.2)
        ways = _ways(curve)
        for (way, usd), (colour, dashes) in zip(ways.items(), LINES, strict=False):
            axis.plot(usd.index, usd * MILLION, color=colour, linestyle=dashes, label=way)
        stays, moves = ways.values()
        pays = stays.index[(moves <= stays) & (stays > 0)]
        if len(pays):
            axis.plot([pays[0]], [moves[pays[0]] * MILLION], "o", color=BLACK, zorder=5)
            axis.annotate(
                f"pays from {pays[0]:.0f} months",
                (pays[0], moves[pays[0]] * MILLION),
                xytext=(-6, 8),
                textcoords="offset points",
                ha="right",
                fontweight="bold",
            )
        axis.set_xlim(0, curve["months"].max())
        axis.set_ylim(bottom=0)
        axis.set_title(title)
        axis.set_xlabel("months until they are deleted")
        axis.set_ylabel("USD in all")
        axis.legend(loc="upper left")
        return picture(figure, f"{title}, by months until deletion. {_keeping_words(ways, pays)}")


def _ways(curve: pd.DataFrame) -> dict[str, pd.Series[float]]:
    """Give the cost over the months of each way, in the frame's order."""
    return {
        str(way): points.set_index("months")["usd"]
        for way, points in curve.groupby("way", sort=False)
    }


def _keeping_words(ways: dict[str, pd.Series[float]], pays: pd.Index[float]) -> str:
    costs = "; ".join(
        f"{way} {money(usd.iloc[0] * MILLION)} at once and {money(usd.iloc[-1] * MILLION)} after "
        f"{usd.index[-1]:.0f} months"
        for way, usd in ways.items()
    )
    end = f"Moving pays from {pays[0]:.0f} months." if len(pays) else "Moving does not pay by then."
    return f"{costs}. {end}"


def prefix_bars(load: pd.DataFrame, limit_per_s: float, title: str) -> Picture:
    """Draw the writes that each prefix gets, against what one partitioned prefix takes.

    Parameters
    ----------
    load : pandas.DataFrame
        As `labkit.labs.costs.prefixes.prefix_load` gives it, the busiest prefix first.
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
