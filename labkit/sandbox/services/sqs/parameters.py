"""Parameters out of their range, which MiniStack takes: a name, a wait, a delay, a time-out.

The seam is the one way by which every action is called.
Source: SQS API Reference, CreateQueue, SendMessage, ReceiveMessage and ChangeMessageVisibility.
"""

from __future__ import annotations

import re
from typing import Any

from ministack.services import sqs

from labkit.sandbox.services.sqs import dead_letters, quotas
from labkit.sandbox.services.sqs.actions import Result
from labkit.sandbox.upstream import seams

BAD_NAME = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
NAME = re.compile(r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo")

RANGES = {
    "ChangeMessageVisibility": ("VisibilityTimeout", 43_200),
    "ReceiveMessage": ("WaitTimeSeconds", 20),
    "SendMessage": ("DelaySeconds", 900),
}
"""By operation: a parameter that begins at 0, and its greatest value (seconds)."""


def install() -> None:
    """Look at the parameters before the action does."""

    async def dispatch(action: str, data: dict[str, Any], qurl: str) -> Result:
        if problem := _problem(action, data, qurl):
            raise sqs._Err("InvalidParameterValue", problem)
        quotas.check(action, data, qurl)
        result: Result = await upstream(action, data, qurl)
        return result

    upstream = seams.replace(sqs.__name__, "_dispatch", dispatch, like="(action, data, qurl)")


def _problem(action: str, data: dict[str, Any], queue_url: str) -> str | None:
    name = data.get("QueueName")
    if action == "CreateQueue" and isinstance(name, str) and name and not NAME.fullmatch(name):
        return BAD_NAME
    if action in ("CreateQueue", "SetQueueAttributes"):
        return dead_letters.problem(data, queue_url)
    parameter, greatest = RANGES.get(action, ("", 0))
    value = data.get(parameter)
    if value is None or (str(value).isdecimal() and int(value) <= greatest):
        return None
    return (
        f"Value {value} for parameter {parameter} is invalid. "
        f"Reason: Must be >= 0 and <= {greatest}, if provided."
    )
