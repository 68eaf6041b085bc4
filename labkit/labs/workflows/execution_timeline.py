"""An execution over time: one row per state, one bar per attempt, and the waits between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from labkit.show.picture import Picture, picture
from labkit.show.style import BLUE, GREEN, GREY, ORANGE, VERMILLION, WIDTH_IN, panels, style
from labkit.show.words import count, duration

BAR_HEIGHT = 0.3
FAILED_HATCH = "xxxx"
ABORTED_HATCH = "////"
WAIT = (0, (2, 2))
"""Line style: dashes and gaps in points."""
LABEL_PT = 9.0
LABEL_CHARACTER_IN = 0.6 * LABEL_PT / 72
"""Width of a character of DejaVu Sans, on average and rounded up."""
AXIS_IN = WIDTH_IN - 1.5
"""Width of the axis, without the names of the states."""

LOOKS: dict[str, dict[str, Any]] = {
    "succeeded": {"facecolor": GREEN, "edgecolor": GREEN},
    "failed": {"facecolor": "white", "edgecolor": VERMILLION, "hatch": FAILED_HATCH},
    "aborted": {"facecolor": "white", "edgecolor": GREY, "hatch": ABORTED_HATCH},
    "running": {"facecolor": "white", "edgecolor": BLUE},
}
WORDS = {
    "succeeded": "attempt succeeded",
    "failed": "attempt failed",
    "aborted": "attempt aborted",
    "running": "under way",
}


@dataclass(frozen=True)
class Attempt:
    """One bar, in seconds since the execution began."""

    begin: float
    end: float
    outcome: str
    error: str


@dataclass(frozen=True)
class Row:
    """One state that was entered; `end` is None where it was not left."""

    name: str
    begin: float
    end: float | None
    attempts: tuple[Attempt, ...]
    outcome: str
    error: str

    @property
    def waits(self) -> list[float]:
        """The pauses between its attempts, in seconds."""
        return [after.begin - before.end for before, after in pairwise(self.attempts)]

    @property
    def story(self) -> str:
        """What happened in it, in a few words."""
        parts = [part for part in (self._failures(), self._pauses(), self._end()) if part]
        return ", ".join(parts)

    def _failures(self) -> str:
        retried = [attempt.error for attempt in self.attempts[:-1] if attempt.error]
        names = list(dict.fromkeys(retried))
        return " and ".join(f"{retried.count(name)} × {name}" for name in names)

    def _pauses(self) -> str:
        return "waited " + " and ".join(map(duration, self.waits)) if self.waits else ""

    def _end(self) -> str:
        if self.outcome == "succeeded":
            last = self.attempts[-1] if self.attempts else self
            return f"✓ {duration((last.end or last.begin) - last.begin)}"
        if self.outcome == "aborted":
            return "– aborted"
        caught = ", caught" if self.outcome == "caught" else ""
        return f"✗ {self.error}{caught}" if self.error else "under way"


def execution_timeline(states: pd.DataFrame, attempts: pd.DataFrame) -> Picture:
    """Draw an execution over time.

    Parameters
    ----------
    states, attempts : pandas.DataFrame
        As `labkit.labs.workflows.executions.states_entered` and `attempts` return them.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If no state was entered.
    """
    if states.empty:
        raise ValueError("This execution has entered no state yet, so there is nothing to draw.")
    rows = list(_rows(states, attempts))
    ends = [attempt.end for row in rows for attempt in row.attempts]
    longest = max([*ends, *(row.end or row.begin for row in rows)]) or 1e-3
    with style():
        figure, (axis,) = panels(1, 0.95 + 0.5 * len(rows))
        axis.set_xlim(-0.01 * longest, 1.03 * longest)
        for y, row in enumerate(rows):
            _draw(axis, y, row)
        axis.set_ylim(len(rows) - 0.5, -0.75)
        axis.set_yticks(range(len(rows)), [row.name for row in rows])
        axis.tick_params(axis="y", length=0)
        axis.grid(visible=False, axis="y")
        unit, scale = ("milliseconds", 1000) if longest < 1 else ("seconds", 1)
        axis.xaxis.set_major_formatter(lambda seconds, _: f"{seconds * scale:g}")
        axis.set_xlabel(f"{unit} since the execution began")
        figure.legend(handles=_legend(rows), loc="outside lower center", ncols=4)
        return picture(figure, _words(rows, longest))


def _rows(states: pd.DataFrame, attempts: pd.DataFrame) -> Iterator[Row]:
    """Pair each state with its attempts; each iteration of a Map has rows of its own."""
    origin = states["entered_at"].min()
    iterations = states.groupby("state")["iteration"].transform("count")
    for state, number in zip(states.to_dict("records"), iterations, strict=True):
        inside, left = state["iteration"], state["left_at"]
        own = attempts[attempts["entry"] == state["entry"]]
        yield Row(
            name=state["state"] + ("" if pd.isna(inside) else f" · {inside + 1} of {number}"),
            begin=(state["entered_at"] - origin).total_seconds(),
            end=None if pd.isna(left) else (left - origin).total_seconds(),
            attempts=tuple(_attempt(attempt, origin) for attempt in own.to_dict("records")),
            outcome=state["outcome"],
            error=_text(state["error"]),
        )


def _attempt(row: Mapping[Any, Any], origin: pd.Timestamp) -> Attempt:
    begin = (row["started_at"] - origin).total_seconds()
    ended = row["ended_at"]
    end = begin if pd.isna(ended) else (ended - origin).total_seconds()
    return Attempt(begin, end, row["outcome"], _text(row["error"]))


def _text(value: Any) -> str:
    return "" if pd.isna(value) else str(value)


def _draw(axis: Axes, y: int, row: Row) -> None:
    for before, after in pairwise(row.attempts):
        axis.plot([before.end, after.begin], [y, y], linestyle=WAIT, color=ORANGE)
    for attempt in row.attempts:
        width = attempt.end - attempt.begin
        axis.barh(y, width, left=attempt.begin, height=BAR_HEIGHT, **LOOKS[attempt.outcome])
    if not row.attempts:
        span = [row.begin, row.begin if row.end is None else row.end]
        colour = VERMILLION if row.error else GREY
        axis.plot(span, [y, y], color=colour, marker="D", markersize=5)
    left, right = axis.get_xlim()
    wide = len(row.story) * LABEL_CHARACTER_IN / AXIS_IN * (right - left)
    begin = row.attempts[0].begin if row.attempts else row.begin
    at = max(left, min(begin, right - wide))
    axis.text(at, y - BAR_HEIGHT * 0.7, row.story, fontsize=LABEL_PT, va="bottom")


def _legend(rows: Sequence[Row]) -> list[Artist]:
    outcomes = {attempt.outcome for row in rows for attempt in row.attempts}
    handles: list[Artist] = [
        Patch(label=WORDS[name], **look) for name, look in LOOKS.items() if name in outcomes
    ]
    if any(row.waits for row in rows):
        handles.append(Line2D([], [], linestyle=WAIT, color=ORANGE, label="waits to try again"))
    if any(not row.attempts for row in rows):
        label = "state without a task"
        handles.append(Line2D([], [], marker="D", color=GREY, markersize=5, label=label))
    return handles


def _words(rows: Sequence[Row], longest: float) -> str:
    told = "; ".join(f"{row.name}: {row.story}" for row in rows)
    return f"An execution of {count(len(rows), 'state')} in {duration(longest)}. {told}."
