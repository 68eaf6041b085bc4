"""A pipeline as a graph: its stages from left to right, and what came of each action."""

from __future__ import annotations

import textwrap

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from labkit.labs.deployments.pipeline import SHIFT
from labkit.show.picture import Picture, picture
from labkit.show.style import BLACK, BLUE, GREEN, GREY, VERMILLION, panels, style

WIDE, HIGH, GAP_X, GAP_Y = 2.5, 0.85, 0.7, 0.35
"""A box and the room between boxes, in units of the graph."""

LOOKS = {
    "Succeeded": (GREEN, "✓ succeeded"),
    "Failed": (VERMILLION, "✗ failed"),
    "InProgress": (BLUE, "… under way"),
    "Abandoned": (GREY, "stopped"),
    "not reached": (GREY, "not reached"),
}
"""Colour and words of each status."""


def pipeline_graph(actions: pd.DataFrame, seen: pd.DataFrame | None = None) -> Picture:
    """Draw an execution of a pipeline.

    Parameters
    ----------
    actions : pandas.DataFrame
        As `labkit.labs.deployments.DeliveryPipeline.actions` returns it.
    seen : pandas.DataFrame, optional
        As `labkit.labs.deployments.DeploymentWatch.seen` returns it: with it, the action `SHIFT` is
        drawn as its two parts, the canary and the full shift.

    Returns
    -------
    Picture
    """
    if seen is not None and seen["other"].notna().any():
        actions = two_parts(actions)
    stages = list(dict.fromkeys(actions["stage"]))
    rows = int(actions.groupby("stage").size().max())
    with style():
        figure, (axis,) = panels(1, 0.75 + 0.75 * rows)
        axis.set(
            xlim=(-0.1, len(stages) * (WIDE + GAP_X) - GAP_X + 0.1),
            ylim=(rows * (HIGH + GAP_Y), -0.55),
        )
        axis.axis("off")
        for column, stage in enumerate(stages):
            _draw_stage(axis, column, stage, actions[actions["stage"] == stage])
        return picture(figure, _words(actions, stages))


def two_parts(actions: pd.DataFrame) -> pd.DataFrame:
    """Put the canary and the full shift in the place of the action that is both.

    To be used where two versions have been seen, so that the canary has begun: an action that
    failed or was stopped did not come to the full shift.
    """
    shift = actions[actions["action"] == SHIFT]
    canary, full = shift.assign(action="canary"), shift.assign(action="full")
    full.loc[full["status"] != "Succeeded", ["status", "error"]] = ["not reached", None]
    return pd.concat([actions[actions["action"] != SHIFT], canary, full], ignore_index=True)


def _draw_stage(axis: Axes, column: int, stage: str, actions: pd.DataFrame) -> None:
    left = column * (WIDE + GAP_X)
    axis.text(left, -0.2, f"{column + 1} · {stage}", fontweight="bold", fontsize=10.5)
    if column:
        axis.annotate(
            "", (left - 0.08, HIGH / 2), (left - GAP_X + 0.08, HIGH / 2),
            arrowprops={"arrowstyle": "-|>", "color": BLACK, "lw": 1.4},
        )  # fmt: skip
    for row, action in enumerate(actions.itertuples()):
        top = row * (HIGH + GAP_Y)
        _draw_action(axis, left, top, str(action.action), str(action.status))
        if row:
            axis.annotate(
                "", (left + WIDE / 2, top - 0.03), (left + WIDE / 2, top - GAP_Y + 0.03),
                arrowprops={"arrowstyle": "-|>", "color": BLACK, "lw": 1.2},
            )  # fmt: skip


def _draw_action(axis: Axes, left: float, top: float, name: str, status: str) -> None:
    colour, words = LOOKS[status]
    reached = status != "not reached"
    axis.add_patch(
        FancyBboxPatch(
            (left, top), WIDE, HIGH, boxstyle="round,pad=0,rounding_size=0.1",
            facecolor="white", edgecolor=colour, linewidth=2.2 if reached else 1.0,
            linestyle="-" if reached else (0, (3, 2)),
        )
    )  # fmt: skip
    middle = left + WIDE / 2
    axis.text(middle, top + HIGH * 0.34, name, ha="center", va="center", fontsize=9.5)
    axis.text(middle, top + HIGH * 0.7, words, ha="center", va="center", fontsize=9, color=colour)


def _words(actions: pd.DataFrame, stages: list[str]) -> str:
    told = []
    for stage in stages:
        of_stage = actions[actions["stage"] == stage]
        done = [
            f"{one.action} {LOOKS[str(one.status)][1].lstrip('✓✗… ')}"
            for one in of_stage.itertuples()
        ]
        told.append(f"{stage}: {', '.join(done)}")
    failed = actions["error"].dropna()
    why = f" It failed: {textwrap.shorten(str(failed.iloc[0]), 160)}" if len(failed) else ""
    return f"A pipeline of {len(stages)} stages. {'; '.join(told)}.{why}"
