"""Decides what labkit does about an operation: let it pass, journal it, or refuse it.

``python -m labkit.resources.classification kinesis`` prints that for each operation of a service.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from labkit.aws.operations import CHANGING, only_reads, only_removes, verb
from labkit.resources.kind import Create, Kind
from labkit.resources.kinds import KINDS

HARMLESS = MappingProxyType(
    {
        ("sts", "AssumeRole"): "credentials that end by themselves",
        ("sts", "AssumeRoleWithWebIdentity"): "credentials that end by themselves",
    }
)
"""Operations of services without kinds that leave nothing behind, and why."""

ACCOUNT_WIDE = MappingProxyType(
    {
        ("apigateway", "UpdateAccount"): "the account's one role for API Gateway's logs",
        ("iam", "UpdateAccountPasswordPolicy"): "everybody's password policy",
        ("iam", "SetSecurityTokenServicePreferences"): "everybody's session tokens",
        ("sns", "SetSMSAttributes"): "everybody's text messages",
        ("ssm", "UpdateServiceSetting"): "a setting of the whole account",
    }
)
"""Operations that change what all users of an account share, and what that is."""


@dataclass(frozen=True)
class Passes:
    """The operation leaves nothing behind."""

    why: str


@dataclass(frozen=True)
class Changes:
    """The operation changes what is there, or takes it away: only what is the run's own."""


@dataclass(frozen=True)
class Creates:
    """The operation creates a resource of a kind."""

    kind: Kind
    create: Create


@dataclass(frozen=True)
class _Names:
    kind: Kind
    parameter: str


class Adds(_Names):
    """The operation adds a part to a resource of a kind, which `parameter` names."""


class Deletes(_Names):
    """The operation deletes a resource of a kind, which `parameter` names."""


@dataclass(frozen=True)
class Refuses:
    """The operation is not sent."""

    why: str


OperationClass = Passes | Changes | Creates | Adds | Deletes | Refuses


@cache
def classify(service: str, operation: str) -> OperationClass:
    """Return the class of one operation.

    Parameters
    ----------
    service
        boto3's name of the service, such as ``apigateway``.
    operation
        The API's name of the operation, such as ``CreateRestApi``.
    """
    if (service, operation) in ACCOUNT_WIDE:
        shared = ACCOUNT_WIDE[service, operation]
        return Refuses(f"it changes {shared}, which other people in the account rely on")
    listed = _listed(service, operation)
    if listed is not None:
        return listed
    if only_reads(operation):
        return Passes("it only reads")
    if only_removes(operation) or verb(operation) in CHANGING:
        return Changes()
    return Refuses("labkit would not know how to take away what it creates")


def _listed(service: str, operation: str) -> OperationClass | None:
    for kind in (kind for kind in KINDS.values() if kind.service == service):
        for create in kind.creates:
            if create.operation == operation:
                return Creates(kind, create)
        if operation in kind.parts:
            return Adds(kind, kind.parts[operation])
        if operation in kind.deletes:
            return Deletes(kind, kind.deletes[operation])
        if operation in kind.harmless:
            return Passes(kind.harmless[operation])
    why = HARMLESS.get((service, operation))
    return None if why is None else Passes(why)


def lines(service: str) -> Iterator[str]:
    """Yield for each operation of a service what labkit does about it, in the API's order."""
    import botocore.session

    model = botocore.session.get_session().get_service_model(service)
    for operation in model.operation_names:
        found = classify(service, operation)
        why = getattr(found, "why", "") or getattr(found, "parameter", "")
        yield f"{type(found).__name__.lower():8}  {operation:40}  {why}".rstrip()


if __name__ == "__main__":
    print("\n".join(lines(sys.argv[1])))
