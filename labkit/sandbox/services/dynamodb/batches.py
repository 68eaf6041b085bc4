"""What AWS refuses of the members of writes, batches and transactions, where MiniStack takes them.

A key that does not fit its table, within a transaction, cancels it, with a reason for each action.
Source: DynamoDB API Reference, BatchGetItem, BatchWriteItem, TransactWriteItems and
TransactionCanceledException; the texts as others have recorded them on AWS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labkit.sandbox.gateway.errors import AwsError, ValidationError
from labkit.sandbox.services.dynamodb import store, updates
from labkit.sandbox.services.dynamodb.expressions.placeholders import Placeholders

Request = Mapping[str, Any]

MOST_KEYS = 100
"""Keys of BatchGetItem, over all tables. Source: API Reference, BatchGetItem."""

MANY_KEYS = "Too many items requested for the BatchGetItem call"
ONE_REQUEST = (
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
    "supported datatypes"
)
"""Recorded of a write request with neither Put nor Delete; taken to be that of one with both."""

ONE_ACTION = "TransactItems can only contain one of Check, Put, Update or Delete"
ONLY_OLD = "1 validation error detected: ReturnValues can only be ALL_OLD or NONE"
NO_NAME = "Empty attribute name"
CANCELED = "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]"
NO_FIT = "The provided key element does not match the schema"
NO_KEY = "One or more parameter values were invalid: Missing the key {} in the item"
KEY_CHANGED = (
    "One or more parameter values were invalid: Cannot update attribute {}. "
    "This attribute is part of the key"
)


def check(operation: str, request: Request) -> None:
    """Check the members of a batch or a transaction.

    Raises
    ------
    AwsError
        If AWS refuses one of them.
    """
    if operation == "BatchGetItem":
        counts = [len(one.get("Keys") or []) for one in _tables(request).values()]
        if sum(counts) > MOST_KEYS >= max(counts):  # of a single table MiniStack says so
            raise ValidationError(MANY_KEYS)
    elif operation == "BatchWriteItem":
        members = [one for several in _tables(request).values() for one in several]
        _check_single(members, ONE_REQUEST)
        _check_names(one.get("PutRequest") or {} for one in members)
    elif operation == "TransactWriteItems":
        _check_single([one for one in request.get("TransactItems") or [] if one], ONE_ACTION)
    elif operation == "PutItem":
        _check_names([request])
        if request.get("ReturnValues", "NONE") not in ("ALL_OLD", "NONE"):
            raise ValidationError(ONLY_OLD)
    if operation.startswith("Transact"):
        _check_keys(request.get("TransactItems") or [])


def _tables(request: Request) -> Request:
    return request.get("RequestItems") or {}


def _check_single(members: Sequence[Request], said: str) -> None:
    """Refuse a member that asks for none, or for more than one thing."""
    if any(len(member) != 1 for member in members):
        raise ValidationError(said)


def _check_names(puts: Iterator[Request] | Sequence[Request]) -> None:
    """Refuse an item with an attribute that has no name."""
    if any("" in (put.get("Item") or {}) for put in puts):
        raise ValidationError(NO_NAME)


def _check_keys(members: Sequence[Request]) -> None:
    """Cancel a transaction, of which one action's key does not fit, or is to be changed."""
    reasons = [_reason(member) for member in members]
    if not any(reasons):
        return
    codes = ["ValidationError" if reason else "None" for reason in reasons]
    told = [
        {"Code": code, "Message": reason} if reason else {"Code": code}
        for code, reason in zip(codes, reasons, strict=True)
    ]
    raise AwsError(
        CANCELED.format(", ".join(codes)),
        "TransactionCanceledException",
        members={"CancellationReasons": told},
    )


def _reason(member: Request) -> str | None:
    """Return why an action cancels its transaction; None if nothing is known against it."""
    if len(member) != 1:
        return None
    ((kind, action),) = member.items()
    table = store.table(str(action.get("TableName") or "")) if isinstance(action, dict) else None
    if table is None:
        return None
    names = store.key_names(table, None)
    if kind == "Put":
        lacking = [name for name in names if name not in (action.get("Item") or {})]
        return NO_KEY.format(lacking[0]) if lacking else None
    if set(action.get("Key") or {}) != names:
        return NO_FIT
    changed = _changed(action) & names if kind == "Update" else set()
    return KEY_CHANGED.format(min(changed)) if changed else None


def _changed(action: Request) -> set[str]:
    """Return the attributes that an update touches."""
    names = action.get("ExpressionAttributeNames") or {}
    values = action.get("ExpressionAttributeValues") or {}
    paths = updates.paths(action.get("UpdateExpression") or "", Placeholders(names, values))
    return {str(path[0]) for path in paths}
