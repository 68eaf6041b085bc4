"""The permissions boundary of a stack's roles, which MiniStack leaves out.

Source: CloudFormation Template Reference, AWS::IAM::Role.
"""

from __future__ import annotations

from ministack.services import iam

from labkit.sandbox.services.cloudformation.handlers import Properties, finish


def install() -> None:
    """Put the boundary on each role that is made or updated."""
    finish("AWS::IAM::Role", _bound)


def _bound(name: str, properties: Properties, new: bool) -> None:
    iam._roles[name]["PermissionsBoundary"] = properties.get("PermissionsBoundary", "")
