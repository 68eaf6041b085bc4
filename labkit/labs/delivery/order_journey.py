"""An order's way through the services, put together from what each of them wrote down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from labkit.labs.delivery.order_ledger import order_id_of
from labkit.labs.delivery.order_lines import order_lines
from labkit.measure.frames import TEXT, UTC_TIME, typed_frame
from labkit.measure.platform_logs import invocations, parse
from labkit.measure.platform_logs.records import InitStart, Record, Start

COLUMNS = {
    "order_id": TEXT,
    "service": TEXT,
    "event": TEXT,
    "at": UTC_TIME,
    "request_id": TEXT,
    "detail": TEXT,
}

CUSTOMER = "customer"
QUEUE = "SQS queue"
FUNCTION = "Lambda"
DEAD_LETTERS = "dead letters"

EARLIER = {"INIT_START": 0, "START": 1}
LATER = {"END": 3, "answered": 4, "failed": 4}
"""Order of events that were written down in the same millisecond; all others stand between."""

Row = dict[str, Any]


def journey(
    placed: pd.DataFrame | None,
    events: Iterable[Mapping[str, Any]],
    dead_letters: Iterable[Mapping[str, Any]] = (),
    order_ids: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Follow orders through the services.

    Parameters
    ----------
    placed : pandas.DataFrame or None
        As `place` returns it; None if the orders were not placed over HTTP.
    events : iterable of mapping
        The function's log, as `read_log_events` returns it.
    dead_letters : iterable of mapping
        What `receive_all` found in the dead-letter queue.
    order_ids : iterable of str, optional
        The orders to follow; all of them without it.

    Returns
    -------
    pandas.DataFrame
        One row per order and event, oldest first within an order: ``order_id``, ``service``,
        ``event``, ``at`` (UTC), ``request_id`` (of an invocation), ``detail``.

        ============= =========================================================================
        service       events
        ============= =========================================================================
        customer      "sent"; "answered" (detail: HTTP status) or "failed" (detail: why)
        SQS queue     "enqueued", "received" (the first time), as SQS tells the function
        Lambda        "INIT_START" if an environment was started for the call, "START", the
                      function's own lines, "END" (detail: the invocation's status)
        dead letters  "seen": when `receive_all` found it there, which is later than it came
        ============= =========================================================================

        The customer's times are of this machine's clock, the others of AWS's.
    """
    listed = list(events)
    rows = [*_customer(placed), *_services(listed), *_dead(dead_letters)]
    frame = typed_frame(rows, COLUMNS)
    if order_ids is not None:
        frame = frame[frame["order_id"].isin(list(order_ids))].copy()
    frame["first"] = frame.groupby("order_id")["at"].transform("min")
    frame["rank"] = frame["event"].map(EARLIER | LATER).fillna(2)
    frame = frame.sort_values(["first", "order_id", "at", "rank"], kind="stable")
    return frame.drop(columns=["first", "rank"]).reset_index(drop=True)


def _customer(placed: pd.DataFrame | None) -> Iterator[Row]:
    if placed is None:
        return
    for order in placed.dropna(subset=["sent_at"]).to_dict("records"):
        at = {"order_id": order["order_id"], "service": CUSTOMER}
        yield at | {"event": "sent", "at": order["sent_at"]}
        if order["outcome"] == "answered":
            yield at | {
                "event": "answered",
                "at": order["done_at"],
                "detail": str(order["status"]),
            }
        else:
            yield at | {"event": "failed", "at": order["done_at"], "detail": order["error"]}


def _services(events: list[Mapping[str, Any]]) -> Iterator[Row]:
    lines = order_lines(events)
    yield from _queue(lines)
    for line in lines.to_dict("records"):
        yield {key: line[key] for key in ("order_id", "event", "at", "request_id")} | {
            "service": FUNCTION
        }
    calls = invocations(events).drop_duplicates("request_id", keep="last").set_index("request_id")
    started = _environment_starts(parse(events).records)
    handled = lines.dropna(subset=["request_id"]).drop_duplicates(["order_id", "request_id"])
    for line in handled.to_dict("records"):
        if line["request_id"] in calls.index:
            call = calls.loc[line["request_id"]]
            yield from _invocation(line, call, started.get(line["request_id"]))


def _queue(lines: pd.DataFrame) -> Iterator[Row]:
    queued = lines.dropna(subset=["enqueued_at"]).drop_duplicates(["order_id", "enqueued_at"])
    for line in queued.to_dict("records"):
        at = {"order_id": line["order_id"], "service": QUEUE}
        yield at | {"event": "enqueued", "at": line["enqueued_at"]}
        yield at | {"event": "received", "at": line["first_received_at"]}


def _invocation(line: Mapping[Any, Any], call: Any, init_at: Any) -> Iterator[Row]:
    at = {
        "order_id": line["order_id"],
        "service": FUNCTION,
        "request_id": line["request_id"],
    }
    if init_at is not None and not pd.isna(call["init_ms"]):
        yield at | {"event": "INIT_START", "at": init_at}
    if not pd.isna(call["started_at"]):
        yield at | {"event": "START", "at": call["started_at"]}
    if not pd.isna(call["ended_at"]):
        status = None if pd.isna(call["status"]) else call["status"]
        yield at | {"event": "END", "at": call["ended_at"], "detail": status}


def _environment_starts(records: Iterable[Record]) -> dict[str, Any]:
    """When the environment of each first request of a log stream began to initialise."""
    beginning: dict[str | None, Any] = {}
    starts = {}
    for record in records:
        if isinstance(record, InitStart):
            beginning[record.log_stream] = record.at
        elif isinstance(record, Start) and record.log_stream in beginning:
            starts[record.request_id] = beginning.pop(record.log_stream)
    return starts


def _dead(dead_letters: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for message in dead_letters:
        yield {
            "order_id": order_id_of(message),
            "service": DEAD_LETTERS,
            "event": "seen",
            "at": message["ReceivedAt"],
        }
