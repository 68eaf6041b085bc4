"""Concurrency and throttled calls over time, against the limits that explain them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from labkit.measure.queue_depth import concurrency
from labkit.show.measurements.phases import spans
from labkit.show.picture import Picture, picture
from labkit.show.style import BLACK, BLUE, GREEN, PURPLE, VERMILLION, panels, style
from labkit.show.words import count

Limit = float | Callable[[np.ndarray], np.ndarray]

LIMIT_LOOKS = ((BLACK, "--"), (PURPLE, ":"), (BLUE, "-."))
BINS = 40
WIDTHS_S = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)


def concurrency_and_limits(calls: pd.DataFrame, limits: Mapping[str, Limit]) -> Picture:
    """Draw how many calls ran at once beside the limits, and below how many were throttled.

    Parameters
    ----------
    calls : pandas.DataFrame
        As `labkit.measure.calls.call_frame` gives it. A call runs from INIT to its answer.
    limits : mapping of str to float or callable
        Name → number of concurrent calls; a callable gets seconds (an array) and gives such
        numbers: ``lambda s: 5 + 5 * s`` is a queue's ramp of 300 a minute.

    Returns
    -------
    Picture
    """
    when = spans(calls)
    running = concurrency(when.assign(started_at=when["init_at"].fillna(when["started_at"])))
    origin = calls["sent_at"].min()
    length_s = (calls[["sent_at", "received_at"]].max().max() - origin).total_seconds()
    throttled = calls.loc[(calls["start"] == "throttled").fillna(False), "sent_at"]
    with style():
        figure, axes = panels(2, 4.2)
        _draw_running(axes[0], running, origin)
        _draw_limits(axes[0], limits, length_s)
        _draw_throttled(axes[1], (throttled - origin).dt.total_seconds(), length_s)
        axes[1].set_xlim(0, length_s)
        axes[1].set_xlabel("seconds since the first call was sent")
        figure.legend(loc="outside lower center", ncols=3)
        return picture(figure, _sentence(running, len(throttled), limits))


def _draw_running(axis: Axes, running: pd.DataFrame, origin: pd.Timestamp) -> None:
    seconds = (running["at"] - origin).dt.total_seconds()
    number = running["running"].astype(float)
    axis.fill_between(seconds, number, step="post", color=GREEN, alpha=0.3, linewidth=0)
    axis.step(seconds, number, where="post", color=GREEN, linewidth=1.0, label="running")
    axis.set_title("Calls running at once")
    axis.set_ylabel("calls")
    axis.set_ylim(0, max(1.0, number.max() if len(number) else 0.0) * 1.18)
    axis.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))


def _draw_limits(axis: Axes, limits: Mapping[str, Limit], length_s: float) -> None:
    seconds = np.linspace(0, length_s, 200)
    top = axis.get_ylim()[1]
    for (name, limit), (colour, dashes) in zip(limits.items(), cycle(LIMIT_LOOKS), strict=False):
        level = limit(seconds) if callable(limit) else np.full_like(seconds, limit)
        top = max(top, min(1.18 * float(np.max(level)), 2 * top))
        axis.plot(seconds, level, color=colour, linestyle=dashes, linewidth=1.4, label=name)
    axis.set_ylim(0, top)


def _draw_throttled(axis: Axes, seconds: pd.Series[float], length_s: float) -> None:
    width = next((w for w in WIDTHS_S if length_s / w <= BINS), WIDTHS_S[-1])
    edges = np.arange(0, length_s + width, width)
    numbers, _ = np.histogram(seconds, edges)
    axis.bar(edges[:-1], numbers, width=width, align="edge", color=VERMILLION, edgecolor="white")
    axis.set_title(f"Throttled calls, per {width:g} s")
    axis.set_ylabel("calls")
    axis.set_ylim(0, max(1, numbers.max()) * 1.18)
    axis.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))


def _sentence(running: pd.DataFrame, throttled: int, limits: Mapping[str, Limit]) -> str:
    most = int(running["running"].max()) if len(running) else 0
    fixed = [f"{name}: {limit:g}" for name, limit in limits.items() if not callable(limit)]
    against = f" (limits: {', '.join(fixed)})" if fixed else ""
    return (
        f"At most {count(most, 'call')} ran at once{against}; "
        f"{count(throttled, 'call')} {'was' if throttled == 1 else 'were'} throttled."
    )
