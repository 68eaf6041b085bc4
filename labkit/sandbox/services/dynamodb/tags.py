"""Tags of tables and their policies: what AWS refuses of them. MiniStack takes any.

Source: DynamoDB Developer Guide, "Tagging restrictions in DynamoDB"; the texts as others have
recorded them on AWS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.dynamodb import store

MOST = 50
"""Tags of a table."""

ALLOWED = re.compile(r"[\w\s+\-=.:/@]*")
"""Letters, digits and white space of any language, and some signs."""

NO_TAG = "Atleast one Tag needs to be provided as Input."
NO_KEY = "Atleast one Tag Key needs to be provided as Input."
BAD_KEY = "The Tag Key provided is invalid, Key: {}"
BAD_VALUE = "The Tag Value provided is invalid, Value: {}"
RESERVED = "Tag Key cannot be prefixed with aws:, Key: {}"
TWICE = "Duplicate Tag Keys provided as input: Duplicate Tag Key found {}"
MANY = "Number of Tags exceed the current limit for the provided ResourceArn"

NO_POLICY = "One or more parameter values were invalid: Invalid policy document: {}"

Tag = Mapping[str, Any]


def problem(given: Sequence[Tag], held: Sequence[Tag] = ()) -> str | None:
    """Return what AWS says of tags that a table with the tags `held` is to get; None if nothing."""
    return next(_problems(given, held), None)


def _problems(given: Sequence[Tag], held: Sequence[Tag]) -> Iterator[str]:
    seen: set[str] = set()
    for tag in given:
        key, value = tag.get("Key"), tag.get("Value")
        if not isinstance(key, str) or not ALLOWED.fullmatch(key):
            yield BAD_KEY.format("null" if key is None else key)
        elif key.lower().startswith("aws:"):
            yield RESERVED.format(key)
        elif key in seen:
            yield TWICE.format(key)
        if not isinstance(value, str) or not ALLOWED.fullmatch(value):
            yield BAD_VALUE.format("null" if value is None else value)
        seen.add(str(key))
    if len(seen | {str(tag["Key"]) for tag in held}) > MOST:
        yield MANY


async def put(request: Request) -> Response:
    """Put tags on a table.

    Raises
    ------
    ValidationError
        If AWS refuses one of them, or there is none.
    """
    given = request.parameters.get("Tags") or []
    if said := problem(given, store.tags(_table(request))) if given else NO_TAG:
        raise ValidationError(said)
    return await request.forward()


async def take(request: Request) -> Response:
    """Take tags away from a table.

    Raises
    ------
    ValidationError
        If none is named.
    """
    if not request.parameters.get("TagKeys"):
        raise ValidationError(NO_KEY)
    return await request.forward()


def check_policy(text: str) -> None:
    """Check a policy's form.

    Raises
    ------
    ValidationError
        If it is no policy.
    """
    try:
        policy = json.loads(text)
    except ValueError:
        raise ValidationError(NO_POLICY.format("This policy contains invalid Json")) from None
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    if not statements:
        raise ValidationError(NO_POLICY.format("Could not parse the policy: Statement is empty!"))
    for one in statements if isinstance(statements, list) else [statements]:
        if not isinstance(one, dict) or not {"Resource", "NotResource"} & one.keys():
            raise ValidationError(NO_POLICY.format("Missing required field Resource"))


def _table(request: Request) -> str:
    return str(request.parameters.get("ResourceArn") or "").rpartition(":table/")[2]
