"""Eight orders for each version of a worker: one is sent twice, two break, and all are counted."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

import pandas as pd

from labkit.labs.delivery.kept_orders import plain
from labkit.labs.delivery.order_stream import orders
from labkit.labs.delivery.service import QueuedOrderService
from labkit.labs.lab_run import LabRun
from labkit.measure.queue_depth import QueueSampler

PLACED = 8
WORKED_THROUGH_S = 120
"""How long the queue may take until it is empty."""

Order = dict[str, Any]


class EightOrders:
    """Sends each version of a service's worker the same eight orders, and counts what came of them.

    Parameters
    ----------
    lab
        The run, with the tables ``orders`` and ``kitchen``.
    service
        The service with its queue.
    """

    def __init__(self, lab: LabRun, service: QueuedOrderService) -> None:
        self._lab = lab
        self._service = service
        self._rows: list[dict[str, Any]] = []

    def deliver(self, version: str) -> pd.DataFrame:
        """Send eight orders, and return what became of them, below the versions before.

        The first order is sent twice. The second breaks before it is cooked, the third after that.

        Parameters
        ----------
        version
            What the lesson calls the worker.

        Returns
        -------
        pandas.DataFrame
            By ``version``: ``placed`` orders, how many are ``in the table``, and ``meals`` cooked.
        """
        before = self.meals()
        placed = orders(PLACED, seed=time.time_ns())  # numbers that were never used before
        placed[1]["breaks"] = "before cooking"
        placed[2]["breaks"] = "after cooking"
        self.send([*placed, placed[0]])
        numbers = {order["orderId"] for order in placed}
        kept = sum(item["orderId"] in numbers for item in self.items("orders"))
        meals = self.meals() - before
        row = {"version": version, "placed": PLACED, "in the table": kept, "meals": meals}
        self._rows.append(row)
        return pd.DataFrame(self._rows).set_index("version")

    def send(self, placed: Iterable[Order]) -> None:
        """Send orders, and wait until the queue is empty."""
        sqs, url = self._lab.client("sqs"), self._service.queue_url
        with QueueSampler(sqs, {"orders": url}) as watch:
            for order in placed:
                sqs.send_message(QueueUrl=url, MessageBody=json.dumps(order))
            watch.wait_until_empty("orders", timeout_s=WORKED_THROUGH_S)

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return all items of one of the lesson's tables."""
        pages = self._lab.client("dynamodb").get_paginator("scan")
        found = pages.paginate(TableName=self._lab.name(table))
        return [plain(item) for page in found for item in page["Items"]]

    def meals(self) -> int:
        """Return how many meals the kitchens have cooked: by their count, or the numbers kept."""
        kitchens = self.items("kitchen")
        return int(sum(one.get("meals", 0) + len(one.get("cooked", ())) for one in kitchens))
