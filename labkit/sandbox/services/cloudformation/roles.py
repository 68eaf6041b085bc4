"""The permissions boundary of a stack's roles, which MiniStack leaves out.

Source: CloudFormation Template Reference, AWS::IAM::Role.
"""

from __future__ import annotations

from labkit.sandbox.services.cloudformation.handling import Properties
from labkit.sandbox.upstream.iam import iam

ROLE = "AWS::IAM::Role"


def bound(name: str, properties: Properties, new: bool) -> None:
    """Put the boundary on a role that is made or updated."""
    iam._roles[name]["PermissionsBoundary"] = properties.get("PermissionsBoundary", "")
