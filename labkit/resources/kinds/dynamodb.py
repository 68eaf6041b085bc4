"""DynamoDB: tables."""

from __future__ import annotations

from collections.abc import Iterable

from labkit.resources.billing import Billing
from labkit.resources.errors import code_of
from labkit.resources.kind import Create, Found, GetClient, Kind, each, pages, tag_map
from labkit.resources.rights import Right

BY = "TableName"
NOT_SAID = "AccessDeniedException"
"""What AWS answers when it is asked for the tags of a table that is no more."""


class Table(Kind):
    """A table with its items, indexes and stream."""

    name = "DynamoDB table"
    service = "dynamodb"
    creates = (Create("CreateTable", BY, id=None, tags="Tags", longest=255),)
    parts = each(BY, "PutItem", "UpdateItem")
    harmless = each(
        "items go with their table",
        "BatchExecuteStatement",
        "BatchWriteItem",
        "ExecuteStatement",
        "ExecuteTransaction",
        "TransactGetItems",
        "TransactWriteItems",
    )
    deletes = each(BY, "DeleteTable")
    after = ("Lambda event source mapping",)
    missing = frozenset(["ResourceNotFoundException"])
    busy = frozenset(["LimitExceededException", "ResourceInUseException"])
    pace_s = 5.0
    deletion_timeout_s = 600.0
    """AWS creates and deletes a table within minutes; in the meantime it refuses a deletion."""
    billing = Billing(unmetered="reads, writes and storage")

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        from botocore.exceptions import ClientError

        client = get_client("dynamodb")
        arn = client.describe_table(TableName=resource_id)["Table"]["TableArn"]
        try:
            tags = [*pages(client, "list_tags_of_resource", "Tags[]", ResourceArn=arn)]
        except ClientError as error:
            if code_of(error) == NOT_SAID:
                client.describe_table(TableName=resource_id)  # it may have gone in the meantime
            raise
        return Found(resource_id, resource_id, tag_map(tags))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = pages(get_client("dynamodb"), "list_tables", "TableNames[]")
        return (name for name in names if marker in name)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client = get_client("dynamodb")
        table = client.describe_table(TableName=resource_id)["Table"]
        if table["TableStatus"] == "DELETING":
            return
        if table.get("DeletionProtectionEnabled"):
            client.update_table(TableName=resource_id, DeletionProtectionEnabled=False)
        client.delete_table(TableName=resource_id)

    def identify(self, given: str) -> str:
        return given.rpartition("/")[2]


RIGHTS = (
    Right("student", "Look", ("dynamodb:ListTables",)),
    Right(
        "student",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("dynamodb:*",),
        ("arn:aws:dynamodb:*:*:table/lk-*",),
    ),
    Right("student", "WriteNothingWithoutTheRunsTag", ("dynamodb:CreateTable",)),
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        (
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:UpdateItem",
        ),
        ("arn:aws:dynamodb:*:*:table/lk-*",),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("dynamodb:Describe*", "dynamodb:List*")),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("dynamodb:DeleteTable", "dynamodb:UpdateTable"),
        ("arn:aws:dynamodb:*:*:table/lk-*",),
    ),
)
