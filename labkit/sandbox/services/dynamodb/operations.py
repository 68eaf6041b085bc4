"""DynamoDB's operations: refused as AWS does, then done by MiniStack, then counted.

Every way in, a request, a stack or a state machine, passes here: the seams are MiniStack's own
functions for the operations.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from labkit.sandbox.services.dynamodb import (
    create_table,
    key_conditions,
    metrics,
    read_capacity,
    requests,
    time_to_live,
    updates,
)
from labkit.sandbox.services.dynamodb.expressions import reading
from labkit.sandbox.services.dynamodb.expressions.placeholders import Placeholders
from labkit.sandbox.services.dynamodb.reads import Reads
from labkit.sandbox.services.dynamodb.table_states import BACKFILLING, Scope, TableStates
from labkit.sandbox.upstream import dynamodb as upstream
from labkit.sandbox.upstream.dynamodb import Answer, Operation, Request

ITEM_OPERATIONS = {
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

READS = ("GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems")
NOT_FOUND = "Requested resource not found"

states = TableStates()
"""Which tables are being changed."""

_reads = Reads()


def install() -> None:
    """Take every operation."""
    for operation, name in ITEM_OPERATIONS.items():
        _take(operation, name, _serve_items)
    for operation, name, serve in (
        ("CreateTable", "_create_table", _create),
        ("DeleteTable", "_delete_table", _delete),
        ("UpdateTable", "_update_table", _update),
        ("DescribeTable", "_describe_table", _describe),
        ("ListTables", "_list_tables", _list),
        ("ListTagsOfResource", "_list_tags", _tags),
        ("UpdateTimeToLive", "_update_ttl", _expire),
    ):
        _take(operation, name, serve)
    upstream.replace_update(_apply_update)
    _reads.install()


def _take(operation: str, name: str, serve: Callable[[str, Operation, Request], Answer]) -> None:
    def handle(data: Request) -> Answer:
        answer = serve(operation, old, data)
        if answer[0] >= 400:
            _count_refusal(operation, data, json.loads(answer[2]))
        return answer

    old = upstream.replace_operation(name, handle)


def _serve_items(operation: str, old: Operation, data: Request) -> Answer:
    if refused := _refusal(operation, data):
        return refused
    asked = data.get("ReturnConsumedCapacity") or "NONE"
    began = time.perf_counter()
    with _reads.counting():
        answer = old(data | {"ReturnConsumedCapacity": "INDEXES" if asked == "NONE" else asked})
        if answer[0] >= 400:
            return answer
        content = _reads.counted(operation, data, json.loads(answer[2]))
    _count(operation, data, content, time.perf_counter() - began)
    return _answered(content, asked)


def _answered(content: dict[str, Any], asked: str) -> Answer:
    """Make the answer, with as much of the capacity as was asked for."""
    capacity = content.pop("ConsumedCapacity", None)
    if isinstance(capacity, list):
        found = [read_capacity.shortened(one, asked) for one in capacity]
        content |= {"ConsumedCapacity": found} if asked != "NONE" else {}
    elif capacity and asked != "NONE":
        content["ConsumedCapacity"] = read_capacity.shortened(capacity, asked)
    return upstream.answer(content)


def _refusal(operation: str, data: Request) -> Answer | None:
    """Refuse what AWS refuses before it looks at an item."""
    for kind, request in _parts(operation, data):
        said = requests.problem(kind, request) or _key_problem(kind, request)
        if said:
            return upstream.refusal("ValidationException", said)
    for name in tables_of(operation, data):
        scope = scope_of(name)
        if states.unreadable(scope):
            return upstream.refusal("ResourceNotFoundException", NOT_FOUND)
        if states.filling(scope, data.get("IndexName")):
            text = BACKFILLING.format(data["IndexName"])
            return upstream.refusal("ValidationException", text)
    return None


def _parts(operation: str, data: Request) -> list[tuple[str, Request]]:
    """Return the requests that have expressions: the request itself, or a transaction's actions."""
    if not operation.startswith("Transact"):
        return [(operation, data)]
    members = [one for one in data.get("TransactItems") or [] if isinstance(one, dict)]
    return [(kind, part) for one in members for kind, part in one.items() if isinstance(part, dict)]


def _key_problem(operation: str, data: Request) -> str | None:
    text = data.get("KeyConditionExpression")
    if operation != "Query" or not text:
        return None
    said = key_conditions.problem(reading.condition(text))
    return said or _filter_problem(data)


def _filter_problem(data: Request) -> str | None:
    """Refuse to filter a Query by its own key."""
    table = upstream.table(data.get("TableName") or "")
    if table is None or not data.get("FilterExpression"):
        return None
    keys = upstream.key_names(table, data.get("IndexName"))
    names = data.get("ExpressionAttributeNames") or {}
    return key_conditions.filtered_key(reading.condition(data["FilterExpression"]), keys, names)


def tables_of(operation: str, data: Request) -> list[str]:
    """Return the names of the tables that a request is about, as far as it can be read."""
    if operation.startswith("Batch"):
        named = list(data.get("RequestItems") or {})
    else:
        named = [part.get("TableName") for _, part in _parts(operation, data)]
    return list(dict.fromkeys(name for name in named if isinstance(name, str) and name))


def scope_of(name: str) -> Scope:
    """Return the caller's account and Region, with a table's plain name."""
    return (*upstream.caller(), upstream.plain_name(name))


def _count(operation: str, data: Request, content: dict[str, Any], seconds: float) -> None:
    capacity = content.get("ConsumedCapacity") or []
    for one in capacity if isinstance(capacity, list) else [capacity]:
        metrics.consumed(one, write=operation not in READS)
    for name in tables_of(operation, data):
        metrics.served(operation, upstream.plain_name(name), seconds)
        if operation in ("Query", "Scan"):
            metrics.returned(operation, upstream.plain_name(name), content.get("Count", 0))


def _count_refusal(operation: str, data: Request, content: dict[str, Any]) -> None:
    code = content.get("__type", "").rpartition("#")[2]
    name = next(iter(tables_of(operation, data)), None)
    metrics.refused(code, name)
    table = upstream.table(name) if name else None
    if table is not None and code == "ConditionalCheckFailedException":
        key = data.get("Key") or upstream.key_of(table, data.get("Item") or {})
        size = upstream.item_bytes(upstream.item_of(table, key) or {})
        metrics.consumed_by_table(upstream.plain_name(str(name)), read_capacity.write_units(size))


def _apply_update(
    item: dict[str, Any],
    expr: str,
    attr_values: dict[str, Any] | None,
    attr_names: dict[str, str] | None,
    updated_attrs: set[Any] | None = None,
) -> tuple[dict[str, Any], set[Any]]:
    """Take the place of MiniStack's application of an update."""
    placeholders = Placeholders(attr_names or {}, attr_values or {})
    touched = set() if updated_attrs is None else updated_attrs
    touched |= updates.paths(expr, placeholders)
    return updates.apply(item, expr, placeholders), touched


def _create(_: str, old: Operation, data: Request) -> Answer:
    if said := create_table.problem(data):
        return upstream.refusal("ValidationException", said)
    name = data.get("TableName")
    if isinstance(name, str) and states.current(scope_of(name)):
        return upstream.refusal("ResourceInUseException", f"Table already exists: {name}")
    answer = old(data)
    if answer[0] < 400:
        states.begin(scope_of(data["TableName"]), "CREATING")
    return _with_state(answer, data)


def _delete(_: str, old: Operation, data: Request) -> Answer:
    if refused := _busy(data):
        return refused
    tags = upstream.tags(data.get("TableName") or "")
    answer = old(data)
    if answer[0] < 400:
        scope = scope_of(data["TableName"])
        description = json.loads(answer[2])["TableDescription"]
        states.begin(scope, "DELETING", description=description, tags=tags)
        time_to_live.forget(scope)
    return answer


def _update(_: str, old: Operation, data: Request) -> Answer:
    if refused := _busy(data):
        return refused
    answer = old(data)
    if answer[0] < 400:
        made = [
            one["Create"]
            for one in data.get("GlobalSecondaryIndexUpdates") or []
            if "Create" in one
        ]
        indexes = frozenset(one["IndexName"] for one in made)
        states.begin(scope_of(data["TableName"]), "UPDATING", indexes)
    return _with_state(answer, data)


def _describe(_: str, old: Operation, data: Request) -> Answer:
    change = states.current(scope_of(data["TableName"])) if data.get("TableName") else None
    if change and change.status == "DELETING":
        return upstream.answer({"Table": change.description})
    return _with_state(old(data), data)


def _list(_: str, old: Operation, data: Request) -> Answer:
    """List the tables that are being deleted, too."""
    del old
    limit = int(data.get("Limit") or 100)
    names = {*upstream.table_names(), *states.deleting(*upstream.caller())}
    after = data.get("ExclusiveStartTableName") or ""
    there = sorted(name for name in names if name > after)
    page: dict[str, Any] = {"TableNames": there[:limit]}
    if len(there) > limit:
        page["LastEvaluatedTableName"] = there[limit - 1]
    return upstream.answer(page)


def _tags(_: str, old: Operation, data: Request) -> Answer:
    """Tell the tags of a table that is being deleted, too."""
    name = str(data.get("ResourceArn") or "").rpartition(":table/")[2]
    change = states.current(scope_of(name)) if name else None
    if change and change.status == "DELETING":
        return upstream.answer({"Tags": change.tags})
    return old(data)


def _expire(_: str, old: Operation, data: Request) -> Answer:
    name = data.get("TableName")
    if not isinstance(name, str) or upstream.table(name) is None:
        return old(data)
    if refused := _busy(data):
        return refused
    scope, current = scope_of(name), upstream.expiry_attribute(upstream.plain_name(name))
    if said := time_to_live.problem(data, current, scope):
        return upstream.refusal("ValidationException", said)
    answer = old(data)
    if answer[0] < 400:
        time_to_live.changed(scope)
    return answer


def _busy(data: Request) -> Answer | None:
    """Refuse to change a table that is being changed."""
    name = data.get("TableName")
    said = states.in_use(scope_of(name)) if isinstance(name, str) and name else None
    return upstream.refusal("ResourceInUseException", said) if said else None


def _with_state(answer: Answer, data: Request) -> Answer:
    """Show the state that the described table is in."""
    if answer[0] >= 400:
        return answer
    content = json.loads(answer[2])
    scope = scope_of(data["TableName"])
    return upstream.answer({key: states.shown(scope, one) for key, one in content.items()})
