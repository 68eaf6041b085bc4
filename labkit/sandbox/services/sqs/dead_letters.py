"""Which queues may use a queue for their dead letters: its RedriveAllowPolicy says it.

Source: SQS API Reference, SetQueueAttributes (RedriveAllowPolicy). What SQS answers to a queue that
may not is not documented.
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.sqs import sqs

MOST_RECEIVES = 1000
"""The greatest maxReceiveCount."""

COLONS = 5
"""In a queue's ARN."""

Queue = dict[str, Any]


def allows(dead_letters: Queue, source_arn: str) -> bool:
    """Tell whether a queue takes the dead letters of `source_arn`."""
    policy = json.loads(dead_letters["attributes"].get("RedriveAllowPolicy") or "{}")
    match policy.get("redrivePermission", "allowAll"):
        case "allowAll":
            return True
        case "byQueue":
            return source_arn in policy.get("sourceQueueArns", [])
    return False


def problem(data: dict[str, Any], queue_url: str) -> str | None:
    """Return why a request may not set the redrive policy that it sets; None if it may."""
    text = (data.get("Attributes") or {}).get("RedrivePolicy")
    if not text:
        return None
    reason = _reason(read(text), data, queue_url)
    return reason and f"Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}"


def _reason(policy: Any, data: dict[str, Any], queue_url: str) -> str | None:
    if not isinstance(policy, dict):
        return "Redrive policy is not a valid JSON map."
    for name in ("deadLetterTargetArn", "maxReceiveCount"):
        if name not in policy:
            return f"Redrive policy does not contain mandatory attribute: {name}."
    count, target = str(policy["maxReceiveCount"]), str(policy["deadLetterTargetArn"])
    if not count.isdecimal() or not 1 <= int(count) <= MOST_RECEIVES:
        return (
            f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to "
            f"{MOST_RECEIVES} both inclusive."
        )
    queue = sqs._queue_by_arn(target) if target.count(":") == COLONS else None
    if queue is None:
        return "Dead letter target does not exist."
    name = data.get("QueueName") or str(data.get("QueueUrl", queue_url)).rpartition("/")[2]
    if queue["is_fifo"] != name.endswith(".fifo"):
        return "Dead-letter queue must be same type of queue as the source."
    source = f"arn:aws:sqs:{responses.get_region()}:{responses.get_account_id()}:{name}"
    if allows(queue, source):
        return None
    return f"The queue {target} does not allow {source} to use it as a dead-letter queue."


def read(text: Any) -> Any:
    """Return what JSON says; None if it is none."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None
