"""One purge a minute, and a minute until the name of a deleted queue is free again.

A second PurgeQueue within 60 s is PurgeQueueInProgress; creating a queue whose name was deleted
less than 60 s ago is QueueDeletedRecently. MiniStack knows neither; the seams are three actions.
`LABKIT_SANDBOX_SQS_COOLDOWN` sets another number of seconds for both.
Source: SQS API Reference, PurgeQueue and CreateQueue.
"""

from __future__ import annotations

import os
import time
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import sqs

from labkit.sandbox.services.sqs.actions import Result, queue_of, take_action

COOLDOWN_SECONDS = 60.0
"""How long a purge and a deletion count. Source: SQS API Reference."""

_purged: dict[str, float] = {}
_deleted: dict[tuple[str, str, str], float] = {}


def install() -> None:
    """Take the actions that a purge and a deletion touch."""
    _purge_once_a_minute()
    _let_deleted_names_rest()


def _purge_once_a_minute() -> None:
    def purge(data: dict[str, Any], queue_url: str) -> Result:
        queue = queue_of(data, queue_url)
        arn, now = queue["attributes"]["QueueArn"], time.monotonic()
        if _is_recent(_purged.get(arn)):
            raise sqs._Err(
                "PurgeQueueInProgress",
                f"Only one PurgeQueue operation on {queue['name']} is allowed every 60 seconds.",
                403,
            )
        result: Result = upstream(data, queue_url)
        _purged[arn] = now
        return result

    upstream = take_action("PurgeQueue", "_act_purge_queue", purge)


def _let_deleted_names_rest() -> None:
    def create(data: dict[str, Any], queue_url: str) -> Result:
        if _is_recent(_deleted.get(_scoped(data.get("QueueName", "")))):
            raise sqs._Err(
                "QueueDeletedRecently",
                "You must wait 60 seconds after deleting a queue before you can create another "
                "with the same name.",
            )
        result: Result = create_upstream(data, queue_url)
        return result

    def delete(data: dict[str, Any], queue_url: str) -> Result:
        name = queue_of(data, queue_url)["name"]
        result: Result = delete_upstream(data, queue_url)
        _deleted[_scoped(name)] = time.monotonic()
        return result

    create_upstream = take_action("CreateQueue", "_act_create_queue", create, "(data, _u)")
    delete_upstream = take_action("DeleteQueue", "_act_delete_queue", delete)


def _is_recent(moment: float | None) -> bool:
    seconds = float(os.environ.get("LABKIT_SANDBOX_SQS_COOLDOWN", COOLDOWN_SECONDS))
    return moment is not None and time.monotonic() - moment < seconds


def _scoped(name: str) -> tuple[str, str, str]:
    return get_account_id(), get_region(), name
