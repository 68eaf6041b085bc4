"""Where events went: from who announced them, past what chooses, to who got how many."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from labkit.show.picture import Picture, picture
from labkit.show.style import BLACK, BLUE, GREEN, GREY, ORANGE, panels, style
from labkit.show.words import count

WIDE, ROW = 100.0, 13.0
"""The whole drawing and one row, in its own units."""
SOURCE, CHOICE, TARGET = (1.0, 17.0), (27.0, 41.0), (81.0, 18.0)
"""Left edge and width of the boxes in each column."""
HIGH = 8.6
ROW_IN = 0.72
NONE = (0, (2, 2))
"""Line style of a way that nothing took: dashes and gaps in points."""
TEXT_PT = 9.0
THIN, THICK = 1.2, 5.0


def event_flow(flow: pd.DataFrame, source: str, announced: int) -> Picture:
    """Draw how many of the announced events went which way.

    Parameters
    ----------
    flow : pandas.DataFrame
        One row per way: ``choice`` (a subscription's filter or a rule's pattern, in words),
        ``target`` (who gets what passes), ``arrived`` (events that did).
    source : str
        Who announced them.
    announced : int
        How many events.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is no way, or nothing was announced.
    """
    if flow.empty or announced < 1:
        raise ValueError("There is nothing to draw: give at least one way and one event.")
    rows = flow.to_dict("records")
    high = len(rows) * ROW
    with style():
        figure, (axis,) = panels(1, 0.3 + ROW_IN * max(2, len(rows)))
        axis.set(xlim=(0, WIDE), ylim=(high, 0))
        axis.axis("off")
        middle = high / 2
        _box(axis, SOURCE, middle, source, count(announced, "event"), BLUE)
        for number, row in enumerate(rows):
            y = (number + 0.5) * ROW
            arrived = int(row["arrived"])
            share = f"{arrived} of {announced}"
            _arrow(axis, (sum(SOURCE), middle), (CHOICE[0], y), announced, announced)
            _box(axis, CHOICE, y, row["choice"], "", ORANGE)
            _arrow(axis, (sum(CHOICE), y), (TARGET[0], y), arrived, announced)
            axis.text(74.5, y - 1.6, share, ha="center", fontsize=TEXT_PT, weight="bold")
            _box(axis, TARGET, y, row["target"], "", GREEN if arrived else GREY)
        return picture(figure, _words(flow, source, announced))


def _box(
    axis: Axes, column: tuple[float, float], y: float, name: str, more: str, colour: str
) -> None:
    left, wide = column
    axis.add_patch(
        FancyBboxPatch(
            (left, y - HIGH / 2),
            wide,
            HIGH,
            boxstyle="round,pad=0,rounding_size=1",
            facecolor="white",
            edgecolor=colour,
            linewidth=1.6,
            zorder=3,
        )
    )
    text = f"{name}\n{more}" if more else name
    axis.text(
        left + wide / 2, y, text, ha="center", va="center", fontsize=TEXT_PT, zorder=4, color=BLACK
    )


def _arrow(
    axis: Axes, start: tuple[float, float], end: tuple[float, float], events: int, announced: int
) -> None:
    axis.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=12,
            shrinkA=0,
            shrinkB=0,
            color=BLACK if events else GREY,
            linestyle="-" if events else NONE,
            linewidth=THIN + (THICK - THIN) * events / announced if events else THIN,
            zorder=2,
        )
    )


def _words(flow: pd.DataFrame, source: str, announced: int) -> str:
    ways = [
        f"{row['arrived']} of {announced} reached {row['target']} ({row['choice']})".replace(
            "\n", " "
        )
        for row in flow.to_dict("records")
    ]
    return f"{source} announced {count(announced, 'event')}: {'; '.join(ways)}."
