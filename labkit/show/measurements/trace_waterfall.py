"""A trace as a waterfall: one bar for each segment and subsegment, below what called it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from labkit.show.picture import Picture, picture
from labkit.show.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    SKY,
    VERMILLION,
    WIDTH_IN,
    panels,
    style,
)
from labkit.show.words import count, duration

ROW_IN = 0.27
BAR_HEIGHT = 0.55
NAME_PT = 8.5
LABEL_IN = 0.62 * NAME_PT / 72
"""Width of a character of a label, on average and rounded up."""
AXIS_IN = WIDTH_IN - 2.9
LONGEST_NAME = 36
OF_THE_RUN = re.compile(r"^lk-.*?-[0-9a-f]{8}-")
"""What every name of a run begins with."""

LOOKS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "wait": ("waits in the queue", {"facecolor": "white", "edgecolor": ORANGE, "hatch": "///"}),
    "service": ("a service of AWS", {"facecolor": BLUE, "edgecolor": BLUE}),
    "function": ("a function", {"facecolor": GREEN, "edgecolor": GREEN}),
    "init": ("INIT", {"facecolor": "white", "edgecolor": GREEN, "hatch": "..."}),
    "part": ("a part of it", {"facecolor": SKY, "edgecolor": SKY}),
    "inferred": ("inferred", {"facecolor": "white", "edgecolor": GREY}),
    "fault": ("a fault", {"facecolor": "white", "edgecolor": VERMILLION, "hatch": "xxx"}),
}
"""What a bar may be: its words in the legend, and its look."""

KINDS = {
    "AWS::ApiGateway::Stage": "API Gateway",
    "AWS::DynamoDB::Table": "DynamoDB",
    "AWS::Lambda": "Lambda",
    "AWS::Lambda::Function": "function",
    "AWS::SQS::Queue": "SQS",
    "AWS::StepFunctions::StateMachine": "Step Functions",
}


def trace_waterfall(frame: pd.DataFrame) -> Picture:
    """Draw a trace with those that are linked to it.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `labkit.labs.observability.trace_of` returns it.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is no segment.
    """
    if frame.empty:
        raise ValueError("There is no segment in this trace, so there is nothing to draw.")
    rows = _with_waits(frame)
    longest = max(row["end_s"] for row in rows) or 1e-3
    with style():
        figure, (axis,) = panels(1, 1.0 + ROW_IN * len(rows))
        first = min(row["start_s"] for row in rows)
        axis.set_xlim(min(0.0, first) - 0.01 * longest, 1.02 * longest)
        for y, row in enumerate(rows):
            _draw(axis, y, row)
        axis.set_ylim(len(rows) - 0.4, -0.6)
        axis.set_yticks(range(len(rows)), [_name(row) for row in rows], fontsize=NAME_PT)
        for label in axis.get_yticklabels():
            label.set_horizontalalignment("left")
        axis.tick_params(axis="y", length=0, pad=2.45 * 72)
        axis.grid(visible=False, axis="y")
        unit, scale = ("milliseconds", 1000) if longest < 1 else ("seconds", 1)
        axis.xaxis.set_major_formatter(lambda seconds, _: f"{seconds * scale:g}")
        axis.set_xlabel(f"{unit} since the order was placed")
        figure.legend(handles=_legend(rows), loc="outside lower center", ncols=4)
        return picture(figure, _words(rows, longest))


def _with_waits(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Put the time in a queue before the first segment of each linked trace."""
    rows: list[dict[str, Any]] = []
    handed_over: float | None = None
    for row in frame.to_dict("records"):
        one = {str(key): value for key, value in row.items()}
        if one["linked"] and one["depth"] == 0 and handed_over is not None:
            wait = {
                "kind": "wait",
                "name": "in the queue",
                "depth": 0,
                "origin": "",
                "fault": False,
            }
            rows.append(one | wait | {"start_s": handed_over, "end_s": one["start_s"]})
        if one["origin"] == "AWS::SQS::Queue":
            handed_over = one["end_s"]
        rows.append(one)
    return rows


def _look(row: Mapping[str, Any]) -> str:
    if row["kind"] == "wait":
        return "wait"
    if row["fault"]:
        return "fault"
    if row["kind"] == "inferred":
        return "inferred"
    if row["kind"] == "subsegment":
        return "init" if row["name"] in ("Init", "Initialization") else "part"
    return "function" if row["origin"] == "AWS::Lambda::Function" else "service"


def _name(row: Mapping[str, Any]) -> str:
    """Name a row: what it is of, without the run's own prefix, moved in by its depth."""
    kind = KINDS.get(row["origin"], "")
    short = short_name(row["name"])
    told = f"{short} · {kind}" if kind and kind != short else short
    told = "  " * int(row["depth"]) + told
    return told if len(told) <= LONGEST_NAME else told[: LONGEST_NAME - 1] + "…"


def short_name(name: str) -> str:
    """Return a name without `lk-…-number-`, which all names of a run have."""
    return OF_THE_RUN.sub("", name)


def _draw(axis: Axes, y: int, row: Mapping[str, Any]) -> None:
    wide = row["end_s"] - row["start_s"]
    _, look = LOOKS[_look(row)]
    axis.barh(y, wide, left=row["start_s"], height=BAR_HEIGHT, **look)
    text = duration(max(wide, 0.0))
    left, right = axis.get_xlim()
    room = (len(text) + 1) * LABEL_IN / AXIS_IN * (right - left)
    places: tuple[tuple[bool, float, str, str], ...] = (
        (row["end_s"] + room < right, row["end_s"], "left", BLACK),
        (row["start_s"] - room > left, row["start_s"], "right", BLACK),
        (True, row["end_s"], "right", "white" if look["facecolor"] != "white" else BLACK),
    )
    _, at, side, colour = next(place for place in places if place[0])
    axis.text(at, y, f" {text} ", fontsize=NAME_PT, va="center", ha=side, color=colour)


def _legend(rows: Iterable[Mapping[str, Any]]) -> list[Artist]:
    found = {_look(row) for row in rows}
    return [Patch(label=words, **look) for name, (words, look) in LOOKS.items() if name in found]


def _words(rows: list[dict[str, Any]], longest: float) -> str:
    told = "; ".join(
        f"{_name(row).strip()} from {duration(max(row['start_s'], 0))} for "
        f"{duration(max(row['end_s'] - row['start_s'], 0))}{', a fault' if row['fault'] else ''}"
        for row in rows
    )
    return f"A trace of {count(len(rows), 'bar')} over {duration(longest)}. {told}."
