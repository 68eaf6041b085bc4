"""EventBridge Pipes: a pipe reads and delivers with its role, and only what that allows.

MiniStack asks no role. A batch that may not be delivered stays on the stream, as one that cannot
be.
Source: EventBridge User Guide, "Permissions for Amazon EventBridge Pipes".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.services.provider import Provider, around
from labkit.sandbox.upstream.pipes import pipes

READS = ("DescribeStream", "GetRecords", "GetShardIterator")
"""What reading a stream takes. Source: EventBridge User Guide, "DynamoDB execution role"."""

ACTIONS = {"sns": "sns:Publish", "states": "states:StartExecution"}
"""What delivering to a target takes."""

Pipe = dict[str, Any]


def poll(upstream: Callable[..., None], streams: Any, pipe: Pipe, account: str) -> None:
    """Pass over one pipe, if its role may read the stream."""
    if all(_may(pipe, f"dynamodb:{action}", pipe["Source"]) for action in READS):
        upstream(streams, pipe, account)


def deliver(upstream: Callable[..., Any], pipe: Pipe, batch: list[Any]) -> bool:
    """Deliver a batch, if the pipe's role may; tell whether that is done."""
    action = ACTIONS.get(pipe["Target"].split(":")[2], "")
    return _may(pipe, action, pipe["Target"]) and bool(upstream(pipe, batch))


def _may(pipe: Pipe, action: str, resource: str) -> bool:
    role = pipe.get("RoleArn", "")
    return permissions.role_may(role, permissions.PIPES, action, resource, pipe["Name"])


class Pipes(Provider):
    """EventBridge Pipes."""

    hooks = (around(pipes, "_poll_pipe", poll), around(pipes, "_deliver_batch", deliver))


PROVIDER = Pipes()
