"""What a read costs: by the bytes that were looked at, and by how consistent they had to be.

MiniStack counts half a unit for every read, however large, and nothing for BatchGetItem.
Source: DynamoDB Developer Guide, "DynamoDB read and write operations": one unit reads up to 4 KB
strongly consistent; an eventually consistent read costs half, a transactional one twice as much.
"""

from __future__ import annotations

from typing import Any

READ_BYTES = 4096
WRITE_BYTES = 1024

Capacity = dict[str, Any]


def read_units(size: int, *, consistent: bool) -> float:
    """Return the units that reading so many bytes costs; reading nothing costs as much as 4 KB."""
    return blocks(size, READ_BYTES) * (1.0 if consistent else 0.5)


def write_units(size: int) -> float:
    """Return the units that writing an item of so many bytes costs."""
    return float(blocks(size, WRITE_BYTES))


def blocks(size: int, of: int) -> int:
    """Return how many blocks hold so many bytes; one at least."""
    return max(1, -(-size // of))


def multiplied(capacity: Any, factor: int) -> Any:
    """Return a ConsumedCapacity with every number of units multiplied."""
    if isinstance(capacity, dict):
        return {key: multiplied(value, factor) for key, value in capacity.items()}
    return capacity * factor if isinstance(capacity, float) else capacity


def shortened(capacity: Capacity, asked: str) -> Capacity | None:
    """Return of a whole ConsumedCapacity what was asked for: "NONE", "TOTAL" or "INDEXES"."""
    if asked == "INDEXES":
        return capacity
    parts = ("Table", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "VectorIndexes")
    total = {key: value for key, value in capacity.items() if key not in parts}
    return total if asked == "TOTAL" else None
