"""The traces of a run's orders: which orders have one, and what X-Ray has of it by now."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from botocore.exceptions import ClientError

from labkit.errors import LabkitError
from labkit.measure.traces import trace_so_far

ANNOTATION = "orderId"
"""The key by which the lessons' functions note an order in a trace."""

LOOK_BACK = timedelta(minutes=15)
OVERLAP = timedelta(seconds=30)
"""So long X-Ray may need on AWS until a trace is found."""

LOOK_EVERY_S = 4.0

WHO_RECORDS = (
    "X-Ray has segments of those alone whose tracing is on (a stage's tracingEnabled, a function's "
    "TracingConfig), and needs some seconds on AWS."
)


class NoTrace(LabkitError):
    """Nothing is recorded of an order."""


class TracedOrders:
    """Knows the traces of orders: those that it is told of, and those with the order's number.

    Parameters
    ----------
    xray
        A boto3 client.
    prefix : str
        What the names of the run's resources begin with; only traces that they annotate count.
    """

    def __init__(self, xray: Any, prefix: str) -> None:
        self._xray = xray
        self._prefix = prefix
        self._traces: dict[str, str] = {}
        self._by_message: set[str] = set()
        self._looked_until: datetime | None = None
        self._looked_at = float("-inf")

    @property
    def ids(self) -> list[str]:
        """The orders, in the sequence in which they became known."""
        return list(self._traces)

    def placed(self, order_id: str, trace_id: str) -> None:
        """Keep in which trace an order is placed."""
        self._traces[order_id] = trace_id

    def look(self) -> None:
        """Search for orders that others have placed, not more often than every few seconds."""
        if time.monotonic() - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = time.monotonic()
        try:
            self._search()
        except ClientError:
            return  # the map shows what it is allowed to see; whoever asks for a trace is told

    def so_far(self, order_id: str) -> pd.DataFrame:
        """Return what there is of an order's trace, as `labkit.measure.traces.trace_of` does.

        Raises
        ------
        NoTrace
            If no trace of it is known.
        botocore.exceptions.ClientError
            AWS refused to tell.
        """
        if order_id not in self._traces:
            self._search()
        if order_id not in self._traces:
            raise NoTrace(
                f"No trace of the last {LOOK_BACK.seconds // 60} minutes has the annotation "
                f"{ANNOTATION} = {order_id!r}. {WHO_RECORDS}"
            )
        return trace_so_far(self._xray, self._traces[order_id])

    def _search(self) -> None:
        """Take up the orders of the traces since the last search."""
        now = datetime.now(UTC)
        start = max(now - LOOK_BACK, (self._looked_until or now - LOOK_BACK) - OVERLAP)
        pages = self._xray.get_paginator("get_trace_summaries").paginate(
            StartTime=start, EndTime=now + timedelta(seconds=1)
        )
        summaries = [summary for page in pages for summary in page["TraceSummaries"]]
        self._looked_until = now
        for summary in summaries:
            for order_id in self._annotated(summary):
                self._keep(order_id, summary)

    def _keep(self, order_id: str, summary: dict[str, Any]) -> None:
        """Keep an order's trace: that of its request before those of its messages."""
        is_request = bool(summary.get("Http", {}).get("HttpURL"))
        if order_id not in self._traces or (is_request and order_id in self._by_message):
            self._traces[order_id] = summary["Id"]
            (self._by_message.discard if is_request else self._by_message.add)(order_id)

    def _annotated(self, summary: dict[str, Any]) -> set[str]:
        """Return the numbers of orders that this run's resources have noted in a trace."""
        return {
            value["AnnotationValue"]["StringValue"]
            for value in summary.get("Annotations", {}).get(ANNOTATION, ())
            if "StringValue" in value["AnnotationValue"]
            and any(one.get("Name", "").startswith(self._prefix) for one in value["ServiceIds"])
        }
