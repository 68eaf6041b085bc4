"""The one way to put an action of ours into MiniStack's SQS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services import sqs

from labkit.sandbox.upstream import seams

Result = dict[str, Any]
Action = Callable[[dict[str, Any], str], Any]


def take_action(operation: str, name: str, new: Action, like: str = "(data, qurl)") -> Any:
    """Put `new` in the place of the function `name` that serves `operation`; return the old one."""
    old = seams.replace(sqs.__name__, name, new, like=like)
    sqs._HANDLERS[operation] = new
    return old


def queue_of(data: dict[str, Any], queue_url: str) -> dict[str, Any]:
    """Return the queue that a request addresses.

    Raises
    ------
    ministack.services.sqs._Err
        If there is no such queue; MiniStack turns it into the service's answer.
    """
    queue: dict[str, Any] = sqs._get_q(data.get("QueueUrl", queue_url))
    return queue
