"""The way of every action of SQS: looked at, then done by MiniStack, or here if it has none."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from labkit.sandbox.services.sqs import (
    answers,
    attempts,
    errors,
    move_tasks,
    parameters,
    policies,
    queue_attributes,
    quotas,
    receipts,
)
from labkit.sandbox.upstream.sqs import sqs

Result = dict[str, Any]

OWN: dict[str, Callable[[dict[str, Any], str], Result]] = {
    "AddPermission": policies.add,
    "CancelMessageMoveTask": lambda data, _: move_tasks.cancel(data),
    "ChangeMessageVisibility": receipts.change,
    "ChangeMessageVisibilityBatch": receipts.change_batch,
    "GetQueueAttributes": queue_attributes.shown,
    "ListDeadLetterSourceQueues": answers.list_sources,
    "ListMessageMoveTasks": lambda data, _: move_tasks.list_tasks(data),
    "RemovePermission": policies.remove,
    "StartMessageMoveTask": lambda data, _: move_tasks.start(data),
}
"""The actions that are answered here."""


async def dispatch(
    upstream: Callable[..., Awaitable[Result]], action: str, data: dict[str, Any], queue_url: str
) -> Result:
    """Do an action.

    Raises
    ------
    labkit.sandbox.services.sqs.errors.SqsError
        If it is refused.
    """
    try:
        parameters.check(action, data, queue_url)
        quotas.check(action, data, queue_url)
        own, data = OWN.get(action), answers.prepared(action, data)
        do = functools.partial(upstream, action)
        if action == "ReceiveMessage":
            result = await attempts.receive(do, data, queue_url)
        else:
            result = own(data, queue_url) if own else await do(data, queue_url)
        return answers.shaped(action, result)
    except sqs._Err as error:
        raise errors.of_upstream(error) from error
