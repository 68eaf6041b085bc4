"""What a search shows of a trace, and what a filter expression can ask of it.

A fault of a summary is one of the trace's first segment: of one that was handled further down only
`service() { fault }` tells.
Source: X-Ray API Reference, TraceSummary; X-Ray Developer Guide, "Using filter expressions".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from labkit.sandbox.services.xray.inferred import name_of_callee
from labkit.sandbox.services.xray.traces import Document, Trace, walk


class Seen(Protocol):
    """What a filter looks at: a trace as a whole, or one of its services."""

    def nodes(self) -> list[Node]:
        """Return the services."""

    def edges(self) -> list[tuple[Node, Node]]:
        """Return who called whom."""

    def annotation(self, key: str) -> list[Any]:
        """Return an annotation's values."""

    def value(self, keyword: str) -> Any:
        """Return what a keyword stands for; None where there is nothing."""

    def has(self, flag: str) -> bool:
        """Tell whether a keyword without a value holds."""


FLAGS = ("error", "fault", "throttle", "partial", "inferred", "first", "last", "root")


def flags(seen: Seen) -> set[str]:
    """Return the keywords without a value that hold; `ok` where nothing went wrong."""
    found = {flag for flag in FLAGS if seen.has(flag)}
    return found if found & {"error", "fault", "throttle"} else found | {"ok"}


@dataclass
class Node:
    """One segment as a service of its trace.

    Attributes
    ----------
    document
        The segment.
    trace
        The trace that it is of.
    """

    document: Document
    trace: TraceView = field(repr=False)

    @property
    def kind(self) -> str:
        """What it is, for example ``AWS::Lambda::Function``."""
        return str(self.document.get("origin") or "")

    @property
    def name(self) -> str:
        """Its name, as the service map has it."""
        inferred = self.document.get("inferred")
        return name_of_callee(self.document) if inferred else str(self.document["name"])

    def identity(self) -> dict[str, Any]:
        """Return it as the API names a service."""
        return {"Name": self.name, "Names": [self.name], "Type": self.kind}

    def is_called(self, name: str, kind: str) -> bool:
        """Tell whether it has a name and is of a kind; an empty one fits everything."""
        names = (self.name, self.document["name"])
        return (not name or name in names) and (not kind or kind == self.kind)

    def nodes(self) -> list[Node]:
        """Return itself: `service()` within another one is the same."""
        return [self]

    def edges(self) -> list[tuple[Node, Node]]:
        """Return who called it, with itself."""
        return [(caller, callee) for caller, callee in self.trace.edges() if callee is self]

    def annotation(self, key: str) -> list[Any]:
        """Return the values of an annotation in it or in its subsegments."""
        found = (part.get("annotations") or {} for part in walk(self.document))
        return [annotations[key] for annotations in found if key in annotations]

    def value(self, keyword: str) -> Any:
        """Return what a keyword stands for."""
        http = self.document.get("http") or {}
        request, response = http.get("request") or {}, http.get("response") or {}
        seconds = _seconds(self.document)
        return {
            "duration": seconds,
            "http.clientip": request.get("client_ip"),
            "http.method": request.get("method"),
            "http.status": response.get("status"),
            "http.url": request.get("url"),
            "http.useragent": request.get("user_agent"),
            "name": self.name,
            "responsetime": seconds,
            "type": self.kind,
            "user": self.document.get("user"),
        }[keyword]

    def has(self, flag: str) -> bool:
        """Tell whether a keyword without a value holds."""
        if flag in ("root", "first"):
            return self is self.trace.root
        if flag == "last":
            return all(caller is not self for caller, _ in self.trace.edges())
        wanted = {"partial": "in_progress"}.get(flag, flag)
        return bool(self.document.get(wanted))


class TraceView:
    """A trace as a search sees it.

    Parameters
    ----------
    trace
        The trace.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._nodes = [Node(document, self) for document in trace.segments()]
        known = {part["id"] for node in self._nodes for part in walk(node.document)}
        begin = [node for node in self._nodes if node.document.get("parent_id") not in known]
        self.root: Node | None = begin[0] if begin else None
        self._edges = list(self._find_edges())

    @property
    def id(self) -> str:
        """The trace's id."""
        return self._trace.id

    @property
    def begin(self) -> float:
        """When it began, in seconds since 1970."""
        return min((float(node.document["start_time"]) for node in self._nodes), default=0.0)

    @property
    def seconds(self) -> float:
        """From the beginning of its first segment to the end of the last."""
        return max((_end(node.document) for node in self._nodes), default=0.0) - self.begin

    def nodes(self) -> list[Node]:
        """Return its services."""
        return self._nodes

    def edges(self) -> list[tuple[Node, Node]]:
        """Return who called whom."""
        return self._edges

    def annotation(self, key: str) -> list[Any]:
        """Return an annotation's values in all its segments."""
        return [value for node in self._nodes for value in node.annotation(key)]

    def value(self, keyword: str) -> Any:
        """Return what a keyword stands for: that of the first segment."""
        if keyword == "duration":
            return self.seconds
        return self.root.value(keyword) if self.root else None

    def has(self, flag: str) -> bool:
        """Tell whether a keyword without a value holds: for the first segment."""
        if flag == "partial":
            return self._trace.is_partial()
        return bool(self.root and self.root.has(flag))

    def summary(self) -> dict[str, Any]:
        """Return it as GetTraceSummaries shows it."""
        root = self.root
        found = {
            "Id": self.id,
            "StartTime": self.begin,
            "Duration": round(self.seconds, 3),
            "ResponseTime": round(root.value("responsetime"), 3) if root else None,
            "HasFault": self.has("fault"),
            "HasError": self.has("error"),
            "HasThrottle": self.has("throttle"),
            "IsPartial": self.has("partial"),
            "Http": self._http(),
            "Annotations": self._annotations(),
            "Users": [],
            "ServiceIds": list(_unique([node.identity() for node in self._nodes])),
            "EntryPoint": root.identity() if root else None,
            "Revision": len(self._trace.sent),
        }
        return {name: value for name, value in found.items() if value is not None}

    def _http(self) -> dict[str, Any]:
        if self.root is None:
            return {}
        named = {
            "HttpURL": "http.url",
            "HttpStatus": "http.status",
            "HttpMethod": "http.method",
            "UserAgent": "http.useragent",
            "ClientIp": "http.clientip",
        }
        values = {name: self.root.value(keyword) for name, keyword in named.items()}
        return {name: value for name, value in values.items() if value is not None}

    def _annotations(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for node in self._nodes:
            for part in walk(node.document):
                for key, value in (part.get("annotations") or {}).items():
                    found[key].append(
                        {"AnnotationValue": _typed(value), "ServiceIds": [node.identity()]}
                    )
        return dict(found)

    def _find_edges(self) -> Iterator[tuple[Node, Node]]:
        owner = {part["id"]: node for node in self._nodes for part in walk(node.document)}
        for node in self._nodes:
            caller = owner.get(node.document.get("parent_id"))
            if caller is not None and caller is not node:
                yield caller, node


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"BooleanValue": value}
    if isinstance(value, int | float):
        return {"NumberValue": value}
    return {"StringValue": str(value)}


def _unique(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for number, item in enumerate(items):
        if item not in items[:number]:
            yield item


def _seconds(document: Document) -> float:
    return max(0.0, _end(document) - float(document["start_time"]))


def _end(document: Document) -> float:
    """Return when a segment ended; one that is in progress counts from its beginning."""
    return float(document.get("end_time") or document["start_time"])
