"""Where a call's time went: the part that Lambda reports, and the part that nobody does."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from labkit.show.measurements.groups import groups
from labkit.show.measurements.phases import PHASES, phases
from labkit.show.picture import Picture, picture
from labkit.show.style import panels, style

ROOM_FOR_LABEL = 0.07
"""Share of the axis that a number needs beside its bar's edges."""


def waterfall(calls: pd.DataFrame, by: str = "start") -> Picture:
    """Draw one call of each group from sending to answer: the one with the median wait.

    A real call and not an average: the phases of one call add up to what its sender waited.

    Parameters
    ----------
    calls : pandas.DataFrame
        As `labkit.measure.calls.call_frame` gives it.
    by : str
        Column that groups them, for example "start" or "arm".

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If no call has a report.
    """
    chosen = _median_calls(calls, by)
    if chosen.empty:
        raise ValueError("No call has a report, so there are no phases to show.")
    with style():
        figure, (axis,) = panels(1, 1.25 + 0.5 * len(chosen))
        _draw(axis, chosen)
        figure.legend(
            handles=[phase.handle() for phase in PHASES], loc="outside lower center", ncols=3
        )
        return picture(figure, " ".join(_sentence(*item) for item in chosen.iterrows()))


def _median_calls(calls: pd.DataFrame, by: str) -> pd.DataFrame:
    """Choose each group's call with the median wait; of an even number, the lower one."""
    rows = {}
    for group, of_group in groups(calls, by).items():
        ordered = phases(of_group).sort_values("client_ms")
        if len(ordered):
            name = f"{group} (n = {len(ordered)})".replace(", ", ",\n")
            rows[name] = ordered.iloc[(len(ordered) - 1) // 2]
    columns = [phase.column for phase in PHASES] + ["client_ms"]
    chosen = pd.DataFrame(list(rows.values()), index=list(rows), columns=columns)
    return chosen.astype(float)


def _draw(axis: Axes, chosen: pd.DataFrame) -> None:
    width = chosen["client_ms"].max() * 1.12
    axis.set_xlim(0, width)
    for y, (_, row) in enumerate(chosen.iterrows()):
        left = 0.0
        for phase in PHASES:
            length = row[phase.column]
            axis.barh(y, length, left=left, height=0.55, **phase.look)
            if length > ROOM_FOR_LABEL * width:
                _label(axis, left + length / 2, y, length)
            left += length
        axis.text(left + 0.008 * width, y, f"{left:,.0f} ms", va="center", fontweight="bold")
    axis.set_yticks(range(len(chosen)), [str(group) for group in chosen.index])
    axis.set_ylim(len(chosen) - 0.5, -0.5)
    axis.tick_params(axis="y", length=0)
    axis.grid(visible=False, axis="y")
    axis.set_xlabel("ms since the call was sent")
    axis.set_title("Phases of the call with the median wait")


def _label(axis: Axes, x: float, y: float, length: float) -> None:
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
    axis.text(x, y, f"{length:,.0f}", ha="center", va="center", fontsize=9, bbox=box)


def _sentence(group: object, row: pd.Series[float]) -> str:
    name = str(group).replace("\n", " ")
    return (
        f"{name}: {row['client_ms']:,.0f} ms waited: {row['waited_init_ms']:,.0f} ms INIT, "
        f"{row['duration_ms']:,.0f} ms handler, {row['unreported_ms']:,.0f} ms unreported."
    )
