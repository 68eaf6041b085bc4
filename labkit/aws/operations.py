"""What an operation of the AWS API does, as far as its first word tells."""

from __future__ import annotations

import re
from typing import Any

READING = frozenset(
    [
        "Check",
        "Decode",
        "Describe",
        "Estimate",
        "Filter",
        "Get",
        "Head",
        "List",
        "Lookup",
        "Query",
        "Scan",
        "Search",
        "Select",
        "Simulate",
        "Test",
        "Validate",
    ]
)
"""First words of operations that change nothing (from the names in botocore 1.43's models)."""

INVOKES_A_BACKEND = frozenset(["TestInvokeMethod", "TestInvokeAuthorizer"])
"""API Gateway's test calls: read by their name, but they run what stands behind the API."""

REMOVING = frozenset(
    [
        "Cancel",
        "Deactivate",
        "Delete",
        "Deregister",
        "Detach",
        "Disable",
        "Disassociate",
        "Purge",
        "Reject",
        "Release",
        "Remove",
        "Revoke",
        "Stop",
        "Terminate",
        "Unsubscribe",
        "Untag",
    ]
)
"""First words of operations that take something away, or end it."""

CHANGING = frozenset(["Change", "Modify", "Set", "Tag", "Update"])
"""First words of operations that change what is there, and make nothing new."""

MAKING = frozenset(["Allocate", "Clone", "Copy", "Create", "Import", "Purchase", "Request", "Run"])
"""First words of operations that make one more thing each time they are sent."""


def verb(operation: str) -> str:
    """Return an operation's first word: ``Create`` of ``CreateQueue``, ``Get`` of ``BatchGet…``."""
    found = re.match(r"(?:Batch)?([A-Z][a-z]+)", operation)
    return found[1] if found else operation


def only_reads(operation: str) -> bool:
    """Tell whether the operation changes nothing."""
    return verb(operation) in READING and operation not in INVOKES_A_BACKEND


def only_removes(operation: str) -> bool:
    """Tell whether the operation can only take something away."""
    return verb(operation) in REMOVING


def makes_another_each_time(model: Any) -> bool:
    """Tell whether sending the call twice could make two things.

    Parameters
    ----------
    model
        botocore's ``OperationModel``. One with a client token may be repeated: AWS knows the second
        call for the first.
    """
    layers = model.name in {"PublishLayerVersion", "PublishVersion"}
    return (verb(model.name) in MAKING or layers) and not model.idempotent_members
