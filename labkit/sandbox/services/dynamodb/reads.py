"""How many bytes a request has read, and what that costs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

from labkit.sandbox.services.dynamodb import store
from labkit.sandbox.services.dynamodb.read_capacity import (
    READ_BYTES,
    blocks,
    multiplied,
    read_units,
)
from labkit.sandbox.services.dynamodb.store import Item, Request, Table

BATCH_BYTES = 16 * 1024 * 1024
"""How much BatchGetItem returns at most. Source: DynamoDB API Reference, BatchGetItem."""

Content = dict[str, Any]


class Reads:
    """Counts the bytes that the request which is served looks at."""

    def __init__(self) -> None:
        self._bytes: ContextVar[int] = ContextVar("bytes read by a request", default=0)

    def page(
        self,
        upstream: Callable[..., tuple[list[Item], bool]],
        items: list[Item],
        limit: int | None,
        table: Table,
        index_name: str | None = None,
    ) -> tuple[list[Item], bool]:
        """Cut a page of items that a Query or Scan reads, and look at it."""
        found, more = upstream(items, limit, table, index_name)
        entries = (store.index_entry(item, table, index_name) for item in found)
        self._bytes.set(self._bytes.get() + sum(map(store.item_bytes, entries)))
        return found, more

    @contextlib.contextmanager
    def counting(self) -> Iterator[None]:
        """Begin to count."""
        token = self._bytes.set(0)
        try:
            yield
        finally:
            self._bytes.reset(token)

    def counted(self, operation: str, data: Request, content: Content) -> Content:
        """Return an answer with what it really costs."""
        if operation == "BatchGetItem":
            return _batch(data, content)
        if operation == "GetItem":
            table = store.table(data["TableName"])
            assert table is not None
            self._bytes.set(store.item_bytes(store.item_of(table, data["Key"]) or {}))
        if operation in ("GetItem", "Query", "Scan"):
            factor = blocks(self._bytes.get(), READ_BYTES)
            content["ConsumedCapacity"] = multiplied(content["ConsumedCapacity"], factor)
        return content


def _batch(data: Request, content: Content) -> Content:
    """Add what each table's items cost; leave for later what does not fit into one answer."""
    total, capacity = 0, []
    left: dict[str, Any] = {}
    for name, asked in data["RequestItems"].items():
        table = store.table(name)
        assert table is not None
        keys = asked["Keys"]
        sizes = [store.item_bytes(store.item_of(table, key) or {}) for key in keys]
        fitting = _fitting(sizes, BATCH_BYTES - total)
        total += sum(sizes[:fitting])
        if fitting < len(keys):
            left[name] = asked | {"Keys": keys[fitting:]}
            found = sum(size > 0 for size in sizes[:fitting])
            content["Responses"][name] = content["Responses"][name][:found]
        consistent = bool(asked.get("ConsistentRead"))
        units = sum(read_units(size, consistent=consistent) for size in sizes[:fitting])
        plain = store.plain_name(name)
        capacity.append(
            {"TableName": plain, "CapacityUnits": units, "Table": {"CapacityUnits": units}}
        )
    return content | {"UnprocessedKeys": left, "ConsumedCapacity": capacity}


def _fitting(sizes: list[int], room: int) -> int:
    """Return how many items, from the first on, fit."""
    for count, size in enumerate(sizes):
        room -= size
        if room < 0:
            return count
    return len(sizes)
