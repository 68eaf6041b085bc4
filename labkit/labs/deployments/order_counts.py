"""Which version met which order, by the log; which orders were kept in the end, by the table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from labkit.labs.lab_run import LabRun
from labkit.measure.frames import TEXT, UTC_TIME, typed_frame
from labkit.measure.platform_logs import read_log_events

VERSION = re.compile(r"\[(\d+|\$LATEST)\]")
"""The version in the name of a log stream: ``2026/11/30/[2]0123…`` (Lambda guide)."""

MET_COLUMNS = {"at": UTC_TIME, "version": TEXT, "outcome": TEXT, "order_id": TEXT}


def met_versions(lab: LabRun, group: str, since: Any) -> pd.DataFrame:
    """Read which version of the worker met which order, and what came of it.

    Parameters
    ----------
    lab
        The run.
    group
        The worker's log group.
    since : datetime
        Leave out what was before.

    Returns
    -------
    pandas.DataFrame
        One row for each time that the worker was handed an order: ``at`` (UTC), ``version``,
        ``outcome`` ("kept" or "failed"), ``order_id`` (missing where it failed before it said so).
    """
    events = read_log_events(lab.client("logs"), group, start=since, timeout_s=0)
    return typed_frame(_rows(events), MET_COLUMNS).sort_values("at").reset_index(drop=True)


def kept_orders(lab: LabRun, table: str) -> set[str]:
    """Return the numbers of the orders that are kept in a table."""
    pages = lab.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    return {item["orderId"]["S"] for page in pages for item in page["Items"]}


def _rows(events: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for event in events:
        said = _said(event["message"])
        if said is None:
            continue
        outcome, order = said
        found = VERSION.search(event["logStreamName"])
        at = pd.Timestamp(event["timestamp"], unit="ms", tz="UTC")
        version = found[1] if found else None
        yield {"at": at, "version": version, "outcome": outcome, "order_id": order}


def _said(message: str) -> tuple[str, str | None] | None:
    """Return what a line says of an order: its outcome and its number; None if nothing."""
    if message.startswith("[ERROR]"):
        return "failed", None
    try:
        line = json.loads(message)
    except ValueError:
        return None
    if isinstance(line, dict) and line.get("event") == "order.processed":
        return "kept", line.get("orderId")
    return None
