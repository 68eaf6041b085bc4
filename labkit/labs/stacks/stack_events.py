"""What CloudFormation did to each resource of a stack, and when: its events as a tidy frame."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pandas as pd

from labkit.measure.frames import TEXT, UTC_TIME, typed_frame

EVENT_COLUMNS = {
    "at": UTC_TIME,
    "logical_id": TEXT,
    "type": TEXT,
    "status": TEXT,
    "reason": TEXT,
}
STACK_TYPE = "AWS::CloudFormation::Stack"


def stack_events(
    cloudformation: Any, stack: str, since: datetime | pd.Timestamp | None = None
) -> pd.DataFrame:
    """Read a stack's events, oldest first.

    Parameters
    ----------
    cloudformation : boto3 CloudFormation client
    stack : str
        Its name; of one that is deleted, its id.
    since : datetime, optional
        Leave out what happened up to this time, such as the last event of an earlier operation.

    Returns
    -------
    pandas.DataFrame
        One row per event: ``at`` (UTC), ``logical_id`` (the stack itself has its name there),
        ``type``, ``status`` (such as ``CREATE_COMPLETE``), ``reason``.
    """
    rows = sorted(_rows(cloudformation, stack), key=lambda row: row["at"])
    frame = typed_frame(rows, EVENT_COLUMNS)
    return frame if since is None else frame[frame["at"] > since].reset_index(drop=True)


def _rows(cloudformation: Any, stack: str) -> Iterator[dict[str, Any]]:
    """Yield the events, of one moment the older first: AWS lists the newest first."""
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
    for event in reversed([event for page in pages for event in page["StackEvents"]]):
        yield {
            "at": event["Timestamp"],
            "logical_id": event["LogicalResourceId"],
            "type": event["ResourceType"],
            "status": event["ResourceStatus"],
            "reason": event.get("ResourceStatusReason", ""),
        }


def operations(events: pd.DataFrame) -> pd.DataFrame:
    """Pair the beginning and the end of everything that CloudFormation did to a resource.

    Parameters
    ----------
    events : pandas.DataFrame
        As `stack_events` returns it.

    Returns
    -------
    pandas.DataFrame
        One row per operation on a resource, the stack itself left out, in the order in which they
        began: ``logical_id``, ``type``, ``operation`` ("create", "update", "delete"), ``begin`` and
        ``end`` (UTC; ``end`` is missing for one that is still running), ``outcome`` ("complete",
        "failed", "skipped", or missing).
    """
    open_since: dict[tuple[str, str], Any] = {}
    rows: list[dict[str, Any]] = []
    for event in events[events["type"] != STACK_TYPE].itertuples():
        operation, _, state = str(event.status).lower().partition("_")
        key = (str(event.logical_id), operation)
        if state == "in_progress":
            open_since.setdefault(key, event.at)
        elif key in open_since:  # a rollback also says "complete" of what it had no need to touch
            rows.append(_operation(event, operation, open_since.pop(key), event.at, state))
    for (logical_id, operation), begin in open_since.items():
        last = events[events["logical_id"] == logical_id].iloc[-1]
        rows.append(_operation(last, operation, begin, None, None))
    columns = {"logical_id": TEXT, "type": TEXT, "operation": TEXT}
    times = {"begin": UTC_TIME, "end": UTC_TIME, "outcome": TEXT}
    frame = typed_frame(rows, columns | times)
    return frame.sort_values("begin", kind="stable").reset_index(drop=True)


def _operation(
    event: Any, operation: str, begin: Any, end: Any, outcome: str | None
) -> dict[str, Any]:
    return {
        "logical_id": event.logical_id,
        "type": event.type,
        "operation": operation,
        "begin": begin,
        "end": end,
        "outcome": outcome,
    }
