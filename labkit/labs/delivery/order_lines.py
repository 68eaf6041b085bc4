"""The lines that the delivery functions print: what a line of JSON must hold to be found again.

A line is about an order if it is a JSON object with ``event`` and ``orderId``. It may also hold
``requestId`` and, in a function that takes orders from SQS, ``messageId`` and ``attributes``: the
record's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from labkit.measure.frames import COUNT, TEXT, UTC_TIME, typed_frame
from labkit.measure.platform_logs import parse
from labkit.measure.platform_logs.records import OutputLine

COLUMNS = {
    "order_id": TEXT,
    "event": TEXT,
    "at": UTC_TIME,
    "request_id": TEXT,
    "log_stream": TEXT,
    "message_id": TEXT,
    "receive_count": COUNT,
    "enqueued_at": UTC_TIME,
    "first_received_at": UTC_TIME,
}

_LOGGER_PREFIX = re.compile(r"\[[A-Z]+\]\t\S+Z\t\S*\t")
"""What Python's ``logging`` puts before a message (Lambda Developer Guide, python-logging)."""


def order_lines(events: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Find the lines about orders in CloudWatch log events.

    Parameters
    ----------
    events : iterable of mapping
        As `read_log_events` returns them, oldest first.

    Returns
    -------
    pandas.DataFrame
        One row per line, in the order given: ``order_id``; ``event`` (such as "order.received",
        "order.processed", "order.failed"); ``at`` (UTC); ``request_id`` (as the line says, else as
        the log around it says); ``log_stream``; and from SQS, where the line holds it:
        ``message_id``, ``receive_count``, ``enqueued_at`` and ``first_received_at`` (UTC).
    """
    found = (_order_line(output) for output in parse(events).output)
    return typed_frame((line for line in found if line is not None), COLUMNS)


def _order_line(output: OutputLine) -> dict[str, Any] | None:
    try:
        line = json.loads(_LOGGER_PREFIX.sub("", output.text, count=1))
    except ValueError:
        return None
    if not isinstance(line, dict) or not {"event", "orderId"} <= line.keys():
        return None
    attributes = line.get("attributes") or {}
    return {
        "order_id": line["orderId"],
        "event": line["event"],
        "at": output.at,
        "request_id": line.get("requestId") or output.request_id,
        "log_stream": output.log_stream,
        "message_id": line.get("messageId"),
        "receive_count": attributes.get("ApproximateReceiveCount"),
        "enqueued_at": _sqs_time(attributes.get("SentTimestamp")),
        "first_received_at": _sqs_time(attributes.get("ApproximateFirstReceiveTimestamp")),
    }


def _sqs_time(milliseconds: str | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
