"""What is kept of tables and items: MiniStack's stores, and answers as it writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.dynamodb import dynamodb, keywords

Answer = tuple[int, dict[str, Any], bytes]
Request = dict[str, Any]
Operation = Callable[[Request], Answer]
Item = dict[str, Any]
Table = dict[str, Any]
Scope = tuple[str, str, str]
"""Account, Region and name of a table."""


def reserved_words() -> frozenset[str]:
    """Return the words of DynamoDB that no attribute may be called by."""
    words: frozenset[str] = keywords.AWS_KEYWORDS
    return words


def item_bytes(item: Item) -> int:
    """Return the size of an item as DynamoDB counts it, in bytes."""
    size: int = dynamodb._item_size_bytes(item)
    return size


def index_entry(item: Item, table: Table, index: str | None) -> Item:
    """Return what an index holds of an item; the item itself for None."""
    if index is None:
        return item
    project = dynamodb._apply_index_projection
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


def index_names(table: Table) -> set[str]:
    """Return the names of a table's indexes."""
    kinds = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
    return {one["IndexName"] for kind in kinds for one in table.get(kind) or []}


def global_index(table: Table, name: str | None) -> dict[str, Any] | None:
    """Return a global index of a table; None if it has none of that name."""
    found = [one for one in table.get("GlobalSecondaryIndexes") or [] if one["IndexName"] == name]
    return found[0] if found else None


def plain_name(name: str) -> str:
    """Return a table's name, given by name or ARN."""
    normal = dynamodb._normalize_table_name
    return str(normal(name))


def table_names() -> list[str]:
    """Return the names of all tables of the caller's account and Region."""
    return list(_tables().keys())


def tags(name: str) -> list[dict[str, str]]:
    """Return the tags of a table; none if there is no such table."""
    found = table(name) if name else None
    of_tables = dynamodb._tags
    return list(of_tables.get(found["TableArn"]) or []) if found else []


def item_of(table: Table, key: Item) -> Item | None:
    """Return the item with a key; None if there is none."""
    found: Item | None = dynamodb._get_item_by_key(table, key)
    return found


def key_of(table: Table, item: Item) -> Item:
    """Return an item's key."""
    key: Item = dynamodb._extract_key_from_item(table, item)
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


def keeps_changes(name: str) -> bool:
    """Say whether point-in-time recovery is on for a table."""
    settings = dynamodb._pitr_settings
    return bool(settings.get(name))


def hidden(settings: Any) -> Any:
    """Hide the settings of expiry from MiniStack's reaper, which takes text for a time."""

    class Settings(type(settings)):  # type: ignore[misc]
        """MiniStack's settings, but walked through by nobody else."""

        __slots__ = ()

        def all_items(self) -> list[Any]:
            return []

        def items_in_all_scopes(self) -> list[Any]:
            return list(super().all_items())

    return Settings()


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
    remove = dynamodb._remove_item
    emit = dynamodb._emit_stream_event
    with scope_of(*scope[:2]):
        remove(table, key[table["pk_name"]], sort)
        before = len(_stream(scope[2]))
        emit(scope[2], "REMOVE", item, None)
        for record in _stream(scope[2])[before:]:
            record["userIdentity"] = {
                "type": "Service",
                "principalId": "dynamodb.amazonaws.com",
            }


def answer(content: dict[str, Any]) -> Answer:
    """Make the answer to a request that is served."""
    body = json.dumps(content, ensure_ascii=False).encode()
    return 200, {"Content-Type": "application/x-amz-json-1.0"}, body


def scope_of(account: str, region: str) -> AbstractContextManager[None]:
    """Work in an account and Region."""
    made: AbstractContextManager[None] = responses.request_scope(account, region)
    return made


def _tables() -> Any:
    return dynamodb._tables


def _expiry_settings() -> Any:
    return dynamodb._ttl_settings


def _stream(name: str) -> list[dict[str, Any]]:
    records = dynamodb._stream_records
    found: list[dict[str, Any]] = records.get(name) or []
    return found
