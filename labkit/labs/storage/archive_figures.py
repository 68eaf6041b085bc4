"""What moving an object to a colder class costs and saves, by its size and by its age."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter

from labkit.show.picture import Picture, picture
from labkit.show.style import BLACK, GREY, LINES, panels, style
from labkit.show.words import money

PAYBACK_MONTHS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
MILLION = 1_000_000


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
