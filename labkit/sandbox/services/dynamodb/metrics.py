"""The AWS/DynamoDB metrics, as far as a table on demand has them.

Source: DynamoDB Developer Guide, "DynamoDB metrics and dimensions".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labkit.sandbox.upstream.cloudwatch import cloudwatch

NAMESPACE = "AWS/DynamoDB"
INDEXES = ("GlobalSecondaryIndexes",)

NO_USER_ERRORS = (
    "ConditionalCheckFailedException",
    "ProvisionedThroughputExceededException",
    "ThrottlingException",
)
"""Refusals that are counted elsewhere than under UserErrors."""


def consumed(capacity: dict[str, Any], *, write: bool) -> None:
    """Record the units that a request took, of the table and of each index."""
    metric = "ConsumedWriteCapacityUnits" if write else "ConsumedReadCapacityUnits"
    table = capacity["TableName"]
    for index, units in _units(capacity):
        dimensions = {"TableName": table} | ({"GlobalSecondaryIndexName": index} if index else {})
        _emit(metric, units, "Count", dimensions)


def consumed_by_table(table: str, units: float) -> None:
    """Record the write units of a request that was refused by its condition."""
    _emit("ConsumedWriteCapacityUnits", units, "Count", {"TableName": table})


def served(operation: str, table: str, seconds: float) -> None:
    """Record a request that was served, with how long it took."""
    dimensions = {"TableName": table, "Operation": operation}
    _emit("SuccessfulRequestLatency", seconds * 1000, "Milliseconds", dimensions)


def returned(operation: str, table: str, items: int) -> None:
    """Record how many items a Query or Scan returned."""
    dimensions = {"TableName": table, "Operation": operation}
    _emit("ReturnedItemCount", items, "Count", dimensions)


def refused(code: str, table: str | None) -> None:
    """Record a request that was refused."""
    if code == "ConditionalCheckFailedException" and table:
        _emit("ConditionalCheckFailedRequests", 1, "Count", {"TableName": table})
    if code not in NO_USER_ERRORS:
        _emit("UserErrors", 1, "Count", {})


def expired(table: str, items: int) -> None:
    """Record how many items were removed because their time had come."""
    _emit("TimeToLiveDeletedItemCount", items, "Count", {"TableName": table})


def _units(capacity: dict[str, Any]) -> Iterator[tuple[str | None, float]]:
    indexes = {name: one for kind in INDEXES for name, one in capacity.get(kind, {}).items()}
    of_indexes = {name: one["CapacityUnits"] for name, one in indexes.items()}
    of_table = capacity.get("CapacityUnits", 0.0) - sum(of_indexes.values())
    if of_table:
        yield None, of_table
    yield from of_indexes.items()


def _emit(metric: str, value: float, unit: str, dimensions: dict[str, str]) -> None:
    cloudwatch.record_metric(NAMESPACE, metric, value, unit, dimensions)
