"""DynamoDB: what AWS refuses is, and each operation counts.

| where | what |
|---|---|
| `operations.py` | the way of every operation: refused, served, counted |
| `requests.py`, `key_conditions.py`, `create_table.py`, `expressions/` | what is refused |
| `updates.py` | what an UpdateExpression does |
| `table_states.py`, `time_to_live.py` | what takes time |
| `reads.py`, `read_capacity.py`, `metrics.py` | what it costs |
| `store.py` | MiniStack's stores |
"""

from __future__ import annotations

import functools

from labkit.sandbox.services.dynamodb import operations, store, time_to_live
from labkit.sandbox.services.provider import Hook, Provider, around, instead
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


PROVIDER = DynamoDb()
