"""A state machine as a graph, and on it the way that an execution took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from labkit.show.picture import Picture, picture
from labkit.show.style import BLACK, BLUE, GREEN, GREY, VERMILLION, panels, style

WIDE, HIGH = 3.0, 0.8
"""A box, in units of the graph."""
COLUMN, ROW = 5.4, 1.45
"""From one box to the next, sideways and down."""
ROW_IN = 0.78
TEXT_PT = 9.0
DASHES = (0, (3, 2))

Definition = Mapping[str, Any]
Place = tuple[float, float]


@dataclass(frozen=True)
class StateTransition:
    """A way from one state to another; `errors` are the names that a Catch takes."""

    source: str
    target: str
    errors: tuple[str, ...] = ()


@dataclass(frozen=True)
class Visit:
    """What became of a state in an execution; `tries` of its task, 0 where it has none."""

    outcome: str
    error: str
    tries: int
    iterations: int

    @property
    def words(self) -> str:
        """How it ended, in a few words."""
        error = self.error or "an error"
        return {
            "succeeded": f"✓ after {self.tries} tries" if self.tries > 1 else "✓ succeeded",
            "caught": f"✗ {error}, caught",
            "failed": f"✗ {error}",
        }.get(self.outcome, "… under way")

    @property
    def colour(self) -> str:
        """The colour of its box; its words say the same."""
        return {"succeeded": GREEN, "caught": VERMILLION, "failed": VERMILLION}.get(
            self.outcome, BLUE
        )


def state_graph(
    definition: Definition,
    states: pd.DataFrame | None = None,
    attempts: pd.DataFrame | None = None,
) -> Picture:
    """Draw a state machine: the way without errors downwards, beside it what catches an error.

    Parameters
    ----------
    definition : mapping
        In Amazon States Language, decoded.
    states, attempts : pandas.DataFrame, optional
        An execution, as `labkit.labs.workflows.states_entered` and `attempts` return it: states and
        transitions that it took are drawn strong, and each says how it ended.

    Returns
    -------
    Picture
    """
    ways = list(transitions(definition))
    at = places(definition, ways)
    visits = _visits(states, attempts)
    taken = set() if states is None else set(_taken(states))
    rows = 1 + max(row for _, row in at.values())
    columns = 1 + max(column for column, _ in at.values())
    with style():
        figure, (axis,) = panels(1, 0.35 + ROW_IN * rows)
        axis.set(
            xlim=(-0.15, max(2, columns) * COLUMN - (COLUMN - WIDE) + 0.15),
            ylim=(rows * ROW - (ROW - HIGH) + 0.25, -0.25),
        )
        axis.axis("off")
        for way in ways:
            _draw_way(axis, way, at, (way.source, way.target) in taken, states is not None)
        for name, place in at.items():
            _draw_state(axis, _corner(place), name, definition["States"][name], visits, states)
        return picture(figure, _words(definition, ways, visits, states is not None), crop=True)


def transitions(definition: Definition) -> Iterator[StateTransition]:
    """Yield every way from a state to another, errors caught included."""
    for name, state in definition["States"].items():
        if "Next" in state:
            yield StateTransition(name, state["Next"])
        for choice in state.get("Choices", ()):
            yield StateTransition(name, choice["Next"])
        if "Default" in state:
            yield StateTransition(name, state["Default"])
        for catcher in state.get("Catch", ()):
            yield StateTransition(name, catcher["Next"], tuple(catcher["ErrorEquals"]))


def places(definition: Definition, ways: Sequence[StateTransition]) -> dict[str, tuple[int, int]]:
    """Give each state a column and a row.

    The way without errors is column 0, from the top. Every other state stands in column 1, beside
    the last state whose errors it catches; one that catches none stands above the state that leads
    to it: so what undoes a step stands beside that step.
    """
    main = [definition["StartAt"]]
    while (following := definition["States"][main[-1]].get("Next")) and following not in main:
        main.append(following)
    at = {name: (0, row) for row, name in enumerate(main)}
    rows: dict[str, int] = {}
    for name in _others(main, ways, definition):
        beside = [at[way.source][1] for way in ways if way.target == name and way.source in at]
        above = [rows[way.source] - 1 for way in ways if way.target == name and way.source in rows]
        row = max(beside, default=min(above, default=0))
        while row in rows.values():
            row -= 1
        rows[name] = row
    top = min([0, *rows.values()])
    placed = {name: (column, row - top) for name, (column, row) in at.items()}
    return placed | {name: (1, row - top) for name, row in rows.items()}


def _others(main: list[str], ways: Sequence[StateTransition], definition: Definition) -> list[str]:
    """List the states off the way without errors, each after those that lead to it."""
    others = [name for name in definition["States"] if name not in main]
    found: list[str] = []

    def visit(name: str) -> None:
        if name in others and name not in found:
            found.append(name)
            for way in ways:
                if way.source == name:
                    visit(way.target)

    for source in reversed(main):
        for way in ways:
            if way.source == source:
                visit(way.target)
    return found + [name for name in others if name not in found]


def _visits(states: pd.DataFrame | None, attempts: pd.DataFrame | None) -> dict[str, Visit]:
    if states is None:
        return {}
    tries = {} if attempts is None else attempts.groupby("state")["attempt"].max().to_dict()
    found = {}
    for name, visits in states.groupby("state", sort=False):
        last = visits.iloc[-1]
        found[str(name)] = Visit(
            outcome=last["outcome"],
            error="" if pd.isna(last["error"]) else last["error"],
            tries=int(tries.get(name, 0)),
            iterations=int(visits["iteration"].notna().sum()),
        )
    return found


def _taken(states: pd.DataFrame) -> Iterator[tuple[str, str]]:
    outside = states.loc[states["iteration"].isna(), "state"].tolist()
    return pairwise(outside)


def _corner(place: tuple[int, int]) -> Place:
    return place[0] * COLUMN, place[1] * ROW


def _draw_state(
    axis: Axes,
    corner: Place,
    name: str,
    state: Definition,
    visits: Mapping[str, Visit],
    states: pd.DataFrame | None,
) -> None:
    x, y = corner
    visit = visits.get(name)
    colour = visit.colour if visit else GREY
    axis.add_patch(
        FancyBboxPatch(
            corner,
            WIDE,
            HIGH,
            boxstyle="round,pad=0,rounding_size=0.12",
            facecolor="white",
            edgecolor=colour if visit or states is None else "#BBBBBB",
            linewidth=2.2 if visit else 1.0,
            linestyle=DASHES if visit and visit.error else "-",
            zorder=3,
        )
    )
    text: dict[str, Any] = {"fontsize": TEXT_PT, "zorder": 4, "va": "center"}
    axis.text(x + 0.12, y + 0.24, name, weight="bold", **text)
    axis.text(x + WIDE - 0.12, y + 0.24, _kind(state, visits), color=GREY, ha="right", **text)
    if states is not None:
        said = visit.words if visit else "not reached"
        axis.text(x + 0.12, y + 0.58, said, color=BLACK if visit else GREY, **text)


def _kind(state: Definition, visits: Mapping[str, Visit]) -> str:
    if state["Type"] != "Map":
        return str(state["Type"])
    inner = inside(state)
    number = max((visits[name].iterations for name in inner if name in visits), default=0)
    return f"Map × {number}" if number else "Map"


def inside(state: Definition) -> list[str]:
    """List the names of the states in a Map."""
    return list(state.get("ItemProcessor", state.get("Iterator", {})).get("States", {}))


def _draw_way(
    axis: Axes, way: StateTransition, at: Mapping[str, tuple[int, int]], taken: bool, executed: bool
) -> None:
    (x1, y1), (x2, y2) = _corner(at[way.source]), _corner(at[way.target])
    if x1 == x2:
        down = y2 > y1
        start = (x1 + WIDE / 2, y1 + (HIGH if down else 0))
        end = (x2 + WIDE / 2, y2 + (0 if down else HIGH))
    else:
        start, end = (x1 + WIDE, y1 + HIGH / 2), (x2, y2 + HIGH / 2)
    strong = taken or not executed
    axis.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=11,
            shrinkA=0,
            shrinkB=0,
            color=(VERMILLION if way.errors else BLACK) if strong else "#BBBBBB",
            linestyle=DASHES if way.errors else "-",
            linewidth=2.0 if taken else 1.2,
            zorder=2,
        )
    )
    if way.errors:
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 - 0.08)
        names = "\n".join(way.errors)
        sloping = start[1] != end[1]
        axis.text(
            *middle,
            names,
            fontsize=8,
            ha="center",
            va="center" if sloping else "bottom",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0} if sloping else None,
            zorder=4,
        )


def _words(
    definition: Definition,
    ways: Sequence[StateTransition],
    visits: Mapping[str, Visit],
    executed: bool,
) -> str:
    drawn = [
        f"{way.source} to {way.target}" + (f" on {' or '.join(way.errors)}" if way.errors else "")
        for way in ways
    ]
    sentences = [f"State machine. Ways: {'; '.join(drawn)}."]
    if executed:
        told = [f"{name}: {visits[name].words}" for name in definition["States"] if name in visits]
        missed = [name for name in definition["States"] if name not in visits]
        sentences.append(f"The execution: {'; '.join(told)}.")
        if missed:
            sentences.append(f"Not reached: {', '.join(missed)}.")
    return " ".join(sentences)
