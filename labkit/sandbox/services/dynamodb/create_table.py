"""What AWS refuses of CreateTable, beyond what the model says of its members.

MiniStack takes keys in any order, streams without a view and indexes without capacity, and refuses
the rest with texts of its own.
Source of the texts: as in `expressions`; DynamoDB API Reference, CreateTable. What others have
recorded on AWS of texts that no document has is theirs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labkit.sandbox.services.dynamodb import tags

Request = Mapping[str, Any]

INVALID = "One or more parameter values were invalid: "
NO_DEFINITION = "Invalid KeySchema: Some index key attribute have no definition"
NOT_DEFINED = (
    INVALID + "Some index key attributes are not defined in AttributeDefinitions. "
    "Keys: [{}], AttributeDefinitions: [{}]"
)
SAME_NAME = "Both the Hash Key and the Range Key element in the KeySchema have the same name"
NOT_HASH = "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
NOT_RANGE = "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"
NUMBER = (
    INVALID + "Number of attributes in KeySchema does not exactly match number of attributes "
    "defined in AttributeDefinitions"
)
NOT_USED = (
    INVALID + "Some AttributeDefinitions are not used. AttributeDefinitions: [{}], keys used: [{}]"
)
EMPTY_LIST = INVALID + "List of {} is empty"
NO_SORT_KEY = INVALID + "Index KeySchema does not have a range key for index: {}"
OTHER_KEY = (
    INVALID + "Index KeySchema does not have the same leading hash key as table KeySchema "
    "for index: {}. index hash key: {}, table hash key: {}"
)
UNKNOWN_PROJECTION = INVALID + "Unknown ProjectionType: {}"
EXTRA_ATTRIBUTES = INVALID + "ProjectionType is {}, but NonKeyAttributes is specified"
NO_INDEX_CAPACITY = INVALID + "ProvisionedThroughput is not specified for index: {}"
INDEX_CAPACITY = (
    INVALID + "ProvisionedThroughput should not be specified for index: {} "
    "when BillingMode is PAY_PER_REQUEST"
)
NO_INDEX_CAPACITY = INVALID + "ProvisionedThroughput is not specified for index: {}"
CAPACITY = (
    INVALID + "ReadCapacityUnits and WriteCapacityUnits must both be specified "
    "when BillingMode is PROVISIONED"
)
TWICE_DEFINED = "Attribute Name is duplicated: {}"
TWICE_PROJECTED = INVALID + "Duplicate element in NonKeyAttributes: {}"
SAME_NAMES = "The KeySchema contains multiple key attributes with the same name"
HASH_FIRST = INVALID + "All HASH key attributes must precede RANGE key attributes in the KeySchema"
MANY_KEYS = INVALID + "The KeySchema exceeds the maximum allowed number of {} key attributes"
NO_VIEW = INVALID + "Table is being created with a stream enabled, UpdateViewType is required"
ENCRYPTION = INVALID + "SSEType AES256 is not supported"

PROJECTED = 100
"""Attributes that all indexes of a table project by name. Source: Developer Guide, "Quotas"."""

MANY_PROJECTED = INVALID + "Number of projected attributes exceeds the per-table limit of 100"
"""Nobody has recorded how AWS words it."""

MOST_OF_A_KIND = 4
"""Key attributes of each kind that a global index has. Source: Developer Guide, "Quotas"."""

LIMITS = {
    "LocalSecondaryIndexes": (
        5,
        INVALID + "Number of LocalSecondaryIndexes exceeds per-table limit of 5",
    ),
    "GlobalSecondaryIndexes": (
        20,
        INVALID + "GlobalSecondaryIndex count exceeds the per-table limit of 20",
    ),
}
"""By kind of index: how many a table may have. Source: DynamoDB Developer Guide, "Quotas"."""

KEY_TYPES = ("HASH", "RANGE")


def problem(request: Request) -> str | None:
    """Return what AWS says of a table that is to be created; None if nothing is wrong."""
    return next(_problems(request), None) if _is_readable(request) else None


def _is_readable(request: Request) -> bool:
    """Say whether keys and attributes are what the model asks for: MiniStack says so else."""
    keys = request.get("KeySchema") or []
    typed = all(key.get("KeyType") in KEY_TYPES for key in keys)
    defined = all(one.get("AttributeType") in ("S", "N", "B") for one in _definitions(request))
    return bool(keys) and len(keys) <= 2 and typed and defined


def _problems(request: Request) -> Iterator[str]:
    defined = [one["AttributeName"] for one in _definitions(request)]
    if request.get("BillingMode", "PROVISIONED") == "PROVISIONED":
        yield from _capacity_problems(request)
    for name in defined:
        if defined.count(name) > 1:
            yield TWICE_DEFINED.format(name)
    yield from _key_problems(request["KeySchema"], defined)
    for kind in LIMITS:
        yield from _index_problems(request, kind, defined)
    yield from _unused(request, defined)
    yield from _projected_problems(request)
    yield from _setting_problems(request)


def _setting_problems(request: Request) -> Iterator[str]:
    """Yield what is wrong with a table's stream, its encryption and its tags."""
    stream = request.get("StreamSpecification") or {}
    if stream.get("StreamEnabled") and not stream.get("StreamViewType"):
        yield NO_VIEW
    if (request.get("SSESpecification") or {}).get("SSEType") == "AES256":
        yield ENCRYPTION
    if said := tags.problem(request.get("Tags") or []):
        yield said


def _definitions(request: Request) -> Sequence[Request]:
    return request.get("AttributeDefinitions") or []


def _capacity_problems(request: Request) -> Iterator[str]:
    given = request.get("ProvisionedThroughput") or {}
    if not (given.get("ReadCapacityUnits") and given.get("WriteCapacityUnits")):
        yield CAPACITY


def _key_problems(schema: Sequence[Request], defined: list[str]) -> Iterator[str]:
    names = [key["AttributeName"] for key in schema]
    if len(names) > len(defined):
        yield NO_DEFINITION
    if not set(names) <= set(defined):
        yield NOT_DEFINED.format(", ".join(names), ", ".join(defined))
    if len(names) > len(set(names)):
        yield SAME_NAME
    if schema[0]["KeyType"] != "HASH":
        yield NOT_HASH
    if any(key["KeyType"] != "RANGE" for key in schema[1:2]):
        yield NOT_RANGE


def _index_problems(request: Request, kind: str, defined: list[str]) -> Iterator[str]:
    indexes = request.get(kind)
    if indexes is None:
        return
    if not indexes:
        yield EMPTY_LIST.format(kind)
    for index in indexes:
        if not _has_keys(index):
            return
        if len(index["KeySchema"]) > 2:
            yield from _many_keys_problems(index["KeySchema"], defined)
        else:
            yield from _key_problems(index["KeySchema"], defined)
        if kind == "LocalSecondaryIndexes":
            yield from _local_problems(request, index)
        yield from projection_problems(index)
        if kind == "GlobalSecondaryIndexes":
            yield from _index_capacity_problems(request, index)
    limit, text = LIMITS[kind]
    if len(indexes) > limit:
        yield text


def _index_capacity_problems(request: Request, index: Request) -> Iterator[str]:
    """Yield what is wrong with an index's capacity; a table that is restored has one of nothing."""
    on_demand = request.get("BillingMode") == "PAY_PER_REQUEST"
    given = any((index.get("ProvisionedThroughput") or {}).values())
    if on_demand and given:
        yield INDEX_CAPACITY.format(index["IndexName"])
    if not on_demand and not given:
        yield NO_INDEX_CAPACITY.format(index["IndexName"])


def _many_keys_problems(schema: Sequence[Request], defined: list[str]) -> Iterator[str]:
    """Yield what is wrong with the keys of a global index that has more than two."""
    names = [key["AttributeName"] for key in schema]
    kinds = [key["KeyType"] for key in schema]
    if not set(names) <= set(defined):
        yield NOT_DEFINED.format(", ".join(names), ", ".join(defined))
    if kinds[0] != "HASH":
        yield NOT_HASH
    if kinds != sorted(kinds):
        yield HASH_FIRST
    for kind in KEY_TYPES:
        if kinds.count(kind) > MOST_OF_A_KIND:
            yield MANY_KEYS.format(kind)
    if len(names) > len(set(names)):
        yield SAME_NAMES


def _projected_problems(request: Request) -> Iterator[str]:
    indexes = [index for kind in LIMITS for index in request.get(kind) or []]
    projected = [(one.get("Projection") or {}).get("NonKeyAttributes") or [] for one in indexes]
    if sum(map(len, projected)) > PROJECTED:
        yield MANY_PROJECTED


def _has_keys(index: Request) -> bool:
    keys = index.get("KeySchema") or []
    return bool(keys) and all(key.get("KeyType") in KEY_TYPES for key in keys)


def _local_problems(request: Request, index: Request) -> Iterator[str]:
    keys, name = index["KeySchema"], index["IndexName"]
    table_key = request["KeySchema"][0]["AttributeName"]
    if len(request["KeySchema"]) < 2:
        return
    if len(keys) < 2:
        yield NO_SORT_KEY.format(name)
    if keys[0]["AttributeName"] != table_key:
        yield OTHER_KEY.format(name, keys[0]["AttributeName"], table_key)


def projection_problems(index: Request) -> Iterator[str]:
    """Yield what is wrong with what an index projects."""
    projection = index.get("Projection") or {}
    kind = projection.get("ProjectionType")
    if kind is None:
        yield UNKNOWN_PROJECTION.format("null")
    if projection.get("NonKeyAttributes") and kind in ("ALL", "KEYS_ONLY"):
        yield EXTRA_ATTRIBUTES.format(kind)
    names = projection.get("NonKeyAttributes") or []
    for name in names:
        if names.count(name) > 1:
            yield TWICE_PROJECTED.format(name)


def _unused(request: Request, defined: list[str]) -> Iterator[str]:
    schemas = [request["KeySchema"]]
    schemas += [one["KeySchema"] for kind in LIMITS for one in request.get(kind) or []]
    used = list(dict.fromkeys(key["AttributeName"] for schema in schemas for key in schema))
    if request.get("VectorIndexes") or set(defined) <= set(used):
        return
    yield NUMBER if len(schemas) == 1 else NOT_USED.format(", ".join(defined), ", ".join(used))
