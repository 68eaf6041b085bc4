"""A release that is watched while customers order: its way, and who met it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pandas as pd

from labkit.labs.delivery.order_stream import Order, orders
from labkit.labs.delivery.placing import place
from labkit.labs.deployments.deployment_timeline import deployment_timeline
from labkit.labs.deployments.deployment_watch import DeploymentWatch
from labkit.labs.deployments.first_version import deployment_group
from labkit.labs.deployments.order_counts import kept_orders, met_versions
from labkit.labs.deployments.pipeline import DeliveryPipeline
from labkit.labs.deployments.pipeline_graph import pipeline_graph
from labkit.labs.deployments.working_copy import WorkingCopy
from labkit.labs.lab_run import LabRun
from labkit.measure.load import steady
from labkit.polling import wait_until
from labkit.show.picture import Picture

MANY = 20_000
"""Orders enough for releases of half an hour; no two of them bear the same number."""

KEPT_WITHIN_S = 300.0
"""An order that failed comes back after the visibility timeout, and again if it fails again."""

ACCEPTED = 202


@dataclass(frozen=True)
class Release:
    """What was seen of a release.

    Attributes
    ----------
    status
        Of the pipeline's execution.
    accepted
        Numbers of the orders that the API took while the new version got its share.
    refused
        How many it did not take.
    actions, seen, met, events : pandas.DataFrame
        As `DeliveryPipeline.actions`, `DeploymentWatch.seen`, `met_versions` and
        `DeploymentWatch.deployments` return them.
    """

    status: str
    accepted: set[str]
    refused: int
    actions: pd.DataFrame
    seen: pd.DataFrame
    met: pd.DataFrame
    events: pd.DataFrame

    def graph(self) -> Picture:
        """Draw how far it came in the pipeline."""
        return pipeline_graph(self.actions, self.seen)

    def timeline(self) -> Picture:
        """Draw the deployment over time."""
        return deployment_timeline(self.seen, self.met, self.events)


class Releases:
    """Releases a working copy while customers order, and watches.

    Parameters
    ----------
    lab
        The run.
    pipeline
        What a release goes through.
    outputs
        Of the pipeline's stack, by their keys: ``ApiId``, ``WorkerName``, ``Alarm``, ``TableName``.
    rate
        Orders per second.

    Attributes
    ----------
    accepted
        Numbers of all orders that the API has taken so far.
    """

    def __init__(
        self, lab: LabRun, pipeline: DeliveryPipeline, outputs: Mapping[str, str], rate: float = 15
    ) -> None:
        self._lab, self._pipeline, self._outputs, self._rate = lab, pipeline, outputs, rate
        self._url = lab.invoke_url(outputs["ApiId"], "prod") + "/order"
        self._orders: Iterator[Order] = iter(orders(MANY, seed=16))
        self.accepted: set[str] = set()

    def ship(self, copy: WorkingCopy) -> Release:
        """Put a working copy through the pipeline; return when that is over and all is kept.

        Orders begin when the new version gets its share, and end with the execution.

        Raises
        ------
        labkit.errors.LabkitError
            If an order that was accepted is not in the table within `KEPT_WITHIN_S`.
        """
        pipeline, outputs = self._pipeline, self._outputs
        execution = pipeline.release(copy.packed())
        with DeploymentWatch(self._lab, outputs["WorkerName"], "live", outputs["Alarm"]) as watch:
            watch.wait_for_shift(lambda: pipeline.is_over(execution))
            placed = self._order_until_over(execution)
            accepted = {str(one["order_id"]) for one in placed if one["status"] == ACCEPTED}
            self.accepted |= accepted
            self._wait_until_kept(accepted)
        met = met_versions(self._lab, f"/aws/lambda/{pipeline.stack}", watch.began)
        return Release(
            pipeline.status(execution),
            accepted,
            len(placed) - len(accepted),
            pipeline.actions(execution),
            watch.seen(),
            met,
            watch.deployments(*deployment_group(self._lab, pipeline.stack)),
        )

    def _order_until_over(self, execution: str) -> list[dict[str, Any]]:
        """Place a second's orders again and again until an execution is over."""
        placed: list[dict[str, Any]] = []
        while not self._pipeline.is_over(execution):
            some = list(islice(self._orders, round(self._rate)))
            answered = place(self._url, some, steady(self._rate, 1), progress=False)
            rows = answered[["order_id", "status"]].itertuples()
            placed += [{"order_id": row.order_id, "status": row.status} for row in rows]
        return placed

    def _wait_until_kept(self, accepted: set[str]) -> None:
        table = self._outputs["TableName"]
        wait_until(
            lambda: accepted <= kept_orders(self._lab, table),
            seconds=KEPT_WITHIN_S,
            what=f"the {len(accepted)} accepted orders to be in the table",
        )
