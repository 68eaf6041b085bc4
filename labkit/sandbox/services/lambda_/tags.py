"""Tags of functions: how many there may be, and on what.

Source: Lambda Developer Guide, "Using tags on Lambda functions" (50 tags; functions, neither
versions nor aliases); the texts as AWS answers them.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.lambda_ import revisions
from labkit.sandbox.services.lambda_.existence import INVALID
from labkit.sandbox.upstream.lambda_ import lambda_svc

MOST = 50


def check(request: Request) -> None:
    """Check tags that are to be put on a function.

    Raises
    ------
    AwsError
        If they cannot be.
    """
    tags = request.parameters.get("Tags") or {}
    record = _function(request)
    if request.operation == "TagResource" and not tags:
        raise AwsError("An error occurred and the request cannot be processed.", INVALID)
    if len((record or {}).get("tags", {}) | tags) > MOST:
        raise AwsError("Number of tags exceeds resource tag limit.", INVALID)


def changed(request: Request) -> None:
    """Give a function whose tags have changed another revision."""
    if record := _function(request):
        revisions.renew(record)


def _function(request: Request) -> dict[str, Any] | None:
    """Return the function that is tagged.

    Raises
    ------
    AwsError
        If the ARN is a version's or an alias's.
    """
    resource = str(request.parameters.get("Resource") or "")
    named = resource.partition(":function:")[2]
    if ":" in named:
        raise AwsError(
            "Tags on function aliases and versions are not supported. Please specify a function "
            "ARN.",
            INVALID,
        )
    found: dict[str, Any] | None = lambda_svc._functions.get(named) if named else None
    return found
