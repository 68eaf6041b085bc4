"""Watches a deployment: the alias's weights, the alarm and the lifecycle events, as time passes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import pandas as pd

from labkit.clock import clock
from labkit.labs.lab_run import LabRun
from labkit.measure.frames import SECONDS, TEXT, UTC_TIME, typed_frame
from labkit.polling import wait_until

LOOK_EVERY_S = 0.25

SEEN_COLUMNS = {
    "at": UTC_TIME,
    "main": TEXT,
    "other": TEXT,
    "weight": SECONDS,
    "alarm": TEXT,
}


class DeploymentWatch:
    """Looks at an alias and its alarm again and again, in a thread, while a block runs.

    Parameters
    ----------
    lab
        The run.
    function, alias
        Whose calls are shifted.
    alarm
        The alarm that is to stop the deployment.

    Attributes
    ----------
    began
        When the watching began, in UTC.

    Examples
    --------
    >>> with DeploymentWatch(lab, worker, "live", alarm) as watch:  # doctest: +SKIP
    ...     pipeline.wait(execution)
    >>> watch.seen()  # doctest: +SKIP
    """

    def __init__(self, lab: LabRun, function: str, alias: str, alarm: str) -> None:
        self._lambda, self._cloudwatch = lab.client("lambda"), lab.client("cloudwatch")
        self._codedeploy = lab.client("codedeploy")
        self._named = {"FunctionName": function, "Name": alias}
        self._alarm = alarm
        self._rows: list[dict[str, Any]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_again_and_again, daemon=True)
        self.began = datetime.now(UTC)

    def __enter__(self) -> DeploymentWatch:
        self.began = datetime.now(UTC)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def wait_for_shift(self, is_over: Callable[[], bool], seconds: float = 1_800) -> None:
        """Return when two versions serve, or when there is nothing to wait for any more.

        Parameters
        ----------
        is_over
            Says whether the deployment is over, or will never begin.
        seconds
            How long to wait at most.
        """
        wait_until(
            lambda: is_over() or any(row["other"] for row in self._rows[-1:]),
            seconds=seconds,
            what="the second version to get its share",
        )

    def seen(self) -> pd.DataFrame:
        """Return what was seen.

        Returns
        -------
        pandas.DataFrame
            One row per look: ``at`` (UTC), ``main`` (the alias's version), ``other`` (a second
            version, if it has one), ``weight`` (the share of calls that meets the second, 0 to 1),
            ``alarm`` (its state).
        """
        return typed_frame(self._rows, SEEN_COLUMNS)

    def deployments(self, application: str, group: str) -> pd.DataFrame:
        """Return the lifecycle events of the group's deployments since the watching began.

        Returns
        -------
        pandas.DataFrame
            One row per event that has begun: ``deployment``, ``event``, ``status``, ``begin`` and
            ``end`` (UTC), ``why`` (what stopped or failed the deployment).
        """
        ids = self._codedeploy.list_deployments(
            applicationName=application, deploymentGroupName=group,
            createTimeRange={"start": self.began},
        )["deployments"]  # fmt: skip
        rows = [row for one in reversed(ids) for row in self._events(one)]
        columns = {"deployment": TEXT, "event": TEXT, "status": TEXT}
        return typed_frame(rows, columns | {"begin": UTC_TIME, "end": UTC_TIME, "why": TEXT})

    def _events(self, deployment: str) -> list[dict[str, Any]]:
        client = self._codedeploy
        info = client.get_deployment(deploymentId=deployment)["deploymentInfo"]
        [target] = client.list_deployment_targets(deploymentId=deployment)["targetIds"]
        found = client.get_deployment_target(deploymentId=deployment, targetId=target)
        why = info.get("errorInformation", {}).get("message")
        return [
            {
                "deployment": deployment,
                "event": event["lifecycleEventName"],
                "status": event["status"],
                "begin": event.get("startTime"),
                "end": event.get("endTime"),
                "why": why,
            }
            for event in found["deploymentTarget"]["lambdaTarget"]["lifecycleEvents"]
        ]

    def _look_again_and_again(self) -> None:
        over = False
        while not over:
            over = self._over.is_set()  # what it ended with is looked at, too
            self._rows.append(self._look())
            clock().wait(self._over, LOOK_EVERY_S)

    def _look(self) -> dict[str, Any]:
        alias = self._lambda.get_alias(**self._named)
        weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        other, weight = next(iter(weights.items()), (None, 0.0))
        [alarm] = self._cloudwatch.describe_alarms(AlarmNames=[self._alarm])["MetricAlarms"]
        return {
            "at": datetime.now(UTC),
            "main": alias["FunctionVersion"],
            "other": other,
            "weight": weight,
            "alarm": alarm["StateValue"],
        }
