"""The only place that imports MiniStack's DynamoDB, each of its names with the shape that it had.

MiniStack loads it with the first request, so its names are looked up when they are asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from labkit.sandbox.upstream import seams

MODULE = "ministack.services.dynamodb"

Answer = tuple[int, dict[str, Any], bytes]
Request = dict[str, Any]
Operation = Callable[[Request], Answer]
Item = dict[str, Any]
Table = dict[str, Any]
Scope = tuple[str, str, str]
"""Account, Region and name of a table."""


def reserved_words() -> frozenset[str]:
    """Return the words of DynamoDB that no attribute may be called by."""
    words: frozenset[str] = seams.use(
        "ministack.services._dynamodb_keywords", "AWS_KEYWORDS", like="frozenset"
    )
    return words


def replace_operation(name: str, new: Operation) -> Operation:
    """Put an operation of ours in the place of MiniStack's, such as "_put_item"; return that."""
    old: Operation = seams.replace(MODULE, name, new, like="(data)")
    return old


def replace_update(new: Callable[..., Any]) -> None:
    """Put ours in the place of what applies an update to an item."""
    like = "(item, expr, attr_values, attr_names, updated_attrs=None)"
    seams.replace(MODULE, "_apply_update_expression", new, like=like)


def replace_page(new: Callable[..., Any]) -> Callable[..., Any]:
    """Put ours in the place of what cuts a page of items; return MiniStack's."""
    like = "(items, limit, table, index_name=None)"
    old: Callable[..., Any] = seams.replace(MODULE, "_paginate_evaluated_items", new, like=like)
    return old


def item_bytes(item: Item) -> int:
    """Return the size of an item as DynamoDB counts it, in bytes."""
    size: int = seams.use(MODULE, "_item_size_bytes", like="(item)")(item)
    return size


def index_entry(item: Item, table: Table, index: str | None) -> Item:
    """Return what an index holds of an item; the item itself for None."""
    if index is None:
        return item
    project = seams.use(MODULE, "_apply_index_projection", like="(item, table, index_name)")
    entry: Item = project(item, table, index)
    return entry


def table(name: str) -> Table | None:
    """Return a table of the caller's account and Region."""
    found: Table | None = _tables().get(plain_name(name))
    return found


def key_names(table: Table, index: str | None) -> set[str]:
    """Return the names of the key attributes of a table, or of one of its indexes."""
    indexes = [*table.get("GlobalSecondaryIndexes", []), *table.get("LocalSecondaryIndexes", [])]
    schemas = {one["IndexName"]: one["KeySchema"] for one in indexes}
    schema = schemas[index] if index in schemas else table["KeySchema"]
    return {key["AttributeName"] for key in schema}


def plain_name(name: str) -> str:
    """Return a table's name, given by name or ARN."""
    normal = seams.use(MODULE, "_normalize_table_name", like="(value)")
    return str(normal(name))


def table_names() -> list[str]:
    """Return the names of all tables of the caller's account and Region."""
    return list(_tables().keys())


def tags(name: str) -> list[dict[str, str]]:
    """Return the tags of a table; none if there is no such table."""
    found = table(name) if name else None
    of_tables = seams.use(MODULE, "_tags", like="AccountRegionScopedDict")
    return list(of_tables.get(found["TableArn"]) or []) if found else []


def item_of(table: Table, key: Item) -> Item | None:
    """Return the item with a key; None if there is none."""
    found: Item | None = seams.use(MODULE, "_get_item_by_key", like="(table, key)")(table, key)
    return found


def key_of(table: Table, item: Item) -> Item:
    """Return an item's key."""
    key: Item = seams.use(MODULE, "_extract_key_from_item", like="(table, item)")(table, item)
    return key


def expiring() -> Iterator[tuple[Scope, Table, str]]:
    """Give every table whose items expire, and the attribute that says when."""
    for scope, setting in list(_expiry_settings().items_in_all_scopes()):
        if setting.get("TimeToLiveStatus") != "ENABLED":
            continue
        found = _tables().get_scoped(*scope)
        if found is not None:
            yield scope, found, setting.get("AttributeName", "")


def expiry_attribute(name: str) -> str | None:
    """Return the attribute by which a table's items expire; None if they do not."""
    setting = _expiry_settings().get(name) or {}
    return setting.get("AttributeName") if setting.get("TimeToLiveStatus") == "ENABLED" else None


def take_expiry_over() -> None:
    """Hide the settings from MiniStack's reaper, which takes text for a time."""
    old = seams.use(MODULE, "_ttl_settings", like="AccountRegionScopedDict")

    class Settings(type(old)):  # type: ignore[misc]
        """MiniStack's settings, but walked through by nobody else."""

        __slots__ = ()

        def all_items(self) -> list[Any]:
            return []

        def items_in_all_scopes(self) -> list[Any]:
            return list(super().all_items())

    seams.replace(MODULE, "_ttl_settings", Settings(), like="AccountRegionScopedDict")


def items(table: Table) -> list[Item]:
    """Return a table's items."""
    return [
        item
        for sorted_items in list(table["items"].values())
        for item in list(sorted_items.values())
    ]


def expire(scope: Scope, table: Table, item: Item) -> None:
    """Remove an item, and tell the table's stream who did it."""
    key = {name: next(iter(value.values())) for name, value in key_of(table, item).items()}
    sort = key[table["sk_name"]] if table["sk_name"] else "__no_sort__"
    remove = seams.use(MODULE, "_remove_item", like="(table, pk_val, sk_val)")
    emit = seams.use(
        MODULE,
        "_emit_stream_event",
        like="(table_name, event_name, old_item, new_item, replicate=True)",
    )
    with scope_of(*scope[:2]):
        remove(table, key[table["pk_name"]], sort)
        before = len(_stream(scope[2]))
        emit(scope[2], "REMOVE", item, None)
        for record in _stream(scope[2])[before:]:
            record["userIdentity"] = {
                "type": "Service",
                "principalId": "dynamodb.amazonaws.com",
            }


def refusal(code: str, message: str, **more: Any) -> Answer:
    """Make the answer to a request that is refused."""
    make = seams.use(
        "ministack.core.responses",
        "error_response_json",
        like=(
            "(code, message, status=400, extra=None, *, message_key='message', "
            "content_type='application/x-amz-json-1.0')"
        ),
    )
    answer: Answer = make(code, message, 400, more or None)
    return answer


def answer(content: dict[str, Any]) -> Answer:
    """Make the answer to a request that is served."""
    body = json.dumps(content, ensure_ascii=False).encode()
    return 200, {"Content-Type": "application/x-amz-json-1.0"}, body


def scope_of(account: str, region: str) -> AbstractContextManager[None]:
    """Work in an account and Region."""
    made: AbstractContextManager[None] = seams.use(
        "ministack.core.responses", "request_scope", like="(account_id, region)"
    )(account, region)
    return made


def caller() -> tuple[str, str]:
    """Return the account and the Region of the request that is served."""
    account = seams.use("ministack.core.responses", "get_account_id", like="()")
    region = seams.use("ministack.core.responses", "get_region", like="()")
    return account(), region()


def _tables() -> Any:
    return seams.use(MODULE, "_tables", like="AccountRegionScopedDict")


def _expiry_settings() -> Any:
    return seams.use(MODULE, "_ttl_settings", like="Settings")


def _stream(name: str) -> list[dict[str, Any]]:
    records = seams.use(MODULE, "_stream_records", like="AccountRegionScopedDict")
    found: list[dict[str, Any]] = records.get(name) or []
    return found
