"""CloudWatch: metric math, series told apart, and alarms that watch by themselves.

| where | what |
|---|---|
| `metric_data.py`, `metric_math.py` | GetMetricData and GetMetricStatistics |
| `alarms.py` | when an alarm changes its state |
| `alarm_actions.py`, `notifications.py` | what that sets off, and what a topic is told |
| `reasons.py`, `history.py` | why an alarm is in its state, and was in another |
| `paging.py` | pages of metrics and of data points |
| `answers.py` | AWS's members of an alarm, and values that are refused |
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import internal
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.cloudwatch import (
    alarm_actions,
    alarms,
    answers,
    history,
    metric_data,
    paging,
)
from labkit.sandbox.services.provider import Provider, around, instead, operation
from labkit.sandbox.upstream.cloudwatch import cloudwatch

Data = dict[str, Any]


class CloudWatch(Provider):
    """CloudWatch; metrics, composite alarms and dashboards are kept by MiniStack."""

    hooks = (
        around(cloudwatch, "_dispatch_alarm_actions", alarm_actions.dispatch),
        around(cloudwatch, "_record_history", history.record),
        instead(cloudwatch, "_evaluate_alarm", alarms.evaluate),
    )

    def begin(self) -> None:
        """Evaluate alarms from now on."""
        alarms.start()

    async def fallback(self, request: Request) -> Data:
        """Have MiniStack answer in JSON: of the other protocols it knows parts only."""
        asked = request.in_json()
        return internal.read(asked, await asked.forward())

    @operation("GetMetricData")
    def get_metric_data(self, request: Request) -> Data:
        """Return metrics and expressions over them."""
        return metric_data.get_metric_data(request.parameters)

    @operation("GetMetricStatistics")
    def get_metric_statistics(self, request: Request) -> Data:
        """Return one series' statistics."""
        return metric_data.get_metric_statistics(request.parameters)

    @operation("ListMetrics")
    async def list_metrics(self, request: Request) -> Data:
        """Return a page of metrics."""
        return paging.metrics(await self.fallback(request), request.parameters.get("NextToken"))

    @operation("PutMetricAlarm")
    async def put_metric_alarm(self, request: Request) -> Data:
        """Make or change an alarm, also one on an expression."""
        alarms.check(request.parameters)
        output = await self.fallback(request)
        alarms.keep_metrics(request.parameters)
        answers.keep_given(request.parameters)
        return output

    @operation("DescribeAlarms", "DescribeAlarmsForMetric")
    async def describe_alarms(self, request: Request) -> Data:
        """Describe alarms."""
        return answers.alarms(await self.fallback(request))

    @operation("SetAlarmState")
    async def set_alarm_state(self, request: Request) -> Data:
        """Set an alarm's state by hand."""
        answers.check_state(request)
        alarms.hold(request.parameters["AlarmName"])
        output = await self.fallback(request)
        answers.keep_given_state(request.parameters)
        return output

    @operation("ListTagsForResource")
    async def list_tags(self, request: Request) -> Data:
        """List the tags of an alarm; of one that is not there, there are none."""
        try:
            return await self.fallback(request)
        except AwsError as error:
            if error.status != 404:
                raise
            return {"Tags": []}

    @operation("PutMetricData")
    async def put_metric_data(self, request: Request) -> Data:
        """Take values, each given in one way."""
        answers.check_data(request.parameters.get("MetricData") or [])
        return await self.fallback(request)


PROVIDER = CloudWatch()
