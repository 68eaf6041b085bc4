"""Arms compared within their blocks: one line per block, so that what it shares cancels out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from labkit.measure.statistics import TooFewSamples, paired_ratio
from labkit.show.measurements.groups import axis_label, groups
from labkit.show.picture import Picture, picture
from labkit.show.style import BLUE, GREY, ORANGE, panels, style

LINE_CHARACTERS = 72
"""As many fit beside one another below a figure."""


def block_slopes(
    frame: pd.DataFrame, value: str, arms: Sequence[str] | None = None, words: str | None = None
) -> Picture:
    """Draw each block's values (medians, where an arm repeats) from arm to arm.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of a `labkit.measure.designs.Experiment`: with ``block`` and ``arm``.
    value : str
        Its column with what was measured (ms).
    arms : sequence of str, optional
        Which arms, in which order; all by default.
    words : str, optional
        What to call the value on the axis.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If no block has a value in every arm.
    """
    table = frame.pivot_table(
        index="block", columns="arm", values=value, aggfunc="median", observed=True
    )
    chosen = list(arms) if arms is not None else list(groups(frame, "arm"))
    whole = table.reindex(columns=chosen).dropna()
    if whole.empty:
        raise ValueError("No block has a value in every arm, so there is nothing to compare.")
    with style():
        figure, (axis,) = panels(1, 4.0)
        _draw(axis, whole)
        axis.set_ylabel(words or axis_label(value))
        axis.set_title(f"{len(whole)} blocks, paired")
        ratios = _ratios(frame, value, chosen)
        for x, (_, said) in enumerate(ratios, 1):
            axis.annotate(said, (x, 1), xycoords=("data", "axes fraction"), ha="center", va="top")
        figure.legend(loc="outside lower center", ncols=2)
        return picture(figure, _sentences(whole, ratios))


def _draw(axis: Axes, whole: pd.DataFrame) -> None:
    places = np.arange(len(whole.columns))
    for number, (_, values) in enumerate(whole.iterrows()):
        label = "one block" if number == 0 else None
        axis.plot(places, values, "o-", color=BLUE, alpha=0.35, lw=1.0, ms=3.5, label=label)
    axis.plot(places, whole.median(), "D-", color=ORANGE, lw=2.6, ms=7, mec="white", label="median")
    axis.set_xticks(places, [_wrapped(str(arm), len(places)) for arm in whole.columns])
    axis.set_xlim(-0.35, len(places) - 0.65)
    low, high = float(whole.min().min()), float(whole.max().max())
    axis.set_ylim(0, high + 0.22 * (high - min(low, 0)))
    axis.grid(visible=False, axis="x")
    axis.axhline(0, color=GREY, linewidth=0.8)


def _wrapped(arm: str, arms: int) -> str:
    """Break an arm's name, at its commas first, so that it keeps clear of its neighbours."""
    lines = arm.replace(", ", "\n").replace(" (", "\n(").splitlines()
    return "\n".join(textwrap.fill(line, LINE_CHARACTERS // arms) for line in lines)


def _ratios(frame: pd.DataFrame, value: str, arms: Sequence[str]) -> list[tuple[str, str]]:
    """Compare each arm with the first, in words."""
    told = []
    for arm in arms[1:]:
        try:
            ratio = paired_ratio(frame, value, "arm", of=arm, to=arms[0])
            said = f"× {ratio.estimate:.2f}\n({ratio.low:.2f} to {ratio.high:.2f})"
        except TooFewSamples:
            said = "too few blocks\nfor a ratio"
        told.append((arm, said))
    return told


def _sentences(whole: pd.DataFrame, ratios: Sequence[tuple[str, str]]) -> str:
    medians = "; ".join(f"{arm}: median {median:,.4g}" for arm, median in whole.median().items())
    compared = "; ".join(f"{arm} {said}".replace("\n", " ") for arm, said in ratios)
    ending = f" Within blocks, against {whole.columns[0]}: {compared}." if compared else ""
    return f"{len(whole)} blocks. {medians}.{ending}"
