"""The traces of an account in a Region: what was sent of each, put together when it is asked for.

A subsegment may come before its segment, or by itself; a segment that is in progress is replaced by
the same one when it has ended. Nothing is put together while requests are traced.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from labkit.sandbox.services.xray.inferred import inferred_segments
from labkit.sandbox.upstream.app import responses

MOST_TRACES = 20_000
"""Kept of each account and Region, the newest; X-Ray keeps them for 30 days."""

LARGEST_BYTES = 500 * 1024
"""Of a trace; what comes later is dropped (X-Ray endpoints and quotas)."""

MOST_LINKS_OF_A_SEGMENT = 20
OF_A_SEPARATE_ONE = ("parent_id", "trace_id", "type")
"""What a subsegment says of its place when it is sent by itself."""

REFERENCE = "aws.xray.reserved.reference_type"
"""The attribute of a link that tells `parent` from `child`."""

Document = dict[str, Any]


@dataclass
class Trace:
    """What was sent of one trace.

    Attributes
    ----------
    id
        The trace's id.
    sent
        Segments and separate subsegments by id, in the order in which they came.
    children
        By segment or subsegment of this one: traces that were linked to it, each with the id of
        the segment that is linked.
    """

    id: str
    sent: dict[str, Document] = field(default_factory=dict)
    children: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))

    def segments(self) -> list[Document]:
        """Return its segments with their subsegments and links, and those that X-Ray infers."""
        documents = [_copy(document) for document in list(self.sent.values())]
        parts = {part["id"]: part for document in documents for part in walk(document)}
        separate = [one for one in documents if one.get("type") == "subsegment"]
        for part in sorted(separate, key=_start):
            if owner := parts.get(part["parent_id"]):
                owner.setdefault("subsegments", []).append(part)
        whole = [one for one in documents if one.get("type") != "subsegment"]
        for part in separate:
            for key in OF_A_SEPARATE_ONE:
                del part[key]
        found = sorted([*whole, *inferred_segments(whole)], key=_start)
        self._link(found)
        return found

    def is_partial(self) -> bool:
        """Tell whether something of it has not come yet, or has not ended."""
        segments = self.segments()
        known = {part["id"] for segment in segments for part in walk(segment)}
        return any(one.get("in_progress") for one in segments) or any(
            one.get("type") == "subsegment" and one["id"] not in known
            for one in list(self.sent.values())
        )

    def _link(self, segments: list[Document]) -> None:
        """Note the traces that were linked to a segment, at the one that stands for its queue."""
        for parent, children in self.children.items():
            owner = next((one for one in segments if one.get("parent_id") == parent), None)
            owner = owner if owner and owner.get("inferred") else _segment_with(segments, parent)
            if owner is not None:
                links = owner.setdefault("links", [])
                links += [link(*child, "child") for child in children[:MOST_LINKS_OF_A_SEGMENT]]


class Traces:
    """The traces of one account in one Region."""

    def __init__(self) -> None:
        self._traces: dict[str, Trace] = {}
        self._lock = threading.Lock()

    def put(self, document: Document) -> None:
        """Take a segment or a separate subsegment."""
        with self._lock:
            trace = self._of(document["trace_id"])
            known = trace.sent.get(document["id"])
            if known is None or known.get("in_progress"):
                trace.sent[document["id"]] = document
            for one in document.get("links") or ():
                child = document["trace_id"], document["id"]
                self._of(one["trace_id"]).children[one["id"]].append(child)

    def get(self, trace_id: str) -> Trace | None:
        """Return a trace of which something was sent; None if there is none."""
        trace = self._traces.get(trace_id)
        return trace if trace is not None and trace.sent else None

    def all(self) -> list[Trace]:
        """Return every trace, in the order in which they were first heard of."""
        with self._lock:
            return [trace for trace in self._traces.values() if trace.sent]

    def _of(self, trace_id: str) -> Trace:
        if trace_id not in self._traces:
            if len(self._traces) >= MOST_TRACES:
                del self._traces[next(iter(self._traces))]
            self._traces[trace_id] = Trace(trace_id)
        return self._traces[trace_id]


_places: dict[tuple[str, str], Traces] = {}


def traces(account: str = "", region: str = "") -> Traces:
    """Return the traces of an account in a Region; by default those of the request in hand."""
    place = account or responses.get_account_id(), region or responses.get_region()
    return _places.setdefault(place, Traces())


def walk(document: Document) -> Iterator[Document]:
    """Yield a segment and all of its subsegments, from the outside to the inside."""
    yield document
    for part in document.get("subsegments") or ():
        if isinstance(part, dict) and "id" in part:
            yield from walk(part)


def link(trace_id: str, segment_id: str, kind: str) -> dict[str, Any]:
    """Return a link to a segment of another trace, its `parent` or its `child`."""
    return {"trace_id": trace_id, "id": segment_id, "attributes": {REFERENCE: kind}}


def _segment_with(segments: list[Document], wanted: str) -> Document | None:
    return next((s for s in segments if any(part["id"] == wanted for part in walk(s))), None)


def _copy(document: Document) -> Document:
    """Copy a document as far as something is added to it here."""
    copied = dict(document)
    if document.get("subsegments"):
        copied["subsegments"] = [_copy(one) for one in document["subsegments"]]
    if document.get("links"):
        copied["links"] = list(document["links"])
    return copied


def _start(document: Document) -> float:
    return float(document["start_time"])
