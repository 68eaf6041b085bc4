"""A queue's attributes: which there are, what they may be, and which ones are shown.

Source: SQS API Reference, CreateQueue, SetQueueAttributes and GetQueueAttributes; the texts are
AWS's answers as others have recorded them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labkit.sandbox.services.sqs import dead_letters
from labkit.sandbox.services.sqs.errors import refused
from labkit.sandbox.upstream.sqs import sqs

FIFO = ("FifoQueue", "ContentBasedDeduplication")
HIGH_THROUGHPUT = ("DeduplicationScope", "FifoThroughputLimit")
FLAGS = (*FIFO, "SqsManagedSseEnabled")
KMS = ("KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds")

SETTABLE = {
    "DelaySeconds", "MaximumMessageSize", "MessageRetentionPeriod", "Policy", "RedriveAllowPolicy",
    "ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "VisibilityTimeout", *KMS, *FLAGS,
    *HIGH_THROUGHPUT,
}  # fmt: skip
READ_ONLY = {
    "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed", "CreatedTimestamp",
    "ApproximateNumberOfMessagesNotVisible", "LastModifiedTimestamp", "QueueArn",
}  # fmt: skip

VALUES = {
    "DeduplicationScope": ("messageGroup", "queue"),
    "FifoThroughputLimit": ("perQueue", "perMessageGroupId"),
}

DEFAULTS_OF_FIFO = {
    "FifoQueue": "true", "ContentBasedDeduplication": "false", "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}  # fmt: skip

LIMIT = (
    "The perMessageGroupId value is allowed only when the value for DeduplicationScope is "
    "messageGroup."
)
"""The API Reference's sentence; how AWS words the error is not recorded."""

BOTH_ENCRYPTIONS = (
    "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS "
    "SSE or SQS SSE."
)

Attributes = dict[str, str]
Data = dict[str, Any]
Queue = dict[str, Any]


def created(data: Data) -> Data:
    """Return a request of CreateQueue with its attributes as SQS keeps them.

    Raises
    ------
    SqsError
        If one is not as it has to be.
    """
    given = _lowered(data.get("Attributes") or {})
    fifo = given.get("FifoQueue") == "true"
    if str(data.get("QueueName", "")).endswith(".fifo") and not fifo:
        raise refused("InvalidParameterValue", _bad_name())
    _check(given, fifo=fifo)
    _check_limit(given)
    return data | {"Attributes": given}


def changed(data: Data, queue: Queue) -> Data:
    """Return a request of SetQueueAttributes with its attributes as SQS keeps them.

    Raises
    ------
    SqsError
        If one is not as it has to be.
    """
    given = _lowered(data.get("Attributes") or {})
    _check(given, fifo=queue["is_fifo"])
    _check_limit({k: v for k, v in queue["attributes"].items() if k in HIGH_THROUGHPUT} | given)
    if queue["is_fifo"] and given.get("FifoQueue", "true") != "true":
        raise refused(
            "InvalidAttributeValue",
            "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not "
            "supported.",
        )
    return data | {"Attributes": given}


def _check_limit(attributes: Attributes) -> None:
    """Check that a limit for each group goes with a scope of each group."""
    scope = attributes.get("DeduplicationScope", "queue")
    if attributes.get("FifoThroughputLimit") == "perMessageGroupId" and scope != "messageGroup":
        raise refused("InvalidAttributeValue", LIMIT)


def _bad_name() -> str:
    from labkit.sandbox.services.sqs.parameters import BAD_NAME

    return BAD_NAME


def _lowered(given: Attributes) -> Attributes:
    return {k: v.lower() if k in FLAGS and isinstance(v, str) else v for k, v in given.items()}


def _check(given: Attributes, *, fifo: bool) -> None:
    for name, value in given.items():
        if name not in SETTABLE or (name in FIFO and not fifo):
            raise refused("InvalidAttributeName", f"Unknown Attribute {name}.")
        if name in HIGH_THROUGHPUT and not fifo:
            text = f"You can specify the {name} only when FifoQueue is set to true."
            raise refused("InvalidAttributeName", text)
        known = ("true", "false") if name in FLAGS else VALUES.get(name)
        if known and value not in known:
            raise refused("InvalidAttributeValue", f"Invalid value for the parameter {name}.")
    if given.get("Policy") and not isinstance(dead_letters.read(given["Policy"]), dict):
        raise refused("InvalidAttributeValue", "Invalid value for the parameter Policy.")
    if given.get("KmsMasterKeyId") and given.get("SqsManagedSseEnabled") == "true":
        raise refused("InvalidAttributeName", BOTH_ENCRYPTIONS)


def kept(queue: Queue, given: Attributes) -> None:
    """Have a queue's encryption follow what was set."""
    attributes = queue["attributes"]
    if given.get("KmsMasterKeyId"):
        attributes["SqsManagedSseEnabled"] = "false"
    if given.get("SqsManagedSseEnabled") == "true" or not attributes.get("KmsMasterKeyId"):
        for name in KMS:
            attributes.pop(name, None)


def check_names(names: Iterable[str]) -> None:
    """Check that attributes which are asked for are a queue's.

    Raises
    ------
    SqsError
        `InvalidAttributeName` if one is not.
    """
    for name in names:
        if name != "All" and name not in SETTABLE | READ_ONLY:
            raise refused("InvalidAttributeName", f"Unknown Attribute {name}.")


def shown(data: Data, queue_url: str) -> Data:
    """Serve GetQueueAttributes: those that are asked for, and that the queue has.

    Raises
    ------
    SqsError
        `InvalidAttributeName` if there is no such attribute.
    """
    queue = sqs._get_q(data.get("QueueUrl", queue_url), "sqs:GetQueueAttributes")
    names = data.get("AttributeNames") or []
    check_names(names)
    sqs._refresh_counts(queue)
    whole = {"SqsManagedSseEnabled": "true"} | (DEFAULTS_OF_FIFO if queue["is_fifo"] else {})
    whole |= queue["attributes"]
    found = whole if "All" in names else {k: v for k, v in whole.items() if k in names}
    return {"Attributes": found} if found else {}
