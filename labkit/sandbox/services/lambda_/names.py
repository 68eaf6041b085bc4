"""How a request names its function: by name, by ARN, or by a part of one, with a qualifier or none.

MiniStack knows names and whole ARNs only, and looks for anything else as if it were a name.
Source: Lambda API Reference, `FunctionName` of GetFunction ("Name formats"); the refusals as AWS
answers them.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from labkit.sandbox.gateway.errors import AwsError, ValidationError
from labkit.sandbox.gateway.request import Request

NAME = re.compile(
    r"(?:arn:[^:]+:lambda:)?(?:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d):)?(?:(?P<account>\d{12}):)?"
    r"(?:function:)?(?P<name>[a-zA-Z0-9_.-]+)(?::(?P<qualifier>[$a-zA-Z0-9._-]+))?"
)

LONGEST = 64
"""The longest name of a function (Lambda quotas)."""

NEW = ("CreateFunction",)
"""Operations that name a function which is not there yet."""


class Named(NamedTuple):
    """What a request's function is called."""

    name: str
    qualifier: str
    region: str


def read(text: str) -> Named | None:
    """Read the name of a function; None if it is none."""
    found = NAME.fullmatch(text)
    if found is None:
        return None
    return Named(found["name"], found["qualifier"] or "", found["region"] or "")


def plainly(request: Request) -> Request:
    """Return a request that names its function by nothing but its name and its qualifier.

    Raises
    ------
    AwsError
        If the function is another Region's, or two qualifiers are given.
    """
    given = request.parameters.get("FunctionName")
    named = read(given) if isinstance(given, str) else None
    if named is None or given == named.name:
        _check_length(request, named)
        return request
    if named.region not in ("", request.region):
        raise AwsError(
            f"Functions from '{named.region}' are not reachable in this region "
            f"('{request.region}')",
            "ResourceNotFoundException",
            status=404,
        )
    changed: dict[str, Any] = {"FunctionName": named.name}
    qualifier = request.parameters.get("Qualifier")
    if named.qualifier and qualifier not in (None, named.qualifier):
        raise AwsError(
            "The derived qualifier from the function name does not match the specified qualifier.",
            "InvalidParameterValueException",
        )
    shape = request.model.input_shape
    if named.qualifier and (shape is None or "Qualifier" not in shape.members):
        return request  # what takes no qualifier has answers of its own
    if named.qualifier:
        changed["Qualifier"] = named.qualifier
    plain = request.with_parameters(request.parameters | changed)
    plain.headers = request.headers | plain.headers
    _check_length(plain, named)
    return plain


def _check_length(request: Request, named: Named | None) -> None:
    if request.operation in NEW and named is not None and len(named.name) > LONGEST:
        raise ValidationError(
            f"1 validation error detected: Value '{named.name}' at 'functionName' failed to "
            f"satisfy constraint: Member must have length less than or equal to {LONGEST}",
            "InvalidParameterValueException",
        )
