"""Segment documents as they are sent: read, checked, and refused one by one.

A document that is refused does not hold up the others of its request. The codes are X-Ray's as far
as it documents them (`InvalidTraceId`); the others are in the same form.
Source: X-Ray API Reference, PutTraceSegments; X-Ray Developer Guide, "Segment documents".
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.services.xray.header import SEGMENT_ID, TRACE_ID, as_xray_writes

LARGEST_BYTES = 64 * 1024
"""Of a segment document (X-Ray endpoints and quotas)."""

LONGEST_NAME = 200

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
    except ValueError:
        raise Unprocessed("ParseError") from None
    if not isinstance(document, dict):
        raise Unprocessed("ParseError")
    _check(document)
    return document | {"trace_id": as_xray_writes(document["trace_id"])}


def _check(document: Document) -> None:
    given_id = document.get("id")
    segment_id = given_id if isinstance(given_id, str) else ""
    for code, sound in _rules(document):
        if not sound:
            raise Unprocessed(code, segment_id)


def _rules(document: Document) -> list[tuple[str, bool]]:
    name, start = document.get("name"), document.get("start_time")
    is_part = document.get("type") == "subsegment"
    ended = _is_time(document.get("end_time")) or document.get("in_progress") is True
    return [
        ("MissingId", isinstance(document.get("id"), str)),
        ("InvalidId", bool(SEGMENT_ID.fullmatch(str(document.get("id"))))),
        ("MissingName", isinstance(name, str) and bool(name)),
        ("InvalidName", len(str(name)) <= LONGEST_NAME),
        ("MissingTraceId", isinstance(document.get("trace_id"), str)),
        ("InvalidTraceId", bool(TRACE_ID.fullmatch(as_xray_writes(str(document.get("trace_id")))))),
        ("MissingStartTime", _is_time(start)),
        ("MissingEndTime", ended),
        ("MissingParentId", not is_part or isinstance(document.get("parent_id"), str)),
        ("InvalidAnnotations", isinstance(document.get("annotations", {}), dict)),
        ("InvalidMetadata", isinstance(document.get("metadata", {}), dict)),
        ("InvalidSubsegments", isinstance(document.get("subsegments", []), list)),
    ]


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
