"""Revisions: an operation that names one is refused if it is not the latest any more.

MiniStack does not look at it where a version is published or an alias or a policy changed.
Source: Lambda API Reference, `RevisionId` of each operation, PreconditionFailedException; the text
as AWS answers it.
"""

from __future__ import annotations

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
