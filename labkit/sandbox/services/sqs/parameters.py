"""Parameters out of their range, which MiniStack takes: a name, a wait, a delay, a time-out.

Source: SQS API Reference, CreateQueue, SendMessage, ReceiveMessage and ChangeMessageVisibility.
"""

from __future__ import annotations

import re
from typing import Any

from labkit.sandbox.services.sqs import dead_letters
from labkit.sandbox.services.sqs.errors import refused

BAD_NAME = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
NAME = re.compile(r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo")

RANGES = {
    "ChangeMessageVisibility": {"VisibilityTimeout": 43_200},
    "ReceiveMessage": {"WaitTimeSeconds": 20, "VisibilityTimeout": 43_200},
    "SendMessage": {"DelaySeconds": 900},
}
"""By operation: the parameters that begin at 0, and their greatest values (seconds)."""


def check(action: str, data: dict[str, Any], queue_url: str) -> None:
    """Refuse a parameter that SQS does not take.

    Raises
    ------
    labkit.sandbox.services.sqs.errors.SqsError
        If there is one.
    """
    if problem := _problem(action, data, queue_url):
        raise refused("InvalidParameterValue", problem)


def _problem(action: str, data: dict[str, Any], queue_url: str) -> str | None:
    name = data.get("QueueName")
    if action == "CreateQueue" and isinstance(name, str) and name and not NAME.fullmatch(name):
        return BAD_NAME
    if action in ("CreateQueue", "SetQueueAttributes"):
        return dead_letters.problem(data, queue_url)
    for parameter, greatest in RANGES.get(action, {}).items():
        value = data.get(parameter)
        if value is not None and not (str(value).isdecimal() and int(value) <= greatest):
            return (
                f"Value {value} for parameter {parameter} is invalid. "
                f"Reason: Must be >= 0 and <= {greatest}, if provided."
            )
    return None
