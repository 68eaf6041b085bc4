"""Events that are put: each entry is taken or refused by itself.

MiniStack takes events that AWS refuses; the seam is the operation.
Source: EventBridge API Reference, PutEvents.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from contextvars import ContextVar
from typing import Any

from labkit.sandbox.services.events.rules import Problem
from labkit.sandbox.upstream import seams

MODULE = "ministack.services.eventbridge"

MOST_ENTRIES = 10

Data = dict[str, Any]


MOST_BYTES = 1024 * 1024
"""Of all entries of a request together: "less than 1MB" (PutEvents in botocore's model)."""

TIME_BYTES = 14
"""What an entry's time counts for."""

_time: ContextVar[float | None] = ContextVar("time of the entry", default=None)


def install() -> None:
    """Take the operation, the time that an event gets, and where MiniStack notes each for ever."""
    seams.replace(MODULE, "_events_log_list", list, like="()")
    seams.replace(MODULE, "_now_ts", lambda: _time.get() or time.time(), like="()")

    def put(data: Data, allow_aws_source: bool = False) -> Any:
        from ministack.services import eventbridge

        entries = [_with_text(entry) for entry in data.get("Entries", [])]
        if sum(map(_size, entries)) >= MOST_BYTES:
            text = "Total size of the entries in the request is over the limit."
            return eventbridge.error_response_json("ValidationException", text, 400)
        if len(entries) > MOST_ENTRIES:
            return upstream(data, allow_aws_source)
        answers = [_put_one(upstream, entry, allow_aws_source) for entry in entries]
        failed = sum("ErrorCode" in answer for answer in answers)
        return eventbridge.json_response({"FailedEntryCount": failed, "Entries": answers})

    upstream = seams.replace(MODULE, "_put_events", put, like="(data, allow_aws_source=False)")


def _put_one(upstream: Any, entry: Data, allow_aws_source: bool) -> Data:
    """Put an entry as of the time that it names; return what is answered of it."""
    if not allow_aws_source and (found := _problem(entry)):
        return {"ErrorCode": found[0], "ErrorMessage": found[1]}
    token = _time.set(_seconds(entry.get("Time")))
    try:
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


def _problem(entry: Data) -> Problem | None:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            text = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return "InvalidArgument", text
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    return None if isinstance(detail, dict) else ("MalformedDetail", "Detail is malformed.")
