"""CloudWatch Logs: log groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labkit.prices import Unit
from labkit.resources.billing import BYTES_PER_GB, Billing, Meter
from labkit.resources.kind import Create, Exists, Found, GetClient, Kind, each, pages
from labkit.resources.rights import Right


class LogGroup(Kind):
    """A log group with its streams; Lambda makes a function's own, untagged, at its first line."""

    name = "log group"
    service = "logs"
    creates = (Create("CreateLogGroup", "logGroupName", id=None, tags="tags", longest=512),)
    parts = each(
        "logGroupName",
        "CreateLogStream",
        "PutLogEvents",
        "PutMetricFilter",
        "PutRetentionPolicy",
        "PutSubscriptionFilter",
    )
    harmless = each("it only reads", "StartLiveTail", "StartQuery")
    deletes = each("logGroupName", "DeleteLogGroup")
    after = ("Lambda function", "REST API", "DB proxy", "DB instance", "DB cluster")
    missing = frozenset(["ResourceNotFoundException"])
    busy = frozenset(["OperationAbortedException"])
    comes_back = True
    exists = each(Exists("ResourceAlreadyExistsException"), "CreateLogStream")
    billing = Billing(
        meters=(
            Meter(
                "cloudwatch-logs-ingest-gb",
                "AWS/Logs",
                ("IncomingBytes",),
                "LogGroupName",
                Unit.GB,
                BYTES_PER_GB,
                "what is stored is priced apart",
            ),
        ),
        stored="cloudwatch-logs-gb-month",
    )

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client = get_client("logs")
        group = self._describe(client, resource_id)
        arn = group["arn"].removesuffix(":*")
        return Found(
            resource_id, resource_id, client.list_tags_for_resource(resourceArn=arn)["tags"]
        )

    @staticmethod
    def _describe(client: Any, name: str) -> Any:
        for group in pages(client, "describe_log_groups", "logGroups[]", logGroupNamePrefix=name):
            if group["logGroupName"] == name:
                return group
        answer = {"Error": {"Code": "ResourceNotFoundException", "Message": f"no log group {name}"}}
        raise client.exceptions.ResourceNotFoundException(answer, "DescribeLogGroups")

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = pages(
            get_client("logs"),
            "describe_log_groups",
            "logGroups[].logGroupName",
            logGroupNamePattern=marker,
        )
        return (name for name in names if marker in name)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("logs").delete_log_group(logGroupName=resource_id)

    def identify(self, given: str) -> str:
        return given.rpartition(":log-group:")[2].removesuffix(":*")

    def stored_bytes(self, get_client: GetClient, resource_id: str) -> float:
        return float(self._describe(get_client("logs"), resource_id).get("storedBytes", 0))


RIGHTS = (
    Right(
        "student",
        "Look",
        (
            "logs:Describe*",
            "logs:GetLogRecord",
            "logs:GetQueryResults",
            "logs:StopQuery",
            "logs:TestMetricFilter",
        ),
    ),
    Right(
        "student",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("logs:*",),
        ("arn:aws:logs:*:*:log-group:/*/lk-*", "arn:aws:logs:*:*:log-group:lk-*"),
    ),
    Right("student", "WriteNothingWithoutTheRunsTag", ("logs:CreateLogGroup",)),
    Right("sweep", "FindWhatLearnersLeft", ("logs:Describe*", "logs:ListTagsForResource")),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("logs:DeleteLogGroup",),
        (
            "arn:aws:logs:*:*:log-group:*lk-*",
            "arn:aws:logs:*:*:log-group:API-Gateway-Execution-Logs_*",
        ),
    ),
)
