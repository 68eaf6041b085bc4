"""Which queues may use a queue for their dead letters: its RedriveAllowPolicy says it.

Source: SQS API Reference, SetQueueAttributes (RedriveAllowPolicy). What SQS answers to a queue that
may not is not documented.
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.sqs import sqs

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
    policy = _read(text)
    target = policy.get("deadLetterTargetArn", "")
    queue = sqs._queue_by_arn(target)
    name = data.get("QueueName") or str(data.get("QueueUrl", queue_url)).rpartition("/")[2]
    source = f"arn:aws:sqs:{responses.get_region()}:{responses.get_account_id()}:{name}"
    if queue is None or allows(queue, source):
        return None
    return (
        f"Value {text} for parameter RedrivePolicy is invalid. "
        f"Reason: The queue {target} does not allow {source} to use it as a dead-letter queue."
    )


def _read(text: Any) -> dict[str, Any]:
    """Return a redrive policy; empty if there is none, or SQS itself will refuse it."""
    try:
        policy = json.loads(text or "{}")
    except (TypeError, ValueError):
        return {}
    return policy if isinstance(policy, dict) else {}
