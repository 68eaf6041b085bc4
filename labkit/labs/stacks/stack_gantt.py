"""What CloudFormation did to a stack's resources: one lane each, one bar for each operation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from labkit.show.picture import Picture, picture
from labkit.show.style import BLACK, BLUE, ORANGE, PURPLE, VERMILLION, panels, style
from labkit.show.words import count, duration

LOOKS = {"create": (BLUE, ""), "update": (ORANGE, "...."), "delete": (PURPLE, "/////")}
"""Colour and hatch of each operation."""

SAM_HASH = re.compile(r"(?<=Deployment)[0-9a-f]{10}$")
"""What SAM adds to a deployment's logical id, so that each definition of an API gets its own."""

LANE_IN = 0.3
BAR_HEIGHT = 0.6
LABEL_PT = 8.5
ON_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
CHARACTER = 0.012
"""Width of a label's character, as a share of the axis; rounded up."""
ROOM_FOR_LABELS = 0.3
"""Share of the axis that is kept free behind the last bar."""


@dataclass(frozen=True)
class Bar:
    """One operation on one resource.

    Attributes
    ----------
    number
        Its place in the order in which all were begun, from 1.
    begin_s, end_s
        In seconds from the begin of the first.
    """

    number: int
    resource: str
    operation: str
    begin_s: float
    end_s: float
    failed: bool

    @property
    def took(self) -> str:
        """How long it took, in words."""
        return duration(self.end_s - self.begin_s)

    @property
    def label(self) -> str:
        """Its number, and how long it took, in few characters."""
        ending = "failed, " if self.failed else ""
        return f"{self.number}: {ending}{self.took.replace('under ', '< ')}"


def stack_gantt(operations: pd.DataFrame) -> Picture:
    """Draw a stack's operations over time; a rollback goes on in the lanes of what it takes back.

    Each bar has its number in the order in which they were begun.

    Parameters
    ----------
    operations : pandas.DataFrame
        As `labkit.labs.stacks.stack_events.operations` returns it: ``logical_id``, ``operation``,
        ``begin``, ``end``, ``outcome``.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If nothing was done to any resource.
    """
    if operations.empty:
        raise ValueError("These events tell of no resource: was the operation executed?")
    bars = _bars(operations)
    lanes = list(dict.fromkeys(bar.resource for bar in bars))
    longest = max(bar.end_s for bar in bars) or 0.001
    with style():
        figure, (axis,) = panels(1, 1.05 + LANE_IN * len(lanes))
        axis.set_xlim(-0.01 * longest, (1 + ROOM_FOR_LABELS) * longest)
        for number, lane in enumerate(lanes):
            in_lane = [bar for bar in bars if bar.resource == lane]
            for bar in in_lane:
                _draw(axis, number, bar)
            _label(axis, number, in_lane)
        axis.set_ylim(len(lanes) - 0.4, -0.6)
        axis.set_yticks(range(len(lanes)), lanes)
        axis.tick_params(axis="y", length=0)
        axis.grid(visible=False, axis="y")
        unit, scale = ("milliseconds", 1000) if longest < 1 else ("seconds", 1)
        axis.xaxis.set_major_formatter(lambda seconds, _: f"{seconds * scale:g}")
        axis.set_xlabel(f"{unit} since the first resource was begun")
        handles = _legend(bars)
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles))
        return picture(figure, _sentence(bars, longest))


def _bars(operations: pd.DataFrame) -> list[Bar]:
    """Return the operations; one that still runs ends with the last that is known."""
    origin, last = operations["begin"].min(), operations[["begin", "end"]].max().max()
    rows = zip(
        operations["logical_id"],
        operations["operation"],
        (operations["begin"] - origin).dt.total_seconds(),
        (operations["end"].fillna(last) - origin).dt.total_seconds(),
        operations["outcome"].eq("failed").fillna(False),
        strict=True,
    )
    return [
        Bar(number, SAM_HASH.sub("…", resource), *rest)
        for number, (resource, *rest) in enumerate(rows, start=1)
    ]


def _draw(axis: Axes, lane: int, bar: Bar) -> None:
    colour, hatch = LOOKS[bar.operation]
    axis.barh(
        lane,
        bar.end_s - bar.begin_s,
        left=bar.begin_s,
        height=BAR_HEIGHT,
        facecolor="white" if hatch else colour,
        edgecolor=colour,
        hatch=hatch,
        linewidth=1.5,
    )
    if bar.failed:
        axis.plot(bar.end_s, lane, "X", color=VERMILLION, ms=9, mec="white", mew=0.8, zorder=4)


def _label(axis: Axes, lane: int, bars: Sequence[Bar]) -> None:
    """Write each label into its bar, or behind it where it is short; else leave it out."""
    left, right = axis.get_xlim()
    for bar, following in zip_longest(bars, bars[1:]):
        width = (len(bar.label) + 1) * CHARACTER * (right - left)
        room = (following.begin_s if following else right) - bar.end_s
        inside = bar.end_s - bar.begin_s > width and not bar.failed
        if not inside and room < width:
            continue
        solid = not LOOKS[bar.operation][1]
        axis.annotate(
            bar.label,
            ((bar.begin_s + bar.end_s) / 2 if inside else bar.end_s, lane),
            xytext=(0 if inside else 8, 0),
            textcoords="offset points",
            ha="center" if inside else "left",
            va="center",
            fontsize=LABEL_PT,
            color="white" if inside and solid else BLACK,
            bbox=None if inside and solid else ON_WHITE,
        )


def _legend(bars: Sequence[Bar]) -> list[Artist]:
    handles: list[Artist] = [
        Patch(facecolor="white" if hatch else colour, edgecolor=colour, hatch=hatch, label=name)
        for name, (colour, hatch) in LOOKS.items()
        if any(bar.operation == name for bar in bars)
    ]
    if any(bar.failed for bar in bars):
        handles.append(Line2D([], [], linestyle="", marker="X", color=VERMILLION, label="failed"))
    return handles


def _sentence(bars: Sequence[Bar], longest: float) -> str:
    done = [
        f"{operation}: {', '.join(_told(bar) for bar in some)}"
        for operation in LOOKS
        if (some := [bar for bar in bars if bar.operation == operation])
    ]
    lanes = count(len({bar.resource for bar in bars}), "resource")
    return f"{lanes} in {duration(longest)}, in the order in which each began. {'; '.join(done)}."


def _told(bar: Bar) -> str:
    return f"{bar.resource} ({'failed after ' if bar.failed else ''}{bar.took})"
