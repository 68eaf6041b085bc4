"""Segments that nobody sends: X-Ray infers them from the calls that others record.

A table and a queue do not record themselves. What a subsegment of the namespace `aws` or `remote`
says of a call becomes a segment of its own, unless the called one sent a segment.
Source: X-Ray Developer Guide, "Inferred segments".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

ORIGINS = {
    "DynamoDB": "AWS::DynamoDB::Table",
    "Events": "AWS::Events",
    "EventBridge": "AWS::Events",
    "Lambda": "AWS::Lambda",
    "S3": "AWS::S3::Bucket",
    "SNS": "AWS::SNS",
    "SQS": "AWS::SQS::Queue",
    "STEPFUNCTIONS": "AWS::StepFunctions::StateMachine",
}
"""What a called service is, by the name that the X-Ray SDKs give the subsegment."""

COPIED = (
    *("aws", "cause", "end_time", "error", "fault", "http", "in_progress", "start_time"),
    "throttle",
)
"""What an inferred segment has of the subsegment that called it."""

Document = dict[str, Any]


def inferred_segments(segments: list[Document]) -> Iterator[Document]:
    """Yield a segment for each call whose callee sent none.

    Parameters
    ----------
    segments
        All segments of a trace that were sent, with their subsegments.
    """
    called = {segment.get("parent_id") for segment in segments}
    for segment in segments:
        for part in _calls(segment):
            if part["id"] not in called:
                yield _inferred(part, segment["trace_id"])


def name_of_callee(part: Document) -> str:
    """Return what a call was to, as the service map names it: a table, a queue, a host."""
    aws = part.get("aws") or {}
    for key in ("table_name", "function_name", "queue_url", "topic_arn", "bucket_name"):
        if isinstance(aws.get(key), str):
            return str(aws[key]).rstrip("/").rpartition("/")[2].rpartition(":")[2]
    names = aws.get("resource_names")
    return str(names[0]) if isinstance(names, list) and names else str(part["name"])


def _calls(document: Document) -> Iterator[Document]:
    for part in document.get("subsegments") or ():
        if not isinstance(part, dict) or "id" not in part:
            continue
        if part.get("namespace") in ("aws", "remote"):
            yield part
        yield from _calls(part)


def _inferred(part: Document, trace_id: str) -> Document:
    identity = hashlib.sha256(f"{trace_id}{part['id']}".encode()).hexdigest()[:16]
    copied = {key: part[key] for key in COPIED if key in part}
    found = {"id": identity, "name": part["name"], "trace_id": trace_id, "parent_id": part["id"]}
    origin = ORIGINS.get(part["name"]) if part["namespace"] == "aws" else "remote"
    return found | copied | {"inferred": True} | ({"origin": origin} if origin else {})
