"""Segment documents as they are sent: read, checked, and refused one by one.

A document that is refused does not hold up the others of its request. The codes are X-Ray's as far
as it documents them (`InvalidTraceId`); the others are in the same form.
Source: X-Ray API Reference, PutTraceSegments; X-Ray Developer Guide, "Segment documents".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from labkit.sandbox.services.xray.header import SEGMENT_ID, TRACE_ID, as_xray_writes

LARGEST_BYTES = 64 * 1024
"""Of a segment document (X-Ray endpoints and quotas)."""

LONGEST_NAME = 200

DEEPEST = 100
"""Subsegments within one another that are read here; X-Ray names no limit but the size."""

LATEST_SECONDS = 253_402_300_800
"""The end of the year 9999, in seconds since 1970: a time beyond it is none."""

KINDS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("annotations", "aws", "http", "metadata", "service", "sql"), dict),
    **dict.fromkeys(("links", "precursor_ids", "subsegments"), list),
    **dict.fromkeys(("namespace", "origin", "parent_id", "resource_arn", "user"), str),
    **dict.fromkeys(("error", "fault", "throttle"), bool),
    "cause": (dict, str),
}
"""What a segment or subsegment may say, and as what ("Segment fields" and "Subsegment fields")."""

HTTP, AWS = ("request", "response"), ("operation", "queue_url", "request_id", "table_name")
"""What `http` may hold, each an object, and what is read of `aws`, each a text."""

Document = dict[str, Any]


class Unprocessed(Exception):
    """A document that is not taken.

    Parameters
    ----------
    code
        X-Ray's word for what is wrong.
    segment_id
        The segment's id, as far as it can be read.
    """

    def __init__(self, code: str, segment_id: str = "") -> None:
        super().__init__(f"Invalid segment. ErrorCode: {code}")
        self.code = code
        self.segment_id = segment_id

    def answer(self) -> dict[str, str]:
        """Return it as PutTraceSegments tells it."""
        told = {"ErrorCode": self.code, "Message": str(self)}
        return told | ({"Id": self.segment_id} if self.segment_id else {})


def read(text: str) -> Document:
    """Read a segment, or a subsegment that is sent by itself.

    Raises
    ------
    Unprocessed
        If it is not one.
    """
    if len(text.encode()) > LARGEST_BYTES:
        raise Unprocessed("SegmentTooLarge")
    try:
        document = json.loads(text)
        if not isinstance(document, dict):
            raise Unprocessed("ParseError")
        _check(document)
    except (ValueError, RecursionError):
        raise Unprocessed("ParseError") from None
    return document | {"trace_id": as_xray_writes(document["trace_id"])}


def _check(document: Document) -> None:
    given_id = document.get("id")
    segment_id = given_id if isinstance(given_id, str) else ""
    for code, sound in _rules(document):
        if not sound:
            raise Unprocessed(code, segment_id)


def _rules(document: Document) -> Iterator[tuple[str, bool]]:
    """Yield what has to hold of a document, with the code that says it does not."""
    yield from _of_part(document)
    is_separate = document.get("type") == "subsegment"
    trace_id = document.get("trace_id")
    yield "MissingTraceId", isinstance(trace_id, str)
    yield "InvalidTraceId", bool(TRACE_ID.fullmatch(as_xray_writes(str(trace_id))))
    yield "MissingParentId", not is_separate or isinstance(document.get("parent_id"), str)


def _of_part(part: Any, depth: int = 0) -> Iterator[tuple[str, bool]]:
    """Yield what has to hold of a segment or subsegment, and of all within it."""
    yield "InvalidSubsegments", isinstance(part, dict) and depth <= DEEPEST
    name, start = part.get("name"), part.get("start_time")
    ended = _is_time(part.get("end_time")) or part.get("in_progress") is True
    yield "MissingId", isinstance(part.get("id"), str)
    yield "InvalidId", bool(SEGMENT_ID.fullmatch(str(part.get("id"))))
    yield "MissingName", isinstance(name, str) and bool(name)
    yield "InvalidName", len(str(name)) <= LONGEST_NAME
    yield "MissingStartTime", _is_time(start)
    yield "MissingEndTime", ended
    yield "InvalidEndTime", "end_time" not in part or _is_time(part["end_time"])
    for member, kinds in KINDS.items():
        code = f"Invalid{member.title().replace('_', '')}"
        yield code, member not in part or isinstance(part[member], kinds)
    http, aws = part.get("http", {}), part.get("aws", {})
    yield "InvalidHttp", all(isinstance(http.get(one, {}), dict) for one in HTTP)
    yield "InvalidAws", all(isinstance(aws.get(one, ""), str) for one in AWS)
    yield "InvalidLinks", all(map(_is_link, part.get("links", ())))
    for inner in part.get("subsegments", ()):
        yield from _of_part(inner, depth + 1)


def _is_link(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(name), str) for name in ("trace_id", "id"))
        and isinstance(value.get("attributes", {}), dict)
    )


def _is_time(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value < LATEST_SECONDS
