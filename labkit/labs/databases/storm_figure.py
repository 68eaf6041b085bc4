"""Storms of connections: how many clients wait, are served or refused, second by second."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from labkit.show.picture import Picture, picture
from labkit.show.style import BLUE, ORANGE, SKY, VERMILLION, panels, style

LOOKS = {
    "in its query": (BLUE, ""),
    "waiting": (ORANGE, "///"),
    "answered": (SKY, ".."),
    "refused": (VERMILLION, "xxx"),
}
"""States of a client from the bottom up, with colour and hatch."""
STEPS = 400
"""Times at which clients are counted."""
COLUMNS = 2
PANEL_IN = 2.1

Numbers = npt.NDArray[np.float64]


def storms(clients: pd.DataFrame) -> Picture:
    """Draw what became of the clients of each storm over time, storms beside each other.

    Parameters
    ----------
    clients : pandas.DataFrame
        A row for each client: ``remedy``, ``served`` (bool), ``began_s`` (when its query began, in
        seconds from the storm's beginning; missing where it was refused), ``ended_s``.

    Returns
    -------
    Picture
    """
    cases = {str(name): storm for name, storm in clients.groupby("remedy", sort=False)}
    until = float(clients["ended_s"].max()) * 1.03
    times = np.linspace(0, until, STEPS)
    with style():
        rows = -(-len(cases) // COLUMNS)
        figure, axes = panels(len(cases), 0.7 + PANEL_IN * rows, COLUMNS)
        for axis, (name, storm) in zip(axes, cases.items(), strict=True):
            _fill(axis, times, states(storm, times))
            axis.set_title(f"{name}\n{storm['served'].sum()} of {len(storm)} served")
            axis.set(xlim=(0, until), ylim=(0, len(storm)))
        for axis in axes[::COLUMNS]:
            axis.set_ylabel("clients")
        for axis in axes[-COLUMNS:]:
            axis.set_xlabel("seconds since all connect")
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(LOOKS))
        return picture(figure, " ".join(_sentence(*case) for case in cases.items()))


def states(storm: pd.DataFrame, times: Numbers) -> Mapping[str, Numbers]:
    """Count the clients of one storm by state.

    Parameters
    ----------
    storm : pandas.DataFrame
        As `storms` takes it, of one remedy.
    times : array, shape (times,)
        Seconds from the storm's beginning.

    Returns
    -------
    mapping of str to array, shape (times,)
        Each state of `LOOKS`; together they are all clients, at every time.
    """
    served = storm[storm["served"]]
    begun, answered = _counted(served["began_s"], times), _counted(served["ended_s"], times)
    refused = _counted(storm.loc[~storm["served"], "ended_s"], times)
    return {
        "in its query": begun - answered,
        "waiting": len(storm) - begun - refused,
        "answered": answered,
        "refused": refused,
    }


def _counted(seconds: pd.Series[float], times: Numbers) -> Numbers:
    """Count for each time how many of these moments have come."""
    found: Numbers = np.searchsorted(np.sort(seconds.to_numpy()), times, side="right").astype(float)
    return found


def _fill(axis: Axes, times: Numbers, counts: Mapping[str, Numbers]) -> None:
    base = np.zeros(len(times))
    for name, (colour, hatch) in LOOKS.items():
        top = base + counts[name]
        axis.fill_between(
            times, base, top, label=name, facecolor=colour, hatch=hatch, edgecolor="white", lw=0
        )
        base = top


def _sentence(remedy: str, storm: pd.DataFrame) -> str:
    served = storm[storm["served"]]
    refused = len(storm) - len(served)
    words = f"{remedy}: {len(served)} of {len(storm)} clients served, {refused} refused"
    if served.empty:
        return f"{words}."
    at_once = max(states(storm, served["began_s"].to_numpy())["in its query"])
    return (
        f"{words}; at most {at_once:.0f} queries at once, the longest wait "
        f"{served['began_s'].max():.1f} s, the last answer after {served['ended_s'].max():.1f} s."
    )
