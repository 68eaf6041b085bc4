"""The expressions of a request, refused before a table or an item is looked at.

MiniStack reads an expression only when an item is there to hold against it, and takes what it
cannot read for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from labkit.sandbox.services.dynamodb.expressions import (
    condition_rules,
    reading,
    rules,
    update_rules,
)
from labkit.sandbox.services.dynamodb.expressions.placeholders import (
    NO_NAME,
    NO_VALUE,
    Placeholders,
)
from labkit.sandbox.services.dynamodb.expressions.tokens import ExpressionError

Request = Mapping[str, Any]

EXPRESSIONS = {
    "UpdateItem": ("UpdateExpression", "ConditionExpression"),
    "PutItem": ("ConditionExpression",),
    "DeleteItem": ("ConditionExpression",),
    "GetItem": ("ProjectionExpression",),
    "Query": ("KeyConditionExpression", "FilterExpression", "ProjectionExpression"),
    "Scan": ("FilterExpression", "ProjectionExpression"),
    "Put": ("ConditionExpression",),
    "Delete": ("ConditionExpression",),
    "Update": ("UpdateExpression", "ConditionExpression"),
    "ConditionCheck": ("ConditionExpression",),
    "Get": ("ProjectionExpression",),
}
"""By operation, or action of a transaction: its expressions, in the order that AWS reads them."""

SINGLE_WRITES = ("PutItem", "UpdateItem", "DeleteItem")
ENVELOPE = "1 validation error detected: {}"
"""How AWS begins some texts about the condition of a single write (recorded in 2026)."""

ENVELOPED = (NO_NAME.partition(";")[0], NO_VALUE.partition(";")[0], reading.EMPTY)
UNUSED = "Value provided in {} unused in expressions: keys: {{{}}}"
BAD_VALUE = "ExpressionAttributeValues contains invalid value: {} for key {}"
BAD_NAME = "ExpressionAttributeNames contains invalid value: Empty attribute name for key {}"
"""How AWS begins it is recorded of values; of names it is taken to be the same."""

NO_TYPE = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
EMPTY_SETS = {
    "SS": "One or more parameter values were invalid: An string set  may not be empty",
    "NS": "One or more parameter values were invalid: An number set  may not be empty",
    "BS": "One or more parameter values were invalid: Binary sets should not be empty",
}
"""By type of a set: what AWS says of an empty one, with two blanks."""

TWICE_ASKED = "One or more parameter values were invalid: Duplicate value in attribute name: {}"
NO_VALUE_TO_PUT = (
    "One or more parameter values were invalid: Only DELETE action is allowed when no attribute "
    "value is specified"
)
BAD_KEY = '{} contains invalid key: Syntax error; key: "{}"'


def problem(operation: str, request: Request) -> str | None:
    """Return what AWS says of the request's expressions; None if nothing is wrong.

    Parameters
    ----------
    operation
        "PutItem", or another key of `EXPRESSIONS`; requests of other operations have none.
    """
    if said := _without_expressions(request):
        return said
    given = [name for name in EXPRESSIONS.get(operation, ()) if request.get(name) is not None]
    if not given:
        return None
    names = request.get("ExpressionAttributeNames") or {}
    values = request.get("ExpressionAttributeValues") or {}
    if bad := next(_bad_keys(names, values), None):
        return bad
    placeholders = Placeholders(names, values)
    for name in given:
        try:
            CHECKS[name](request[name], placeholders)
        except ExpressionError as error:
            return _worded(operation, name, str(error))
    return next(_unused(names, values, placeholders), None)


def _check_condition(text: str, placeholders: Placeholders) -> None:
    condition_rules.check(reading.condition(text), placeholders)


def _check_update(text: str, placeholders: Placeholders) -> None:
    update_rules.check(reading.update(text), placeholders)


def _check_projection(text: str, placeholders: Placeholders) -> None:
    paths = reading.projection(text)
    rules.not_reserved(paths)
    update_rules.check_paths([placeholders.steps(path) for path in paths])


CHECKS: dict[str, Callable[[str, Placeholders], None]] = {
    "ConditionExpression": _check_condition,
    "FilterExpression": _check_condition,
    "KeyConditionExpression": _check_condition,
    "ProjectionExpression": _check_projection,
    "UpdateExpression": _check_update,
}


def _worded(operation: str, name: str, said: str) -> str:
    text = f"Invalid {name}: {said}"
    enveloped = name == "ConditionExpression" and said.startswith(ENVELOPED)
    return ENVELOPE.format(text) if enveloped and operation in SINGLE_WRITES else text


def _bad_keys(names: Request, values: Request) -> Iterator[str]:
    for what, given, mark in (
        ("ExpressionAttributeNames", names, "#"),
        ("ExpressionAttributeValues", values, ":"),
    ):
        for key in given:
            if not (key.startswith(mark) and key[1:].replace("_", "a").isalnum()):
                yield BAD_KEY.format(what, key)
    for key, name in names.items():
        if not name:
            yield BAD_NAME.format(key)
    for key, value in values.items():
        if not value:
            yield BAD_VALUE.format(NO_TYPE, key)
        for kind, said in EMPTY_SETS.items():
            if value.get(kind) == []:
                yield BAD_VALUE.format(said, key)


def _without_expressions(request: Request) -> str | None:
    """Return what AWS says of the parameters that are older than expressions."""
    asked = request.get("AttributesToGet") or []
    if twice := [name for name in asked if asked.count(name) > 1]:
        return TWICE_ASKED.format(twice[0])
    updates = (request.get("AttributeUpdates") or {}).values()
    if any("Value" not in one and one.get("Action", "PUT") != "DELETE" for one in updates):
        return NO_VALUE_TO_PUT
    return None


def _unused(names: Request, values: Request, placeholders: Placeholders) -> Iterator[str]:
    for what, given in (
        ("ExpressionAttributeNames", names),
        ("ExpressionAttributeValues", values),
    ):
        if keys := [key for key in given if key not in placeholders.used]:
            yield UNUSED.format(what, ", ".join(keys))
