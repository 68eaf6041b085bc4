"""The map of services: boxes in the order of the calls, with how often and how long."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from labkit.show.measurements.trace_waterfall import KINDS, short_name
from labkit.show.picture import Picture, picture
from labkit.show.style import BLACK, BLUE, GREY, VERMILLION, panels, style
from labkit.show.words import count, duration

BOX_W, BOX_H = 0.84, 0.78
LINE_H = 0.165
NAME_PT, SMALL_PT = 7.2, 6.6
LINKED = "link"


@dataclass
class Node:
    """A service of the map.

    Attributes
    ----------
    name, kind
        What it is called, and what it is.
    calls, faults, mean_s
        How often it was called, how often it failed, and how long a call took.
    after
        Numbers of the services that it calls, and whether through a queue.
    column, row
        Where it stands.
    """

    name: str
    kind: str
    calls: int
    faults: int
    mean_s: float
    after: dict[int, bool] = field(default_factory=dict)
    column: int = 0
    row: int = 0


def service_map(services: Iterable[Mapping[str, Any]]) -> Picture:
    """Draw the services of X-Ray's map.

    Lambda's own node and the function's are one box.

    Parameters
    ----------
    services : iterable of mapping
        ``Services`` of GetServiceGraph or GetTraceGraph.

    Returns
    -------
    Picture

    Raises
    ------
    ValueError
        If there is none.
    """
    nodes = _nodes(list(services))
    if not nodes:
        raise ValueError("There is no service on the map yet: no trace was recorded.")
    _place(nodes)
    columns = max(node.column for node in nodes.values()) + 1
    rows = max(node.row for node in nodes.values()) + 1
    with style():
        figure, (axis,) = panels(1, 0.3 + 1.15 * rows)
        axis.set_axis_off()
        axis.set_xlim(-0.5, columns - 0.5)
        axis.set_ylim(rows - 0.5, -0.5)
        for node in nodes.values():
            for number, linked in node.after.items():
                _arrow(axis, node, nodes[number], linked=linked)
        for node in nodes.values():
            _box(axis, node)
        return picture(figure, _words(nodes))


def _nodes(services: list[Mapping[str, Any]]) -> dict[int, Node]:
    """Return the services by number, the two of a function as one."""
    same = _functions(services)
    found: dict[int, Node] = {}
    for one in services:
        number = same.get(one["ReferenceId"], one["ReferenceId"])
        if number == one["ReferenceId"]:
            found[number] = _node(one)
    for one in services:
        source = same.get(one["ReferenceId"], one["ReferenceId"])
        for edge in one.get("Edges", ()):
            target = same.get(edge["ReferenceId"], edge["ReferenceId"])
            if target != source and target in found:
                found[source].after[target] = edge.get("EdgeType") == LINKED
    return found


def _functions(services: list[Mapping[str, Any]]) -> dict[int, int]:
    """Map the number of Lambda's own node to that of its function's."""
    functions = {
        one["Name"]: one["ReferenceId"]
        for one in services
        if one.get("Type") == "AWS::Lambda::Function"
    }
    return {
        one["ReferenceId"]: functions[one["Name"]]
        for one in services
        if one.get("Type") == "AWS::Lambda" and one["Name"] in functions
    }


def _node(service: Mapping[str, Any]) -> Node:
    statistics = service.get("SummaryStatistics") or {}
    calls = statistics.get("TotalCount", 0)
    kind = service.get("Type", "")
    name = "customer" if kind == "client" else short_name(service.get("Name", ""))
    faults = (statistics.get("FaultStatistics") or {}).get("TotalCount", 0)
    mean_s = statistics.get("TotalResponseTime", 0.0) / calls if calls else 0.0
    return Node(name, KINDS.get(kind, ""), calls, faults, mean_s)


def _place(nodes: dict[int, Node]) -> None:
    """Put each service one column behind the last that calls it."""
    for _ in nodes:
        for node in nodes.values():
            for number in node.after:
                if nodes[number] is not node and nodes[number].column <= node.column:
                    nodes[number].column = min(node.column + 1, len(nodes))
    taken: dict[int, int] = {}
    for node in nodes.values():
        node.row = taken.get(node.column, 0)
        taken[node.column] = node.row + 1


def _box(axis: Axes, node: Node) -> None:
    colour = VERMILLION if node.faults else BLUE if node.calls else GREY
    corner = (node.column - BOX_W / 2, node.row - BOX_H / 2)
    axis.add_patch(
        FancyBboxPatch(
            corner, BOX_W, BOX_H, boxstyle="round,pad=0,rounding_size=0.06",
            facecolor="white", edgecolor=colour, linewidth=1.6 if not node.faults else 2.6,
        )
    )  # fmt: skip
    lines = [node.name, node.kind]
    if node.calls:
        lines += [f"{node.calls}×, {duration(node.mean_s)}"]
    if node.faults:
        lines += [f"✗ {count(node.faults, 'fault')}"]
    lines = [line for line in lines if line]
    for number, line in enumerate(lines):
        y = node.row + (number - (len(lines) - 1) / 2) * LINE_H
        weight = "bold" if number == 0 else "normal"
        size = NAME_PT if number == 0 else SMALL_PT
        axis.text(
            node.column, y, line, ha="center", va="center", fontsize=size, fontweight=weight,
            color=BLACK,
        )  # fmt: skip


def _arrow(axis: Axes, source: Node, target: Node, *, linked: bool) -> None:
    begin = (source.column + BOX_W / 2, source.row)
    end = (target.column - BOX_W / 2, target.row)
    axis.add_patch(
        FancyArrowPatch(
            begin, end, arrowstyle="-|>", mutation_scale=9, color=GREY, linewidth=1.2,
            linestyle="--" if linked else "-", shrinkA=0, shrinkB=0,
        )
    )  # fmt: skip


def _words(nodes: Mapping[int, Node]) -> str:
    told = []
    for node in nodes.values():
        calls = ", ".join(
            f"{nodes[number].name}{' (linked)' if linked else ''}"
            for number, linked in node.after.items()
        )
        faults = f", {count(node.faults, 'fault')}" if node.faults else ""
        shown = f"{node.name}: {count(node.calls, 'call')}, {duration(node.mean_s)} each{faults}"
        told.append(f"{shown}; calls {calls}" if calls else shown)
    return f"A map of {count(len(nodes), 'service')}. {'. '.join(told)}."
