"""EventBridge Pipes: a pipe reads and delivers with its role, and only what that allows.

MiniStack asks no role. A batch that may not be delivered stays on the stream, as one that cannot
be. The seams are the pass over one pipe and the delivery of a batch.
Source: EventBridge User Guide, "Permissions for Amazon EventBridge Pipes".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.upstream import seams
from labkit.sandbox.upstream.when_loaded import when_loaded

MODULE = "ministack.services.pipes"

READS = ("DescribeStream", "GetRecords", "GetShardIterator")
"""What reading a stream takes. Source: EventBridge User Guide, "DynamoDB execution role"."""

ACTIONS = {"sns": "sns:Publish", "states": "states:StartExecution"}
"""What delivering to a target takes."""

Pipe = dict[str, Any]


def install() -> None:
    """Take the seams as soon as Pipes is loaded."""
    when_loaded(MODULE, _install)


def _install() -> None:
    def poll(streams: Any, pipe: Pipe, account: str) -> None:
        if all(_may(pipe, f"dynamodb:{action}", pipe["Source"]) for action in READS):
            poll_upstream(streams, pipe, account)

    def deliver(pipe: Pipe, batch: list[Any]) -> bool:
        action = ACTIONS.get(pipe["Target"].split(":")[2], "")
        return _may(pipe, action, pipe["Target"]) and bool(deliver_upstream(pipe, batch))

    poll_upstream = seams.replace(MODULE, "_poll_pipe", poll, like="(_ddb, pipe, pipe_account_id)")
    deliver_upstream = seams.replace(MODULE, "_deliver_batch", deliver, like="(pipe, batch)")


def _may(pipe: Pipe, action: str, resource: str) -> bool:
    role = pipe.get("RoleArn", "")
    return permissions.role_may(role, permissions.PIPES, action, resource, pipe["Name"])
