"""The account of the delivery lessons: order by order, what the customer heard and how it ended."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from labkit.labs.delivery.order_lines import order_lines
from labkit.measure.frames import COUNT, FLAG, MILLISECONDS, TEXT, UTC_TIME, typed_frame

COLUMNS = {
    "order_id": TEXT,
    "failing": FLAG,
    "status": COUNT,
    "received": COUNT,
    "processed": COUNT,
    "failed": COUNT,
    "dead_lettered": FLAG,
    "ended": TEXT,
    "processed_at": UTC_TIME,
    "wait_for_answer_ms": MILLISECONDS,
    "wait_for_kitchen_ms": MILLISECONDS,
}


def ledger(
    placed: pd.DataFrame,
    events: Iterable[Mapping[str, Any]],
    dead_letters: Iterable[Mapping[str, Any]] = (),
) -> pd.DataFrame:
    """Account for every order that was placed.

    Parameters
    ----------
    placed : pandas.DataFrame
        As `place` returns it. Only ``order_id`` is needed: without ``status``, the orders are taken
        to have been accepted.
    events : iterable of mapping
        The function's log, as `read_log_events` returns it.
    dead_letters : iterable of mapping
        What `receive_all` found in the dead-letter queue, at one look or several.

    Returns
    -------
    pandas.DataFrame
        One row per order placed, in that order:

        =================== =================================================================
        order_id, failing   as placed
        status              the customer's HTTP status; missing without an answer
        received            how many attempts at it the function logged
        processed, failed   how many of them it logged as done, and as failed
        dead_lettered       whether it was seen in the dead-letter queue
        ended               see below
        processed_at        when it was first logged as done (UTC)
        wait_for_answer_ms  from when it should have been sent until the answer
        wait_for_kitchen_ms from when it should have been sent until it was first done; on AWS
                            this spans two clocks
        =================== =================================================================

        ``ended`` is one of

        - "processed": done, and never seen among the dead letters
        - "redriven": done after it was seen among the dead letters
        - "processed and dead-lettered": done before, and a dead letter all the same
        - "dead-lettered": a dead letter, not done
        - "unsettled": tried without success; it will come back, or is about to be a dead letter
        - "refused": the customer was not told that it was accepted, and nothing was done
        - "missing": accepted, and no trace of it: still queued, or lost
    """
    lines = order_lines(events)
    seen_dead = _first_seen(dead_letters)
    by_order = dict(list(lines.groupby("order_id")))
    none = lines.iloc[:0]
    rows = [
        _row(order, by_order.get(order["order_id"], none), seen_dead.get(order["order_id"]))
        for order in placed.to_dict("records")
    ]
    return typed_frame(rows, COLUMNS)


def _first_seen(dead_letters: Iterable[Mapping[str, Any]]) -> dict[str, datetime]:
    """When each order was first seen among the dead letters."""
    seen: dict[str, datetime] = {}
    for message in dead_letters:
        order_id = order_id_of(message)
        if order_id is not None:
            seen[order_id] = min(message["ReceivedAt"], seen.get(order_id, message["ReceivedAt"]))
    return seen


def order_id_of(message: Mapping[str, Any]) -> str | None:
    """Read the order's number in a message's body; None if the body is not an order."""
    try:
        order = json.loads(message["Body"])
    except ValueError:
        return None
    return order.get("orderId") if isinstance(order, dict) else None


def _row(
    order: Mapping[Any, Any], lines: pd.DataFrame, seen_dead: datetime | None
) -> dict[str, Any]:
    count = lines["event"].value_counts()
    done = lines.loc[lines["event"] == "order.processed", "at"]
    first_done = done.min() if len(done) else None
    return {
        "order_id": order["order_id"],
        "failing": order.get("failing"),
        "status": order.get("status"),
        "received": count.get("order.received", 0),
        "processed": len(done),
        "failed": count.get("order.failed", 0),
        "dead_lettered": seen_dead is not None,
        "ended": _ended(order, lines, done, seen_dead),
        "processed_at": first_done,
        "wait_for_answer_ms": order.get("latency_ms"),
        "wait_for_kitchen_ms": _milliseconds(order.get("intended_at"), first_done),
    }


def _milliseconds(begin: datetime | None, end: datetime | None) -> float | None:
    return None if begin is None or end is None else (end - begin).total_seconds() * 1000


def _ended(
    order: Mapping[Any, Any],
    lines: pd.DataFrame,
    done: pd.Series[Any],
    seen_dead: datetime | None,
) -> str:
    if seen_dead is not None:
        if done.empty:
            return "dead-lettered"
        return "redriven" if done.max() > seen_dead else "processed and dead-lettered"
    if not done.empty:
        return "processed"
    if not _accepted(order):
        return "refused"
    return "missing" if lines.empty else "unsettled"


def _accepted(order: Mapping[Any, Any]) -> bool:
    if "status" not in order:
        return True
    status = order["status"]
    return not pd.isna(status) and 200 <= status < 300
