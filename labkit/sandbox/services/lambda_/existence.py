"""What a request's function, version or alias is answered if it is not there.

MiniStack leaves the qualifier out of what it says is missing, and does not take deletions of what
is gone already.
Source: Lambda API Reference, ResourceNotFoundException, DeleteAlias and DeleteFunction; the texts
as AWS answers them.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import AwsError, ResourceNotFound
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.upstream.lambda_ import lambda_svc

LATEST = "$LATEST"
BY_QUALIFIER = ("GetFunction", "GetFunctionConfiguration", "Invoke", "InvokeWithResponseStream")
"""Operations that name the qualifier of what is missing, if one was given."""

INVALID = "InvalidParameterValueException"


def function(request: Request) -> dict[str, Any] | None:
    """Return MiniStack's record of the function that a request names; None if there is none."""
    found: dict[str, Any] | None = lambda_svc._functions.get(request.parameters["FunctionName"])
    return found


def arn(request: Request, qualifier: str = "") -> str:
    """Return the ARN of the function that a request names, with a qualifier if there is one."""
    name = request.parameters["FunctionName"]
    return f"{lambda_svc._func_arn(name)}{':' if qualifier else ''}{qualifier}"


def has(record: dict[str, Any] | None, qualifier: str | None) -> bool:
    """Tell whether a function has a version or an alias."""
    return bool(lambda_svc._function_qualifier_exists(record, qualifier))


def paged(request: Request, key: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one page of a list, and the marker of the next if there is one."""
    start = int(request.parameters.get("Marker") or 0)
    end = start + int(request.parameters.get("MaxItems") or len(found) or 1)
    more = {"NextMarker": str(end)} if end < len(found) else {}
    return {key: found[start:end], **more}


def check(request: Request) -> None:
    """Check that what a request asks for by a qualifier is there.

    Raises
    ------
    labkit.sandbox.gateway.errors.ResourceNotFound
        If it is not.
    """
    qualifier = request.parameters.get("Qualifier")
    if not qualifier and request.operation.startswith("Invoke"):
        qualifier = LATEST
    if request.operation not in BY_QUALIFIER or not qualifier:
        return
    if not has(function(request), qualifier):
        raise ResourceNotFound(f"Function not found: {arn(request, qualifier)}")


def check_alias(request: Request) -> None:
    """Check that an alias that is asked for is there.

    Raises
    ------
    labkit.sandbox.gateway.errors.ResourceNotFound
        If it is not.
    """
    record, name = function(request), request.parameters["Name"]
    if record is not None and name not in record["aliases"]:
        raise ResourceNotFound(f"Cannot find alias arn: {arn(request, name)}")


def is_gone(request: Request) -> bool:
    """Tell whether a version or an alias that is to be deleted is gone already.

    Raises
    ------
    AwsError
        If it is the version that every function has.
    """
    given = request.parameters
    record, qualifier = function(request), given.get("Qualifier") or given.get("Name")
    if given.get("Qualifier") == LATEST:
        raise AwsError(
            f"{LATEST} version cannot be deleted without deleting the function.", INVALID
        )
    return record is not None and bool(qualifier) and not has(record, qualifier)
