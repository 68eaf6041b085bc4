"""Execution environments over time: one lane each, with INIT, the calls and the idle times."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from labkit.show.measurements.phases import HANDLER, INIT, spans
from labkit.show.picture import Picture, picture
from labkit.show.style import GREEN, GREY, VERMILLION, panels, style
from labkit.show.words import count

MOST_LANES = 60
MOST_NAMED = 20
SHORT = 1 / 150
"""Share of the whole time below which a call's bar has no white edge: it would be all edge."""


def environments(calls: pd.DataFrame) -> Picture:
    """Draw when each execution environment initialised, ran calls, and waited for the next one.

    Times are reckoned backwards from each answer. Throttled calls, which no environment met, have a
    lane of their own.

    Parameters
    ----------
    calls : pandas.DataFrame
        As `labkit.measure.calls.call_frame` gives it, with the environments that a probe in the
        function named (`labkit.labs.functions.deploy` puts one there).

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If the environments are not known, or if there are more than sixty.
    """
    bars = spans(calls).join(calls[["environment", "start"]]).dropna(subset=["environment"])
    names = list(bars.sort_values("started_at")["environment"].drop_duplicates())
    if not 1 <= len(names) <= MOST_LANES:
        raise ValueError(
            f"{count(len(names), 'environment')} known in these calls; this figure shows 1 to "
            f"{MOST_LANES}. A probe in the function names them: see labkit.measure.probes."
        )
    throttled = calls.loc[(calls["start"] == "throttled").fillna(False), "sent_at"]
    origin = calls["sent_at"].min()
    length_s = (bars["ended_at"].max() - origin).total_seconds()
    with style():
        lanes = len(names) + bool(len(throttled))
        figure, (axis,) = panels(1, min(7.0, 1.3 + 0.28 * lanes))
        for y, name in enumerate(names):
            _draw_lane(axis, y, bars[bars["environment"] == name], origin, length_s)
        if len(throttled):
            at = (throttled - origin).dt.total_seconds()
            axis.plot(at, [len(names)] * len(at), "x", color=VERMILLION, markersize=6, mew=1.6)
        _name_lanes(axis, len(names), len(throttled))
        axis.set_xlabel("seconds since the first call was sent")
        first = bars["init_at"].fillna(bars["started_at"]).min()
        axis.set_xlim(min(0.0, (first - origin).total_seconds()), 1.02 * length_s)
        axis.set_title("Execution environments")
        idle = Line2D([], [], color=GREY, linewidth=1.0, label="idle")
        figure.legend(
            handles=[INIT.handle(), HANDLER.handle(), idle], loc="outside lower center", ncols=3
        )
        return picture(figure, _sentence(bars, names, len(throttled)))


def _draw_lane(
    axis: Axes, y: int, bars: pd.DataFrame, origin: pd.Timestamp, length_s: float
) -> None:
    seconds = {
        column: (bars[column] - origin).dt.total_seconds()
        for column in ("init_at", "init_end", "started_at", "ended_at")
    }
    begins = seconds["init_at"].fillna(seconds["started_at"]).min()
    axis.plot([begins, seconds["ended_at"].max()], [y, y], color=GREY, linewidth=1.0, zorder=1)
    with_init = seconds["init_at"].notna()
    init_s = (seconds["init_end"] - seconds["init_at"])[with_init]
    axis.barh(y, init_s, left=seconds["init_at"][with_init], height=0.66, zorder=2, **INIT.look)
    runs_s = seconds["ended_at"] - seconds["started_at"]
    edges = [GREEN if run < SHORT * length_s else "white" for run in runs_s]
    look = {**HANDLER.look, "edgecolor": edges, "linewidth": 0.6}
    axis.barh(y, runs_s, left=seconds["started_at"], height=0.66, zorder=3, **look)


def _name_lanes(axis: Axes, number: int, throttled: int) -> None:
    shown = [y for y in range(number) if number <= MOST_NAMED or (y + 1) % 10 == 0 or y == 0]
    ticks, labels = list(shown), [str(y + 1) for y in shown]
    if throttled:
        ticks, labels = [*ticks, number], [*labels, f"throttled ({throttled})"]
    axis.set_yticks(ticks, labels)
    axis.set_ylim(number + bool(throttled) - 0.4, -0.6)
    axis.set_ylabel("environment")
    axis.tick_params(axis="y", length=0)
    axis.grid(visible=False, axis="y")


def _sentence(bars: pd.DataFrame, names: list[str], throttled: int) -> str:
    starts = bars["start"].value_counts()
    told = ", ".join(f"{number} {start}" for start, number in starts.items())
    said = f"{count(len(bars), 'call')} ran in {count(len(names), 'environment')}: {told}."
    return said + (f" {count(throttled, 'call')} were throttled." if throttled else "")
