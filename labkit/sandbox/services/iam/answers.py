"""Users and roles as IAM describes them, each operation with the members that it has.

Source: IAM API Reference, User and Role; which operation leaves out what, and the type of a
boundary, are AWS's answers as others have recorded them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

Record = Mapping[str, Any]
Members = dict[str, Any]

BOUNDARY = "Policy"
"""The type of a permissions boundary; the reference says `PermissionsBoundaryPolicy`."""

COMMON = ("Arn", "CreateDate", "Path")
OF_A_ROLE = ("RoleId", "RoleName", *COMMON)
OF_A_USER = ("UserId", "UserName", *COMMON)


def user(record: Record) -> Members:
    """Return what CreateUser and GetUser show."""
    return _named(record, OF_A_USER) | _boundary(record) | _tags(record)


def created(record: Record) -> Members:
    """Return what CreateRole shows: nothing of how long a session may last."""
    return _role(record) | _boundary(record) | _tags(record)


def role(record: Record) -> Members:
    """Return what GetRole shows."""
    more = {"MaxSessionDuration": record.get("MaxSessionDuration", 3600), "RoleLastUsed": {}}
    return _role(record) | more | _boundary(record) | _tags(record)


def listed(record: Record) -> Members:
    """Return what ListRoles shows: neither tags nor a boundary."""
    return _role(record) | {"MaxSessionDuration": record.get("MaxSessionDuration", 3600)}


def _role(record: Record) -> Members:
    trust = quote(record.get("AssumeRolePolicyDocument") or "{}", safe="")
    description = {"Description": record["Description"]} if record.get("Description") else {}
    return _named(record, OF_A_ROLE) | {"AssumeRolePolicyDocument": trust} | description


def _named(record: Record, names: tuple[str, ...]) -> Members:
    return {name: record[name] for name in names}


def _boundary(record: Record) -> Members:
    arn = record.get("PermissionsBoundary")
    if not arn:
        return {}
    told = {"PermissionsBoundaryType": BOUNDARY, "PermissionsBoundaryArn": arn}
    return {"PermissionsBoundary": told}


def _tags(record: Record) -> Members:
    return {"Tags": list(record["Tags"])} if record.get("Tags") else {}
