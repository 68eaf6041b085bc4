"""The way of every action of SQS: looked at, then done by MiniStack, or here if it has none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from labkit.sandbox.services.sqs import errors, move_tasks, parameters, quotas
from labkit.sandbox.upstream.sqs import sqs

Result = dict[str, Any]

OWN: dict[str, Callable[[dict[str, Any]], Result]] = {
    "CancelMessageMoveTask": move_tasks.cancel,
    "ListMessageMoveTasks": move_tasks.list_tasks,
    "StartMessageMoveTask": move_tasks.start,
}
"""The actions that MiniStack has not."""


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
        own = OWN.get(action)
        return own(data) if own else await upstream(action, data, queue_url)
    except sqs._Err as error:
        raise errors.of_upstream(error) from error
