"""DynamoDB: what AWS refuses is, and each operation counts.

| where | what |
|---|---|
| `operations.py` | the way of every operation: refused, served, counted |
| `members.py`, `tags.py`, `backups.py` | what is refused of a request before it is an operation's |
| `create_table.py`, `table_updates.py` | what is refused of tables |
| `requests.py`, `key_conditions.py`, `index_reads.py`, `batches.py`, `expressions/` | of items |
| `updates.py` | what an UpdateExpression does |
| `table_states.py`, `time_to_live.py` | what takes time |
| `reads.py`, `read_capacity.py`, `metrics.py` | what it costs |
| `store.py` | MiniStack's stores |
"""

from __future__ import annotations

import functools

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.dynamodb import (
    backups,
    members,
    operations,
    store,
    table_updates,
    tags,
    time_to_live,
)
from labkit.sandbox.services.provider import Hook, Output, Provider, around, instead, operation
from labkit.sandbox.upstream.dynamodb import dynamodb

ON_ITEMS = {
    "PutItem": "_put_item",
    "GetItem": "_get_item",
    "DeleteItem": "_delete_item",
    "UpdateItem": "_update_item",
    "Query": "_query",
    "Scan": "_scan",
    "BatchWriteItem": "_batch_write_item",
    "BatchGetItem": "_batch_get_item",
    "TransactWriteItems": "_transact_write_items",
    "TransactGetItems": "_transact_get_items",
}
"""By operation on items: MiniStack's function."""


def taken(operation: str, name: str, serve: operations.Serve) -> Hook:
    """Return the hook of an operation, which is served by `serve`."""
    return around(dynamodb, name, functools.partial(operations.taken, operation, serve))


class DynamoDb(Provider):
    """DynamoDB."""

    hooks = (
        *(taken(one, name, operations.serve_items) for one, name in ON_ITEMS.items()),
        taken("CreateTable", "_create_table", operations.create),
        taken("DeleteTable", "_delete_table", operations.delete),
        taken("DescribeTable", "_describe_table", operations.describe),
        taken("ListTables", "_list_tables", operations.list_tables),
        taken("ListTagsOfResource", "_list_tags", operations.tags),
        taken("UpdateTable", "_update_table", operations.update),
        taken("UpdateTimeToLive", "_update_ttl", operations.expire),
        around(dynamodb, "_paginate_evaluated_items", operations.reads.page),
        instead(dynamodb, "_apply_update_expression", operations.apply_update),
        Hook(dynamodb, "_ttl_settings", store.hidden),
    )

    def begin(self) -> None:
        """Begin to remove what expires."""
        time_to_live.start()

    async def answer(self, request: Request) -> Output:
        """Answer a request whose members are as the model says, and count it if they are not."""
        try:
            members.check(request)
        except AwsError as error:
            operations.count_refusal(
                request.operation, request.parameters, error.code(request.protocol)
            )
            raise
        return await super().answer(request)

    @operation("UpdateTable")
    async def update_table(self, request: Request) -> Response:
        """Change a table. A stack changes more of one at a time, and passes by here."""
        given = request.parameters
        table_updates.check(given, store.table(str(given.get("TableName") or "")))
        return await request.forward()

    @operation("DeleteTable")
    async def delete_table(self, request: Request) -> Response:
        """Delete a table."""
        name = str(request.parameters.get("TableName") or "")
        table_updates.check_deletion(store.table(name))
        return await request.forward()

    @operation("TagResource")
    async def tag_resource(self, request: Request) -> Response:
        """Put tags on a table."""
        return await tags.put(request)

    @operation("UntagResource")
    async def untag_resource(self, request: Request) -> Response:
        """Take tags away from a table."""
        return await tags.take(request)

    @operation("DescribeTimeToLive")
    async def describe_time_to_live(self, request: Request) -> Response:
        """Show by which attribute a table's items expire."""
        operations.check_that_it_is_there(str(request.parameters.get("TableName") or ""))
        return await request.forward()

    @operation("UpdateContinuousBackups")
    async def update_continuous_backups(self, request: Request) -> Response:
        """Switch point-in-time recovery on or off."""
        return await backups.update(request)

    @operation("ExportTableToPointInTime", "RestoreTableToPointInTime")
    async def go_back(self, request: Request) -> Response:
        """Restore or export a table as it was."""
        return await backups.go_back(request)

    @operation("PutResourcePolicy")
    async def put_resource_policy(self, request: Request) -> Response:
        """Put a policy on a table."""
        tags.check_policy(str(request.parameters.get("Policy") or ""))
        return await request.forward()


PROVIDER = DynamoDb()
