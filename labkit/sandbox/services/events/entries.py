"""Events that are put: each entry is taken or refused by itself.

MiniStack takes events that AWS refuses, and the time at which it gets them.
Source: EventBridge API Reference, PutEvents.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from contextvars import ContextVar
from typing import Any

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.services.xray import header, propagation
from labkit.sandbox.upstream.app import responses

MOST_ENTRIES = 10

Data = dict[str, Any]


MOST_BYTES = 1024 * 1024
"""Of all entries of a request together: "less than 1MB" (PutEvents in botocore's model)."""

TIME_BYTES = 14
"""What an entry's time counts for."""

_time: ContextVar[float | None] = ContextVar("time of the entry", default=None)


def now() -> float:
    """Return the time that an event gets, in seconds since 1970."""
    return _time.get() or time.time()


def put(upstream: Any, data: Data, allow_aws_source: bool = False) -> Any:
    """Put each event by itself.

    Raises
    ------
    labkit.sandbox.gateway.errors.ValidationError
        If there are too many, or too much of them.
    """
    entries = [_with_text(entry) for entry in data.get("Entries", [])]
    if sum(map(_size, entries)) >= MOST_BYTES:
        raise ValidationError("Total size of the entries in the request is over the limit.")
    if len(entries) > MOST_ENTRIES:
        raise ValidationError(
            f"1 validation error detected: Value '{len(entries)}' at 'entries' failed to satisfy "
            f"constraint: Member must have length less than or equal to {MOST_ENTRIES}"
        )
    answers = [_put_one(upstream, entry, allow_aws_source) for entry in entries]
    failed = sum("ErrorCode" in answer for answer in answers)
    return responses.json_response({"FailedEntryCount": failed, "Entries": answers})


def _put_one(upstream: Any, entry: Data, allow_aws_source: bool) -> Data:
    """Put an entry as of the time, and in the trace, that it names; return what is answered."""
    if not allow_aws_source and (found := _problem(entry)):
        return {"ErrorCode": found[0], "ErrorMessage": found[1]}
    token = _time.set(_seconds(entry.get("Time")))
    trace = header.read(entry.get("TraceHeader")) or propagation.arriving()
    try:
        with propagation.carrying(trace):
            _, _, body = upstream({"Entries": [entry]}, allow_aws_source)
    finally:
        _time.reset(token)
    answer: Data = json.loads(body)["Entries"][0]
    return answer


def _size(entry: Data) -> int:
    texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")]
    texts += entry.get("Resources") or []
    return sum(len(str(text).encode()) for text in texts) + TIME_BYTES * ("Time" in entry)


def _seconds(given: Any) -> float | None:
    """Return an entry's time as seconds since 1970; None if it has none."""
    if given is None or isinstance(given, int | float):
        return given
    return dt.datetime.fromisoformat(str(given)).timestamp()


def _with_text(entry: Data) -> Data:
    """Return an entry whose detail is text: Step Functions hands over objects."""
    detail = entry.get("Detail")
    return entry | {"Detail": json.dumps(detail)} if isinstance(detail, dict) else entry


def _problem(entry: Data) -> tuple[str, str] | None:
    """Return the code and the text that an entry is refused with; None if it is not."""
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            text = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return "InvalidArgument", text
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    return None if isinstance(detail, dict) else ("MalformedDetail", "Detail is malformed.")
