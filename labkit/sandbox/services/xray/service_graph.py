"""The service map: who calls whom in the traces of a period, how often, how long, with what faults.

A client stands before the services that begin traces. A queue that a function takes messages from
is joined to it through the link between the two traces.
Source: X-Ray API Reference, GetServiceGraph.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from labkit.sandbox.services.xray.summaries import Node, TraceView
from labkit.sandbox.services.xray.traces import REFERENCE

CLIENT = ("client", "client")
Key = tuple[str, str]


@dataclass
class Statistics:
    """What was seen of a service or an edge."""

    seconds: list[float] = field(default_factory=list)
    faults: int = 0
    errors: int = 0
    throttles: int = 0
    begin: float = float("inf")
    end: float = 0.0

    def add(self, node: Node) -> None:
        """Count one segment."""
        self.seconds.append(node.value("duration"))
        self.faults += node.has("fault")
        self.throttles += node.has("throttle")
        self.errors += node.has("error") and not node.has("throttle")
        self.begin = min(self.begin, float(node.document["start_time"]))
        self.end = max(self.end, float(node.document["start_time"]) + self.seconds[-1])

    def summary(self) -> dict[str, Any]:
        """Return it as the API writes it."""
        wrong = self.faults + self.errors + self.throttles
        return {
            "OkCount": len(self.seconds) - wrong,
            "ErrorStatistics": {
                "ThrottleCount": self.throttles,
                "OtherCount": self.errors,
                "TotalCount": self.errors + self.throttles,
            },
            "FaultStatistics": {"OtherCount": self.faults, "TotalCount": self.faults},
            "TotalCount": len(self.seconds),
            "TotalResponseTime": round(sum(self.seconds), 6),
        }

    def histogram(self) -> list[dict[str, Any]]:
        """Return how often each duration came, in seconds."""
        rounded = [round(value, 3) for value in self.seconds]
        return [{"Value": v, "Count": rounded.count(v)} for v in sorted(set(rounded))]

    def times(self) -> dict[str, float]:
        """Return from when to when, in seconds since 1970."""
        return {"StartTime": self.begin, "EndTime": self.end}


@dataclass
class Graph:
    """Services and edges, by name and kind."""

    services: dict[Key, Statistics] = field(default_factory=dict)
    edges: dict[tuple[Key, Key], Statistics] = field(default_factory=dict)
    roots: set[Key] = field(default_factory=set)
    linked: set[tuple[Key, Key]] = field(default_factory=set)

    def add(self, caller: Key, node: Node) -> None:
        """Count a call of a service."""
        self.edges.setdefault((caller, _key(node)), Statistics()).add(node)


def service_graph(views: Iterable[TraceView], account: str) -> list[dict[str, Any]]:
    """Return the services of traces with their edges, as the API writes them."""
    graph, by_id = Graph(), {view.id: view for view in views}
    for view in by_id.values():
        _add(graph, view, by_id)
    numbers = {key: number for number, key in enumerate([*graph.services, CLIENT])}
    found = [_service(graph, key, numbers, account) for key in graph.services]
    if graph.roots:
        found.append(_client(graph, numbers))
    return found


def _add(graph: Graph, view: TraceView, by_id: dict[str, TraceView]) -> None:
    for node in view.nodes():
        graph.services.setdefault(_key(node), Statistics()).add(node)
    for caller, callee in view.edges():
        graph.add(_key(caller), callee)
    for node in view.nodes():
        for one in node.document.get("links") or ():
            if one.get("attributes", {}).get(REFERENCE) == "child":
                _add_link(graph, node, by_id.get(one["trace_id"]), one["id"])
    root = view.root
    if root is not None and not root.document.get("links"):
        graph.roots.add(_key(root))
        graph.add(CLIENT, root)


def _add_link(graph: Graph, queue: Node, child: TraceView | None, segment_id: str) -> None:
    linked = [node for node in child.nodes() if node.document["id"] == segment_id] if child else []
    for node in linked:
        graph.add(_key(queue), node)
        graph.linked.add((_key(queue), _key(node)))


def _key(node: Node) -> Key:
    return node.name, node.kind


def _service(graph: Graph, key: Key, numbers: dict[Key, int], account: str) -> dict[str, Any]:
    name, kind = key
    statistics = graph.services[key]
    found = {
        "ReferenceId": numbers[key],
        "Name": name,
        "Names": [name],
        "AccountId": account,
        "State": "active",
        "Edges": _edges(graph, key, numbers),
        "SummaryStatistics": statistics.summary(),
        "DurationHistogram": statistics.histogram(),
        "ResponseTimeHistogram": statistics.histogram(),
        **statistics.times(),
    }
    return found | ({"Type": kind} if kind else {}) | ({"Root": True} if key in graph.roots else {})


def _client(graph: Graph, numbers: dict[Key, int]) -> dict[str, Any]:
    edges = _edges(graph, CLIENT, numbers)
    times = {
        "StartTime": min(edge["StartTime"] for edge in edges),
        "EndTime": max(edge["EndTime"] for edge in edges),
    }
    return {
        "ReferenceId": numbers[CLIENT], "Names": [], "Type": "client", "State": "unknown",
        "Edges": edges, **times,
    }  # fmt: skip


def _edges(graph: Graph, key: Key, numbers: dict[Key, int]) -> list[dict[str, Any]]:
    return [
        {
            "ReferenceId": numbers[callee],
            "SummaryStatistics": statistics.summary(),
            "ResponseTimeHistogram": statistics.histogram(),
            "Aliases": [],
            "EdgeType": "link" if (caller, callee) in graph.linked else "",
            **statistics.times(),
        }
        for (caller, callee), statistics in graph.edges.items()
        if caller == key
    ]
