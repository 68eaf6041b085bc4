"""DynamoDB's operations: refused as AWS does, then done by MiniStack, then counted.

Every way in, a request, a stack or a state machine, passes here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway.errors import AwsError, ResourceNotFound, ValidationError, refuse
from labkit.sandbox.services.dynamodb import (
    batches,
    create_table,
    index_reads,
    key_conditions,
    metrics,
    read_capacity,
    requests,
    store,
    time_to_live,
    updates,
)
from labkit.sandbox.services.dynamodb.expressions import reading
from labkit.sandbox.services.dynamodb.expressions.placeholders import Placeholders
from labkit.sandbox.services.dynamodb.reads import Reads
from labkit.sandbox.services.dynamodb.store import Answer, Operation, Request
from labkit.sandbox.services.dynamodb.table_states import BACKFILLING, Scope, TableStates
from labkit.sandbox.services.place import here

READS = ("GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems")
Serve = Callable[[str, Operation, Request], Answer]

IN_USE = "ResourceInUseException"
NOT_FOUND = "Requested resource not found"

states = TableStates()
"""Which tables are being changed."""

reads = Reads()
"""What the requests that are served look at."""


def taken(operation: str, serve: Serve, upstream: Operation, data: Request) -> Answer:
    """Serve an operation by one of the functions here, and count it if it is refused.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is refused before MiniStack sees it.
    """
    try:
        answer = serve(operation, upstream, data)
    except AwsError as error:
        count_refusal(operation, data, error.code("json"))
        raise
    if answer[0] >= 400:
        code = json.loads(answer[2]).get("__type", "").rpartition("#")[2]
        count_refusal(operation, data, code)
    return answer


def serve_items(operation: str, upstream: Operation, data: Request) -> Answer:
    """Serve an operation on items."""
    _check(operation, data)
    asked = data.get("ReturnConsumedCapacity") or "NONE"
    began = time.perf_counter()
    with reads.counting():
        wanted = "INDEXES" if asked == "NONE" else asked
        answer = upstream(data | {"ReturnConsumedCapacity": wanted})
        if answer[0] >= 400:
            return answer
        content = reads.counted(operation, data, json.loads(answer[2]))
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
    return store.answer(content)


def _check(operation: str, data: Request) -> None:
    """Refuse what AWS refuses before it looks at an item."""
    for kind, request in _parts(operation, data):
        said = requests.problem(kind, request) or _key_problem(kind, request)
        if said := said or index_reads.problem(kind, request):
            raise ValidationError(said)
    batches.check(operation, data)
    for name in tables_of(operation, data):
        scope = scope_of(name)
        if states.unreadable(scope):
            raise ResourceNotFound(NOT_FOUND, status=400)
        if states.filling(scope, data.get("IndexName")):
            raise ValidationError(BACKFILLING.format(data["IndexName"]))


def _parts(operation: str, data: Request) -> list[tuple[str, Request]]:
    """Return the requests that have expressions: the request itself, or its members."""
    if operation == "BatchGetItem":
        asked = (data.get("RequestItems") or {}).values()
        return [("Get", one) for one in asked if isinstance(one, dict)]
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
    table = store.table(data.get("TableName") or "")
    if table is None or not data.get("FilterExpression"):
        return None
    keys = store.key_names(table, data.get("IndexName"))
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
    return (*here(), store.plain_name(name))


def _count(operation: str, data: Request, content: dict[str, Any], seconds: float) -> None:
    capacity = content.get("ConsumedCapacity") or []
    for one in capacity if isinstance(capacity, list) else [capacity]:
        metrics.consumed(one, write=operation not in READS)
    for name in tables_of(operation, data):
        metrics.served(operation, store.plain_name(name), seconds)
        if operation in ("Query", "Scan"):
            metrics.returned(operation, store.plain_name(name), content.get("Count", 0))


def count_refusal(operation: str, data: Request, code: str) -> None:
    """Count a request that is refused."""
    name = next(iter(tables_of(operation, data)), None)
    metrics.refused(code, name)
    table = store.table(name) if name else None
    if table is not None and code == "ConditionalCheckFailedException":
        key = data.get("Key") or store.key_of(table, data.get("Item") or {})
        size = store.item_bytes(store.item_of(table, key) or {})
        metrics.consumed_by_table(store.plain_name(str(name)), read_capacity.write_units(size))


def apply_update(
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


def create(_: str, upstream: Operation, data: Request) -> Answer:
    """Create a table, which takes its time."""
    if said := create_table.problem(data):
        raise ValidationError(said)
    name = data.get("TableName")
    if isinstance(name, str) and states.current(scope_of(name)):
        refuse(IN_USE, f"Table already exists: {name}")
    answer = upstream(data)
    if answer[0] < 400:
        states.begin(scope_of(data["TableName"]), "CREATING")
    return _with_state(answer, data)


def delete(_: str, upstream: Operation, data: Request) -> Answer:
    """Delete a table, which takes its time."""
    _check_that_it_rests(data)
    tags = store.tags(data.get("TableName") or "")
    answer = upstream(data)
    if answer[0] < 400:
        scope = scope_of(data["TableName"])
        description = json.loads(answer[2])["TableDescription"]
        states.begin(scope, "DELETING", description=description, tags=tags)
        time_to_live.forget(scope)
    return answer


def update(_: str, upstream: Operation, data: Request) -> Answer:
    """Change a table, which takes its time."""
    _check_that_it_rests(data)
    answer = upstream(data)
    if answer[0] < 400:
        made = [
            one["Create"]
            for one in data.get("GlobalSecondaryIndexUpdates") or []
            if "Create" in one
        ]
        indexes = frozenset(one["IndexName"] for one in made)
        states.begin(scope_of(data["TableName"]), "UPDATING", indexes)
    return _with_state(answer, data)


def describe(_: str, upstream: Operation, data: Request) -> Answer:
    """Describe a table in the state that it is in."""
    change = states.current(scope_of(data["TableName"])) if data.get("TableName") else None
    if change and change.status == "DELETING":
        return store.answer({"Table": change.description})
    return _with_state(upstream(data), data)


MOST_TABLES = 100
"""Names of tables on one page."""


def list_tables(_: str, upstream: Operation, data: Request) -> Answer:
    """List the tables that are being deleted, too."""
    del upstream
    limit = int(data.get("Limit", MOST_TABLES))
    if not 1 <= limit <= MOST_TABLES:
        bound = "less than or equal to 100" if limit > 1 else "greater than or equal to 1"
        raise ValidationError(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy "
            f"constraint: Member must have value {bound}"
        )
    names = {*store.table_names(), *states.deleting(*here())}
    after = data.get("ExclusiveStartTableName") or ""
    there = sorted(name for name in names if name > after)
    page: dict[str, Any] = {"TableNames": there[:limit]}
    if len(there) > limit:
        page["LastEvaluatedTableName"] = there[limit - 1]
    return store.answer(page)


def tags(_: str, upstream: Operation, data: Request) -> Answer:
    """Tell the tags of a table that is being deleted, too."""
    name = str(data.get("ResourceArn") or "").rpartition(":table/")[2]
    change = states.current(scope_of(name)) if name else None
    if change and change.status == "DELETING":
        return store.answer({"Tags": change.tags})
    return upstream(data)


def expire(_: str, upstream: Operation, data: Request) -> Answer:
    """Change by which attribute a table's items expire."""
    name = data.get("TableName")
    if not isinstance(name, str) or store.table(name) is None:
        return upstream(data)
    _check_that_it_rests(data)
    scope, current = scope_of(name), store.expiry_attribute(store.plain_name(name))
    if said := time_to_live.problem(data, current, scope):
        raise ValidationError(said)
    answer = upstream(data)
    if answer[0] < 400:
        time_to_live.changed(scope)
    return answer


NOT_YET = "Cannot describe time to live while table is in {0} state: Current table state is {0}"


def check_that_it_is_there(name: str) -> None:
    """Refuse to describe how items expire of a table that is being created or deleted.

    Raises
    ------
    ValidationError
        If it is; the text as others have recorded it.
    """
    change = states.current(scope_of(name)) if name else None
    if change and change.status != "UPDATING":
        raise ValidationError(NOT_YET.format(change.status))


def _check_that_it_rests(data: Request) -> None:
    """Refuse to change a table that is being changed."""
    name = data.get("TableName")
    if isinstance(name, str) and name and (said := states.in_use(scope_of(name))):
        refuse(IN_USE, said)


def _with_state(answer: Answer, data: Request) -> Answer:
    """Show the state that the described table is in."""
    if answer[0] >= 400:
        return answer
    content = json.loads(answer[2])
    scope = scope_of(data["TableName"])
    return store.answer({key: states.shown(scope, one) for key, one in content.items()})
