"""Revisions: an operation that names one is refused if it is not the latest any more.

MiniStack does not look at it where a version is published or an alias or a policy changed.
Source: Lambda API Reference, `RevisionId` of each operation, PreconditionFailedException; the text
as AWS answers it.
"""

from __future__ import annotations

import uuid
from typing import Any

from labkit.sandbox.gateway.errors import AwsError

FUNCTION, POLICY, LAYER = "GetFunction/GetAlias", "GetPolicy", "GetLayerPolicy"
"""The calls that tell of the latest revision."""


def mismatch(call: str) -> str:
    """Return what AWS says of a revision that is not the latest one."""
    return (
        "The Revision Id provided does not match the latest Revision Id. Call the "
        f"{call} API to retrieve the latest Revision Id"
    )


def check(given: Any, latest: Any, call: str = FUNCTION) -> None:
    """Check that a revision, if one is given, is the latest.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is not.
    """
    if given and given != latest:
        raise AwsError(mismatch(call), "PreconditionFailedException", status=412)


def holder(function: dict[str, Any], qualifier: str = "") -> dict[str, Any]:
    """Return what has the revision of a function, of one of its versions or of an alias."""
    if qualifier in function["aliases"]:
        found: dict[str, Any] = function["aliases"][qualifier]
        return found
    version = function["versions"].get(qualifier, function)
    config: dict[str, Any] = version["config"]
    return config


def renew(function: dict[str, Any], qualifier: str = "") -> str:
    """Make a further revision, which is no reason to publish the same code again; return it."""
    one = holder(function, qualifier)
    before, one["RevisionId"] = one["RevisionId"], str(uuid.uuid4())
    for version in function["versions"].values():
        if version.get("function_revision") == before:
            version["function_revision"] = one["RevisionId"]
    return str(one["RevisionId"])
