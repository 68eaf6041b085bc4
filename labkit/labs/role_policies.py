"""Reads what a role's own policies grant, word for word: a wildcard is a wildcard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Grant:
    """One action that a policy allows on one resource, as the policy writes both.

    Attributes
    ----------
    action, resource
        As in the statement, wildcards included.
    policy
        Name of the inline policy.
    """

    action: str
    resource: str
    policy: str


def grants(iam: Any, role_name: str) -> Iterator[Grant]:
    """Yield what the inline policies of a role allow.

    Parameters
    ----------
    iam : boto3 IAM client
    role_name : str
    """
    for name in iam.list_role_policies(RoleName=role_name)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=role_name, PolicyName=name)["PolicyDocument"]
        for statement in _each(document["Statement"]):
            if statement["Effect"] != "Allow":
                continue
            for action in _each(statement.get("Action", "everything but NotAction")):
                for resource in _each(statement.get("Resource", "everything but NotResource")):
                    yield Grant(action, resource, name)


def attached(iam: Any, role_name: str) -> list[str]:
    """Return the ARNs of the managed policies that are attached to a role."""
    answer = iam.list_attached_role_policies(RoleName=role_name)
    return [one["PolicyArn"] for one in answer["AttachedPolicies"]]


def _each(value: Any) -> list[Any]:
    """Return a list of what IAM lets stand alone."""
    return value if isinstance(value, list) else [value]
