"""Batches of events: what PutLogEvents refuses, and which events of a batch it does not keep.

MiniStack takes events of any size and age, in any order.
Source: CloudWatch Logs API Reference, PutLogEvents and RejectedLogEventsInfo. The texts of too
large a batch and of one that spans 24 hours are on no record of an answer.
"""

from __future__ import annotations

import json
import time
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.upstream.logs import cloudwatch_logs

INVALID = "InvalidParameterException"
DAY_MS = 24 * 3600 * 1000
OLDEST_MS = 14 * DAY_MS
NEWEST_MS = 2 * 3600 * 1000

MOST_BYTES = 1_048_576
"""Bytes of a batch, and of a single event."""

EVENT_BYTES = 26
"""What an event counts beside its message."""

ORDER = "Log events in a single PutLogEvents request must be in chronological order."
SPAN = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
LARGE_EVENT = "Log event too large: {} bytes exceeds limit of {}"
LARGE_BATCH = "Upload too large: {} bytes exceeds limit of {}"

Members = dict[str, Any]


async def put(request: Request) -> Response:
    """Keep the events of a batch that are neither too old nor too new.

    Raises
    ------
    AwsError
        If they are not in order, span more than a day, or are too many bytes.
    """
    events: list[Members] = request.parameters["logEvents"]
    _check_sizes(events)
    times = [one["timestamp"] for one in events]
    if times != sorted(times):
        raise AwsError(ORDER, INVALID)
    now = time.time() * 1000
    old = sum(one < now - OLDEST_MS for one in times)
    new = sum(one > now + NEWEST_MS for one in times)
    expired = sum(one < now - _kept_ms(request.parameters["logGroupName"]) for one in times)
    valid = times[old : len(times) - new]
    if valid and valid[-1] - valid[0] > DAY_MS:
        raise AwsError(SPAN, INVALID)
    first = max(old, expired)
    if not first and not new:
        return await request.forward()
    answer = await request.forward(logEvents=events[first : len(events) - new])
    if answer.status >= 400:
        return answer
    rejected: Members = {"tooOldLogEventEndIndex": old} if old else {}
    if expired > old:
        rejected["expiredLogEventEndIndex"] = expired
    if new:
        rejected["tooNewLogEventStartIndex"] = len(events) - new
    told = json.loads(answer.body) | {"rejectedLogEventsInfo": rejected}
    return answer._replace(body=json.dumps(told).encode())


def _check_sizes(events: list[Members]) -> None:
    sizes = [len(one["message"].encode()) + EVENT_BYTES for one in events]
    for size in sizes:
        if size > MOST_BYTES:
            raise AwsError(LARGE_EVENT.format(size, MOST_BYTES), INVALID)
    if sum(sizes) > MOST_BYTES:
        raise AwsError(LARGE_BATCH.format(sum(sizes), MOST_BYTES), INVALID)


def _kept_ms(group: str) -> float:
    """Return how long a group keeps events, in ms; for ever if it does not say."""
    days = (cloudwatch_logs._log_groups.get(group) or {}).get("retentionInDays")
    return days * DAY_MS if days else float("inf")
