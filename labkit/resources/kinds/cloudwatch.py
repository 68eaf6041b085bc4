"""CloudWatch: alarms and dashboards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from labkit.resources.billing import Billing
from labkit.resources.kind import Create, Found, GetClient, Kind, each, no_such, pages, tag_map
from labkit.resources.rights import Right

MISSING = frozenset(["ResourceNotFound", "ResourceNotFoundException", "labkit.NotFound"])


def _put(operation: str, name: str, tags: str | None) -> Create:
    return Create(operation, name, id=None, tags=tags, longest=255, upserts=True)


class _Alarm(Kind):
    """What both types of alarm have in common."""

    service = "cloudwatch"
    missing = MISSING

    alarm_type: ClassVar[str]
    """As DescribeAlarms takes it."""

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client, of = get_client("cloudwatch"), f"{self.alarm_type}s"
        for alarm in client.describe_alarms(
            AlarmNames=[resource_id], AlarmTypes=[self.alarm_type]
        ).get(of, []):
            tags = client.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
            return Found(resource_id, resource_id, tag_map(tags))
        raise no_such(resource_id)

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = pages(
            get_client("cloudwatch"),
            "describe_alarms",
            f"{self.alarm_type}s[].AlarmName",
            AlarmTypes=[self.alarm_type],
        )
        return (name for name in names if marker in name)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("cloudwatch").delete_alarms(AlarmNames=[resource_id])


class Alarm(_Alarm):
    """A metric alarm."""

    name = "CloudWatch alarm"
    alarm_type = "MetricAlarm"
    creates = (
        Create("PutMetricAlarm", "AlarmName", id=None, tags="Tags", longest=255, upserts=True),
    )
    harmless = each("AWS lets data points expire by itself", "PutMetricData")
    after = ("composite alarm",)
    billing = Billing(hourly_unpriced=True)


class CompositeAlarm(_Alarm):
    """An alarm over other alarms, which AWS keeps as long as this one names them."""

    name = "composite alarm"
    alarm_type = "CompositeAlarm"
    creates = (
        Create("PutCompositeAlarm", "AlarmName", id=None, tags="Tags", longest=255, upserts=True),
    )
    billing = Billing(hourly_unpriced=True)


class Dashboard(Kind):
    """A dashboard; its name alone says whose it is."""

    name = "CloudWatch dashboard"
    service = "cloudwatch"
    creates = (
        Create("PutDashboard", "DashboardName", id=None, tags=None, longest=255, upserts=True),
    )
    missing = MISSING
    billing = Billing(hourly_unpriced=True)

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        get_client("cloudwatch").get_dashboard(DashboardName=resource_id)
        return Found(resource_id, resource_id, tags=None)

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = pages(
            get_client("cloudwatch"), "list_dashboards", "DashboardEntries[].DashboardName"
        )
        return (name for name in names if marker in name)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("cloudwatch").delete_dashboards(DashboardNames=[resource_id])


RIGHTS = (
    Right("student", "Look", ("cloudwatch:Describe*", "cloudwatch:Get*", "cloudwatch:List*")),
    Right(
        "student",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("cloudwatch:*",),
        ("arn:aws:cloudwatch:*:*:alarm:lk-*", "arn:aws:cloudwatch::*:dashboard/lk-*"),
    ),
    Right(
        "student",
        "WriteNothingWithoutTheRunsTag",
        ("cloudwatch:PutCompositeAlarm", "cloudwatch:PutMetricAlarm"),
    ),
    Right(
        "sweep",
        "FindWhatLearnersLeft",
        ("cloudwatch:Describe*", "cloudwatch:GetDashboard", "cloudwatch:List*"),
    ),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards"),
        ("arn:aws:cloudwatch:*:*:alarm:lk-*", "arn:aws:cloudwatch::*:dashboard/lk-*"),
    ),
)
