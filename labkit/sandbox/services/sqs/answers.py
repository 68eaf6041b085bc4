"""What SQS answers, as far as MiniStack answers otherwise: nothing where there is nothing.

Source: the operations' pages of the SQS API Reference; which members are left out is as AWS's
answers show it.
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.services.sqs import queue_attributes
from labkit.sandbox.upstream.sqs import sqs

LEFT_OUT_WHEN_EMPTY = {
    "ChangeMessageVisibilityBatch": ("Successful", "Failed"),
    "DeleteMessageBatch": ("Successful", "Failed"),
    "ListQueueTags": ("Tags",),
    "ListQueues": ("QueueUrls",),
    "ReceiveMessage": ("Messages",),
    "SendMessageBatch": ("Successful", "Failed"),
}
"""By operation: members that are not there when they would be empty."""

OF_MESSAGES = {
    "AWSTraceHeader", "ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount",
    "DeadLetterQueueSourceArn", "MessageDeduplicationId", "MessageGroupId", "SenderId",
    "SentTimestamp", "SequenceNumber",
}  # fmt: skip
"""Attributes that a message has by itself; the older parameter takes those of queues, too."""

OF_AWS = "aws:"
"""What the names of tags begin with that AWS sets itself; SQS does not list them."""

Data = dict[str, Any]


def prepared(action: str, data: Data) -> Data:
    """Return a request as upstream understands it.

    Both lists of names of system attributes count, and a star means all of a message's own.

    Raises
    ------
    labkit.sandbox.services.sqs.errors.SqsError
        `InvalidAttributeName` if there is no such attribute, of messages or of queues.
    """
    if action != "ReceiveMessage":
        return data
    system = [*(data.get("AttributeNames") or []), *(data.get("MessageSystemAttributeNames") or [])]
    queue_attributes.check_names([one for one in system if one not in OF_MESSAGES])
    names = ["All" if one == "*" else one for one in data.get("MessageAttributeNames") or []]
    return data | {"AttributeNames": system, "MessageAttributeNames": names}


def shaped(action: str, result: Data) -> Data:
    """Return an answer without members that AWS leaves out."""
    if action == "ListQueueTags":
        tags = result.get("Tags", {})
        result = {"Tags": {key: tags[key] for key in tags if not key.startswith(OF_AWS)}}
    spare = [name for name in LEFT_OUT_WHEN_EMPTY.get(action, ()) if not result.get(name)]
    return {name: result[name] for name in result if name not in spare}


def set_attributes(upstream: Any, data: Data, queue_url: str) -> Data:
    """Serve SetQueueAttributes."""
    queue = sqs._get_q(data.get("QueueUrl", queue_url), "sqs:SetQueueAttributes")
    changed = queue_attributes.changed(data, queue)
    result: Data = upstream(changed, queue_url)
    queue_attributes.kept(queue, changed["Attributes"])
    return result


def list_sources(data: Data, queue_url: str) -> Data:
    """Serve ListDeadLetterSourceQueues."""
    queue = sqs._get_q(data.get("QueueUrl", queue_url), "sqs:ListDeadLetterSourceQueues")
    arn = queue["attributes"]["QueueArn"]
    names = [other["name"] for other in sqs._queues.values() if _target(other) == arn]
    return {"queueUrls": [sqs._externalize_url(sqs._queue_url(name)) for name in names]}


def _target(queue: Data) -> Any:
    policy = json.loads(queue["attributes"].get("RedrivePolicy") or "{}")
    return policy.get("deadLetterTargetArn")
