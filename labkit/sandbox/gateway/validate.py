"""Whether a request fits its operation's model, as botocore has it: AWS refuses one that does not.

A parameter of the wrong type is refused before the service sees it, one that is `null` counts as
not given. What upstream fails on without a required parameter is refused afterwards.
Sources: AWS JSON 1.0 and 1.1 protocols (SerializationException; `null`); API References,
"Common Errors" (ValidationException); Lambda and API Gateway API References.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from labkit.sandbox.gateway import constraints, sizes
from labkit.sandbox.gateway.errors import AwsError, SerializationError, ValidationError
from labkit.sandbox.gateway.parse import CBOR
from labkit.sandbox.gateway.request import Request

PAGE_SIZES = {"MaxItems", "MaxResults", "limit"}
"""Parameters that a URL may hold and that have to be numbers."""

WHOLE = ("integer", "long")
FRACTION = re.compile(rb"\d[.eE]")
"""What a body without fractions and exponents is known by, quickly."""

TOKENS = {"ExclusiveStartTableName", "Marker", "NextMarker", "NextToken", "nextToken", "position"}
"""Parameters that say where a list goes on."""

NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML 1.0 does not have, so that no answer of the query protocols can hold them."""

TYPES: dict[str, Any] = {
    "blob": (str, bytes),
    "boolean": bool,
    "double": (int, float),
    "float": (int, float),
    "integer": (int, float),
    "list": list,
    "long": (int, float),
    "map": dict,
    "string": str,
    "structure": dict,
    "timestamp": (int, float, str, datetime),
}
"""How the JSON protocols, and CBOR, write a value of each type."""

CLASSES = {
    bool: "java.lang.Boolean",
    int: "com.amazon.coral.value.json.numbers.TruncatingBigNumber",
    float: "com.amazon.coral.value.json.numbers.TruncatingBigNumber",
}
"""What AWS calls values that stand where a text has to be."""


def check_size(request: Request, upstream_service: str) -> None:
    """Inflate a request's body, if it came compressed, and refuse one that is too large.

    Raises
    ------
    labkit.sandbox.gateway.errors.TooLarge
        If it is.
    """
    limit = sizes.of_service(upstream_service, request)
    if request.headers.get("content-encoding") == "gzip" and upstream_service != "s3":
        request.body = sizes.inflated(request.body, limit)
        del request.headers["content-encoding"]
    if len(request.body) > limit.bytes:
        raise limit.refusal


def validate(request: Request) -> None:
    """Refuse a request that cannot be read, or has a value of another type.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        With what AWS answers.
    """
    for name in PAGE_SIZES & request.query.keys():
        if not request.query[name][0].lstrip("-").isdecimal():
            raise ValidationError(f"{name} must be a number.")
    if request.protocol in ("query", "ec2"):
        _expect_text(request)
    if request.protocol in ("json", CBOR) or _has_json_body(request):
        shape = request.model.input_shape if request.operation else None
        given = request.decoded
        if b"null" in request.body and request.protocol != CBOR:  # not given, to upstream too
            request.body = json.dumps(given).encode()
        if shape is not None and (problem := next(wrong_types(given, shape), None)):
            raise SerializationError(problem)
        if shape is not None and FRACTION.search(request.body) and truncate(given, shape):
            request.body = json.dumps(given).encode()


OF_MESSAGES = ("MessageBody", "StringValue")
"""How fields of a message end: SQS looks at their characters itself (InvalidMessageContents)."""


def _expect_text(request: Request) -> None:
    for name, value in request.form.items():
        if request.service == "sqs" and name.endswith(OF_MESSAGES):
            continue
        if NO_TEXT.search(value):
            raise ValidationError(f"{name} holds a character that is none of XML's.")


def misfit(request: Request) -> AwsError | None:
    """Return the refusal of a request that upstream has failed on; None if it fits its model.

    A token to go on with, which only an earlier answer can have given, is refused if nothing
    else is wrong: upstream reads it as it is.
    """
    if not request.operation:
        return None
    try:
        given = request.parameters
    except AwsError as error:
        return error
    shape = request.model.input_shape
    if shape is None:
        return None
    if problems := list(missing(given, shape)) or constraints.problems(request):
        return ValidationError(constraints.sentence(problems))
    if tokens := sorted(TOKENS & given.keys()):
        return ValidationError(f"{tokens[0]} is not a token of this operation.")
    return None


def wrong_types(value: Any, shape: Any) -> Iterator[str]:
    """Yield a sentence for each part of a decoded `value` that is not of its shape's type."""
    kind = shape.type_name
    as_number = isinstance(value, bool) and kind != "boolean"
    if as_number or not isinstance(value, TYPES.get(kind, object)):
        yield _cannot_be(value, kind)
    elif kind == "structure" and not getattr(shape, "is_document_type", False):
        for name, member in shape.members.items():
            key = member.serialization.get("name", name)
            if key in value and "location" not in member.serialization:
                yield from wrong_types(value[key], member)
    elif kind == "list":
        for part in value:
            yield from wrong_types(part, shape.member)
    elif kind == "map":
        for part in value.values():
            yield from wrong_types(part, shape.value)


def truncate(value: Any, shape: Any) -> bool:
    """Cut the fraction off where a whole number is wanted, in place, as AWS does; say if any was.

    The class that reads numbers is called TruncatingBigNumber in AWS's own refusals.
    """
    places: list[tuple[Any, Any]] = []
    if shape.type_name == "structure" and not getattr(shape, "is_document_type", False):
        keys = {m.serialization.get("name", name): m for name, m in shape.members.items()}
        places = [(key, member) for key, member in keys.items() if key in value]
    elif shape.type_name == "list":
        places = [(number, shape.member) for number in range(len(value))]
    elif shape.type_name == "map":
        places = [(key, shape.value) for key in value]
    changed = False
    for place, inner in places:
        if inner.type_name in WHOLE and isinstance(value[place], float):
            if not math.isfinite(value[place]):
                raise SerializationError(_cannot_be(value[place], inner.type_name))
            value[place], changed = int(value[place]), True
        changed |= truncate(value[place], inner)
    return changed


def _cannot_be(value: Any, kind: str) -> str:
    """Say that a value is of another type, of texts as AWS does."""
    if kind == "string" and type(value) in CLASSES:
        return f"class {CLASSES[type(value)]} can not be converted to an String"
    return f"A {type(value).__name__} cannot be converted to a {kind}"


def missing(value: Any, shape: Any, where: str = "", whole: Collection[str] = ()) -> Iterator[str]:
    """Yield AWS's sentence for each required member that `value` is without.

    Parameters
    ----------
    whole
        Names of the shapes whose parts are not looked at.
    """
    if shape.name in whole:
        return
    if shape.type_name == "structure" and isinstance(value, dict):
        for name in shape.required_members:
            if name not in value:
                yield (
                    f"Value null at '{where}{name[0].lower()}{name[1:]}' failed to satisfy "
                    "constraint: Member must not be null"
                )
        for name in value.keys() & shape.members.keys():
            inner = f"{where}{name[0].lower()}{name[1:]}."
            yield from missing(value[name], shape.members[name], inner, whole)
    elif shape.type_name == "list" and isinstance(value, list):
        for number, part in enumerate(value, start=1):
            yield from missing(part, shape.member, f"{where}{number}.member.", whole)
    elif shape.type_name == "map" and isinstance(value, dict):
        for key, part in value.items():
            yield from missing(part, shape.value, f"{where}{key}.member.", whole)


def _has_json_body(request: Request) -> bool:
    """Tell whether the body holds JSON members, and is no payload of the operation's own."""
    if request.protocol != "rest-json" or not request.operation or not request.body:
        return False
    shape = request.model.input_shape
    return shape is not None and "payload" not in shape.serialization
