"""CloudWatch: metric alarms."""

from __future__ import annotations

from collections.abc import Iterable

from labkit.resources.kind import Create, Found, GetClient, Kind, each, pages, tag_map

NOT_FOUND = "ResourceNotFound"


class Alarm(Kind):
    """A metric alarm."""

    name = "CloudWatch alarm"
    service = "cloudwatch"
    creates = (Create("PutMetricAlarm", "AlarmName", id=None, tags="Tags", longest=255),)
    harmless = each("AWS lets data points expire by itself", "PutMetricData")
    missing = frozenset([NOT_FOUND, "ResourceNotFoundException"])

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client = get_client("cloudwatch")
        alarms = client.describe_alarms(AlarmNames=[resource_id])["MetricAlarms"]
        if not alarms:
            answer = {"Error": {"Code": NOT_FOUND, "Message": f"no alarm {resource_id}"}}
            raise client.exceptions.ResourceNotFound(answer, "DescribeAlarms")
        tags = client.list_tags_for_resource(ResourceARN=alarms[0]["AlarmArn"])["Tags"]
        return Found(resource_id, resource_id, tag_map(tags))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = pages(get_client("cloudwatch"), "describe_alarms", "MetricAlarms[].AlarmName")
        return (name for name in names if marker in name)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("cloudwatch").delete_alarms(AlarmNames=[resource_id])
