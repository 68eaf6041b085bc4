"""Lifecycle states of instances over time: how long each way takes until an instance serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from labkit.show.picture import Picture, picture
from labkit.show.style import BLUE, GREEN, ORANGE, PURPLE, panels, style

LOOKS = ((ORANGE, "///"), (BLUE, "..."), (PURPLE, "xxx"))
"""Of states before `InService`, in the order in which they come."""
SERVING = "InService"
BAR_HEIGHT = 0.5


def lifecycles(starts: Mapping[str, pd.DataFrame], title: str) -> Picture:
    """Draw the states that instances went through, one lane for each way of starting.

    Parameters
    ----------
    starts : mapping of str to pandas.DataFrame
        By name of the way: ``instance``, ``state``, ``from_s``, ``to_s``, as
        `labkit.labs.fleet.scale_out` gives them.
    title : str

    Returns
    -------
    Picture
    """
    until = 1.25 * max(float(spells["to_s"].max()) for spells in starts.values())
    names = list(dict.fromkeys(s for spells in starts.values() for s in spells["state"]))
    states = [name for name in names if name != SERVING]
    looks = dict(zip(states, LOOKS, strict=False)) | {SERVING: (GREEN, "")}
    with style():
        figure, (axis,) = panels(1, 1.2 + 0.5 * len(starts))
        for row, spells in enumerate(starts.values()):
            _lane(axis, row, spells, looks, until)
        axis.set_yticks(range(len(starts)), list(starts))
        axis.invert_yaxis()
        axis.set_xlim(0, until)
        axis.grid(visible=False, axis="y")
        axis.set_title(title)
        axis.set_xlabel("seconds since the instance was wanted")
        handles = [
            Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=name)
            for name, (colour, hatch) in looks.items()
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
        return picture(figure, f"{title}. {_words(starts)}")


def _lane(
    axis: Axes,
    row: int,
    spells: pd.DataFrame,
    looks: Mapping[str, tuple[str, str]],
    until: float,
) -> None:
    """Draw one way: what serves at the end serves on."""
    for state, begin, end in _each(spells):
        colour, hatch = looks[state]
        axis.barh(
            row,
            (until if state == SERVING else end) - begin,
            left=begin,
            height=BAR_HEIGHT,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            linewidth=0,
        )
        if state == SERVING:
            axis.text(begin, row, f" {begin:.1f} s", va="center", color="white", weight="bold")


def _each(spells: pd.DataFrame) -> Iterator[tuple[str, float, float]]:
    """Give state, beginning and end of each spell."""
    columns = ("state", "from_s", "to_s")
    yield from zip(*(spells[column].tolist() for column in columns), strict=True)


def _words(starts: Mapping[str, pd.DataFrame]) -> str:
    sentences = []
    for name, spells in starts.items():
        states = ", ".join(
            f"{state} for {end - begin:.1f} s"
            for state, begin, end in _each(spells)
            if state != SERVING
        )
        ready = spells.loc[spells["state"] == SERVING, "from_s"].max()
        sentences.append(f"{name}: {states}; in service after {ready:.1f} s.")
    return " ".join(sentences)
