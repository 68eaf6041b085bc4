"""One purge a minute, and a minute until the name of a deleted queue is free again.

A second PurgeQueue within 60 s is PurgeQueueInProgress; creating a queue whose name was deleted
less than 60 s ago is QueueDeletedRecently. MiniStack knows neither.
`LABKIT_SANDBOX_SQS_COOLDOWN` sets another number of seconds for both.
Source: SQS API Reference, PurgeQueue and CreateQueue.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from labkit.sandbox.services.place import here
from labkit.sandbox.services.sqs import queue_attributes
from labkit.sandbox.services.sqs.errors import refused
from labkit.sandbox.upstream.sqs import sqs

COOLDOWN_SECONDS = 60.0
"""How long a purge and a deletion count. Source: SQS API Reference."""

Result = dict[str, Any]
Action = Callable[[dict[str, Any], str], Result]

_purged: dict[str, float] = {}
_deleted: dict[tuple[str, str, str], float] = {}


def purge(upstream: Action, data: dict[str, Any], queue_url: str) -> Result:
    """Purge a queue that was not purged a moment ago."""
    queue = sqs._get_q(data.get("QueueUrl", queue_url))
    arn = queue["attributes"]["QueueArn"]
    if _is_recent(_purged.get(arn)):
        text = f"Only one PurgeQueue operation on {queue['name']} is allowed every 60 seconds."
        raise refused("PurgeQueueInProgress", text, 403)
    result = upstream(data, queue_url)
    queue["dedup_cache"].clear()
    _note(_purged, arn)
    return result


def create(upstream: Action, data: dict[str, Any], queue_url: str) -> Result:
    """Create a queue whose name was not deleted a moment ago."""
    if _is_recent(_deleted.get(_scoped(data.get("QueueName", "")))):
        text = (
            "You must wait 60 seconds after deleting a queue before you can create another with "
            "the same name."
        )
        raise refused("QueueDeletedRecently", text)
    given = queue_attributes.created(data)
    result = upstream(given, queue_url)
    queue_attributes.kept(sqs._get_q(result["QueueUrl"]), given["Attributes"])
    return result


def delete(upstream: Action, data: dict[str, Any], queue_url: str) -> Result:
    """Delete a queue, and note when."""
    name = sqs._get_q(data.get("QueueUrl", queue_url))["name"]
    result = upstream(data, queue_url)
    _note(_deleted, _scoped(name))
    return result


def _note(moments: dict[Any, float], what: Any) -> None:
    """Note that something was done now, and forget what counts no more."""
    for old in [other for other, moment in moments.items() if not _is_recent(moment)]:
        moments.pop(old, None)
    moments[what] = time.monotonic()


def _is_recent(moment: float | None) -> bool:
    seconds = float(os.environ.get("LABKIT_SANDBOX_SQS_COOLDOWN", COOLDOWN_SECONDS))
    return moment is not None and time.monotonic() - moment < seconds


def _scoped(name: str) -> tuple[str, str, str]:
    return *here(), name
