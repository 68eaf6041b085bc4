"""What AWS refuses of UpdateTable and DeleteTable, where MiniStack changes the table in silence.

Source: DynamoDB API Reference, UpdateTable and DeleteTable; the texts as others have recorded them
on AWS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.sandbox.gateway.errors import AwsError, ValidationError
from labkit.sandbox.services.dynamodb.create_table import INVALID, projection_problems

Request = Mapping[str, Any]

CHANGES = (
    "ProvisionedThroughput", "BillingMode", "StreamSpecification", "GlobalSecondaryIndexUpdates",
    "SSESpecification", "ReplicaUpdates", "MultiRegionConsistency", "DeletionProtectionEnabled",
    "OnDemandThroughput", "WarmThroughput", "TableClass", "VectorIndexUpdates",
    "GlobalTableWitnessUpdates",
)  # fmt: skip
"""Parameters that change something."""

NOTHING = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
    "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
    "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, OnDemandThroughput, "
    "WarmThroughput or TableClass is required"
)
ALONE = {
    "SSESpecification": "Server-Side Encryption",
    "TableClass": "TableClass",
    "DeletionProtectionEnabled": "DeletionProtection",
}
"""By parameter that cannot come with another: what AWS calls it."""

ONLY = INVALID + "{} modification must be the only operation in the request"
STREAM_AND_CAPACITY = INVALID + "You cannot modify stream status while updating table IOPS"
INDEX_AND_CAPACITY = INVALID + "You cannot create or delete index while updating table IOPS"
INDEX_AND_STREAM = INVALID + "You cannot create or delete index while changing stream status"

STREAM_ON = "Table already has an enabled stream: TableName: {}"
STREAM_OFF = "Table has no stream to disable: TableName: {}"
NO_VIEW = INVALID + "If stream is being enabled then UpdateViewType is required"
A_VIEW = INVALID + "If stream is being disabled, then UpdateViewType must not be specified"

CAPACITY = (
    INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
    "when BillingMode is PAY_PER_REQUEST"
)
NO_CAPACITY = INVALID + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"
INDEX_CAPACITY = (
    INVALID + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: {} "
    "when BillingMode is PAY_PER_REQUEST"
)
NO_INDEX_CAPACITY = INVALID + "ProvisionedThroughput must be specified for index: {}"

NO_ACTION = (
    INVALID + "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
    "GlobalSecondaryIndexUpdate.Delete must not be null"
)
MANY_ACTIONS = (
    INVALID + "Only one global secondary index action is allowed per "
    "GlobalSecondaryIndexUpdate object"
)
SAME_INDEX = (
    INVALID + "Only one global secondary index update per index is allowed simultaneously. "
    "Index: {}"
)
NO_DEFINITION = INVALID + "AttributeDefinitions is not specified for index: {}"
IS_THERE = "Attempting to create an index which already exists"
ONE_AT_A_TIME = (
    "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously "
    "per table"
)
MANY = "Subscriber limit exceeded: GlobalSecondaryIndex count exceeds the per-table limit of 20"
"""How AWS words this one is not recorded; its code is."""

MOST_INDEXES = 20
PROTECTED = (
    "Resource cannot be deleted as it is currently protected against deletion. "
    "Disable deletion protection first."
)


def check(request: Request, table: Request | None) -> None:
    """Check a request to change a table.

    Parameters
    ----------
    table
        The table as it is; None if there is none, of which MiniStack tells.

    Raises
    ------
    AwsError
        If AWS refuses it.
    """
    if not any(request.get(name) not in (None, []) for name in CHANGES):
        raise ValidationError(NOTHING)
    if said := next(_together(request), None):
        raise ValidationError(said)
    if table is None:
        return
    problems = (*_stream(request, table), *_capacity(request, table), *_indexes(request, table))
    if problems:
        raise ValidationError(problems[0])
    _check_limits(request, table)


def _updates(request: Request) -> list[Request]:
    return list(request.get("GlobalSecondaryIndexUpdates") or [])


def _together(request: Request) -> Iterator[str]:
    """Yield which changes of a request cannot be made together."""
    asked = [name for name in CHANGES if request.get(name) not in (None, [])]
    for name, called in ALONE.items():
        if name in asked and len(asked) > 1:
            yield ONLY.format(called)
    made = any("Create" in one or "Delete" in one for one in _updates(request))
    if "ProvisionedThroughput" in asked and "StreamSpecification" in asked:
        yield STREAM_AND_CAPACITY
    if "ProvisionedThroughput" in asked and made:
        yield INDEX_AND_CAPACITY
    if "StreamSpecification" in asked and made:
        yield INDEX_AND_STREAM


def _stream(request: Request, table: Request) -> Iterator[str]:
    asked = request.get("StreamSpecification")
    if asked is None:
        return
    name = table["TableName"]
    held = bool((table.get("StreamSpecification") or {}).get("StreamEnabled"))
    if asked.get("StreamEnabled"):
        if not asked.get("StreamViewType"):
            yield NO_VIEW
        if held:
            yield STREAM_ON.format(name)
        return
    if asked.get("StreamViewType"):
        yield A_VIEW
    if not held:
        yield STREAM_OFF.format(name)


def _is_on_demand(request: Request, table: Request) -> bool:
    held = (table.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED")
    return str(request.get("BillingMode") or held) == "PAY_PER_REQUEST"


def _capacity(request: Request, table: Request) -> Iterator[str]:
    if _is_on_demand(request, table):
        if request.get("ProvisionedThroughput"):
            yield CAPACITY
    elif request.get("BillingMode") == "PROVISIONED" and not request.get("ProvisionedThroughput"):
        held = (table.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED")
        if held == "PAY_PER_REQUEST":
            yield NO_CAPACITY


def _indexes(request: Request, table: Request) -> Iterator[str]:
    seen: set[str] = set()
    for update in _updates(request):
        actions = [kind for kind in ("Create", "Update", "Delete") if update.get(kind)]
        if len(actions) != 1:
            yield MANY_ACTIONS if actions else NO_ACTION
            return
        name = update[actions[0]].get("IndexName")
        if name in seen:
            yield SAME_INDEX.format(name)
        seen.add(name)
        if actions == ["Create"]:
            yield from _new_index(request, table, update["Create"])


def _new_index(request: Request, table: Request, index: Request) -> Iterator[str]:
    name = index.get("IndexName")
    if not request.get("AttributeDefinitions"):
        yield NO_DEFINITION.format(name)
    yield from projection_problems(index)
    kinds = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")
    if any(one["IndexName"] == name for kind in kinds for one in table.get(kind) or []):
        yield IS_THERE
    on_demand = _is_on_demand(request, table)
    if on_demand and index.get("ProvisionedThroughput"):
        yield INDEX_CAPACITY.format(name)
    if not on_demand and not index.get("ProvisionedThroughput"):
        yield NO_INDEX_CAPACITY.format(name)


def _check_limits(request: Request, table: Request) -> None:
    updates = _updates(request)
    if sum("Create" in one or "Delete" in one for one in updates) > 1:
        raise AwsError(ONE_AT_A_TIME, "LimitExceededException")
    held = len(table.get("GlobalSecondaryIndexes") or [])
    if held >= MOST_INDEXES and any("Create" in one for one in updates):
        raise AwsError(MANY, "LimitExceededException")


def check_deletion(table: Request | None) -> None:
    """Check that a table may be deleted.

    Raises
    ------
    ValidationError
        If it is protected.
    """
    if table is not None and table.get("DeletionProtectionEnabled"):
        raise ValidationError(PROTECTED)
