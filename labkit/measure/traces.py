"""Traces as a tidy frame: one row for each segment and subsegment, those of linked traces, too."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from labkit.polling import wait_until

CHILD = "child"
REFERENCE = "aws.xray.reserved.reference_type"
"""The attribute of a link that says which of two traces came first."""

COLUMNS = (
    *("trace", "id", "parent", "depth", "name", "origin", "kind", "start_s", "end_s"),
    *("fault", "linked", "order_id"),
)

Document = dict[str, Any]


def new_trace() -> str:
    """Return the id of a trace that begins now: `1-`, the time in seconds, and a random number."""
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def recorded(trace_id: str) -> dict[str, str]:
    """Return the header of a request whose trace is recorded, whatever the sampling rules say."""
    return {"X-Amzn-Trace-Id": f"Root={trace_id};Sampled=1"}


def trace_of(
    xray: Any, trace_id: str, services: Iterable[str], seconds: float = 60.0
) -> pd.DataFrame:
    """Wait for a trace, with those that are linked to it, and return it.

    Parameters
    ----------
    xray
        A boto3 client.
    trace_id : str
        The trace in which the order was placed.
    services : iterable of str
        Names of segments to wait for: X-Ray takes some seconds on AWS.
    seconds : float
        The longest wait.

    Returns
    -------
    pandas.DataFrame
        One row for each segment and subsegment, in the order of a waterfall: ``trace``, ``id``,
        ``parent``; ``depth`` (0 for the first); ``name``, ``origin`` (empty for a subsegment);
        ``kind`` ("segment", "inferred", "subsegment"); ``start_s`` and ``end_s`` (since the trace
        began); ``fault``; ``linked`` (whether it is of a linked trace); ``order_id``.

    Raises
    ------
    labkit.polling.NotInTime
        If a service has sent nothing by then.
    """
    wanted = set(services)

    def complete() -> list[list[Document]]:
        found = list(_with_linked(xray, trace_id))
        seen = {one["name"] for segments in found for one in segments if "end_time" in one}
        return found if wanted <= seen else []

    found = wait_until(complete, seconds, f"the trace to show {', '.join(sorted(wanted))}")
    return as_frame(found)


def trace_so_far(xray: Any, trace_id: str) -> pd.DataFrame:
    """Return what X-Ray has by now of a trace and of those that are linked to it.

    Returns
    -------
    pandas.DataFrame
        As `trace_of` returns it; without a row as long as nothing has come.
    """
    return as_frame(_with_linked(xray, trace_id))


def as_frame(traces: Iterable[Iterable[Document]]) -> pd.DataFrame:
    """Return the segments of traces, the first of which leads to the others, as rows."""
    rows = [row for number, one in enumerate(traces) for row in _rows(list(one), number > 0)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    begin = frame["start_s"].min()
    return frame.assign(start_s=frame["start_s"] - begin, end_s=frame["end_s"] - begin)


def _with_linked(xray: Any, trace_id: str) -> Iterator[list[Document]]:
    """Yield the segments of a trace, and of every one that is linked to it."""
    waiting, seen = [trace_id], set()
    while waiting:
        one = waiting.pop(0)
        seen.add(one)
        answer = xray.batch_get_traces(TraceIds=[one])["Traces"]
        segments = [json.loads(part["Document"]) for found in answer for part in found["Segments"]]
        if segments:
            yield segments
        linked = (link for segment in segments for link in segment.get("links", ()))
        children = (link for link in linked if link["attributes"].get(REFERENCE) == CHILD)
        waiting += [link["trace_id"] for link in children if link["trace_id"] not in seen]


def _rows(segments: list[Document], linked: bool) -> Iterator[dict[str, Any]]:
    """Yield the rows of one trace, each call before what it called."""
    below: dict[str | None, list[Document]] = {}
    known = {part["id"] for segment in segments for part in _walk(segment)}
    for segment in segments:
        parent = segment.get("parent_id")
        below.setdefault(parent if parent in known else None, []).append(segment)

    def rows(document: Document, depth: int, parent: str | None, of: str) -> Iterator[Any]:
        yield _row(document, depth, parent, of) | {"linked": linked, "trace": of}
        inside = [*document.get("subsegments", ()), *below.get(document["id"], ())]
        for part in sorted(inside, key=_start):
            yield from rows(part, depth + 1, document["id"], of)

    for first in sorted(below.get(None, ()), key=_start):
        yield from rows(first, 0, None, first["trace_id"])


def _row(document: Document, depth: int, parent: str | None, of: str) -> dict[str, Any]:
    is_segment = "trace_id" in document
    kind = "inferred" if document.get("inferred") else "segment" if is_segment else "subsegment"
    return {
        "id": document["id"],
        "parent": parent,
        "depth": depth,
        "name": document["name"],
        "origin": document.get("origin", ""),
        "kind": kind,
        "start_s": float(document["start_time"]),
        "end_s": float(document["end_time" if "end_time" in document else "start_time"]),
        "fault": bool(document.get("fault")),
        "order_id": (document.get("annotations") or {}).get("orderId"),
    }


def _start(document: Mapping[str, Any]) -> float:
    return float(document["start_time"])


def _walk(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield document
    for part in document.get("subsegments", ()):
        yield from _walk(part)
