"""What AWS refuses of a Query or Scan beside its expressions, where MiniStack serves it.

Source: DynamoDB API Reference, Query and Scan; Developer Guide, "Global secondary indexes"; the
texts as others have recorded them on AWS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.sandbox.services.dynamodb import store
from labkit.sandbox.services.dynamodb.expressions import reading
from labkit.sandbox.services.dynamodb.expressions.placeholders import Placeholders

Request = Mapping[str, Any]

INVALID = "One or more parameter values were invalid: "
NO_CONDITION = (
    "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
)
NO_ALL = (
    INVALID + "Select type ALL_ATTRIBUTES is not supported for global secondary index {} "
    "because its projection type is not ALL"
)
NOT_PROJECTED = INVALID + "Global secondary index {} does not project [{}]"
START = "The provided starting key is invalid"
START_TYPE = START + ": The provided key element does not match the schema"
LONE_OPERATOR = "ConditionalOperator cannot be used without Filter or Expected"

FILTERS = ("Expected", "QueryFilter", "ScanFilter", "KeyConditions")
"""Parameters that a ConditionalOperator joins the conditions of."""


def problem(operation: str, request: Request) -> str | None:
    """Return what AWS says of a read; None if nothing is wrong."""
    return next(_problems(operation, request), None)


def _problems(operation: str, request: Request) -> Iterator[str]:
    if request.get("ConditionalOperator") and not any(request.get(one) for one in FILTERS):
        yield LONE_OPERATOR
    if operation not in ("Query", "Scan"):
        return
    if operation == "Query" and not any(
        request.get(one) is not None for one in ("KeyConditions", "KeyConditionExpression")
    ):
        yield NO_CONDITION
    table = store.table(str(request.get("TableName") or ""))
    if table is None:
        return
    index = request.get("IndexName")
    if index is not None and index not in store.index_names(table):
        return  # MiniStack says so
    yield from _index_problems(request, table)
    yield from _start_problems(request, table)


def _index_problems(request: Request, table: store.Table) -> Iterator[str]:
    """Yield what is asked of a global index that it does not hold."""
    index = store.global_index(table, request.get("IndexName"))
    if index is None or index["Projection"].get("ProjectionType") == "ALL":
        return
    if request.get("Select") == "ALL_ATTRIBUTES":
        yield NO_ALL.format(index["IndexName"])
    held = store.key_names(table, None) | store.key_names(table, index["IndexName"])
    held |= set(index["Projection"].get("NonKeyAttributes") or [])
    if lacking := [name for name in _asked_for(request) if name not in held]:
        yield NOT_PROJECTED.format(index["IndexName"], ", ".join(lacking))


def _asked_for(request: Request) -> list[str]:
    """Return the names of the attributes that a read is to return, each once."""
    if request.get("AttributesToGet"):
        return list(dict.fromkeys(request["AttributesToGet"]))
    placeholders = Placeholders(request.get("ExpressionAttributeNames") or {}, {})
    text = request.get("ProjectionExpression")
    paths = reading.projection(text) if text else []
    return list(dict.fromkeys(str(placeholders.steps(path)[0]) for path in paths))


def _start_problems(request: Request, table: store.Table) -> Iterator[str]:
    """Yield what is wrong with the key that a read is to go on after."""
    given = request.get("ExclusiveStartKey")
    if not given:
        return
    names = store.key_names(table, None)
    if request.get("IndexName"):
        names |= store.key_names(table, request["IndexName"])
    if set(given) != names:
        yield START
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    if any(set(value) != {types[name]} for name, value in given.items() if name in types):
        yield START_TYPE
