"""Publishing: a message is checked, numbered on a FIFO topic, and handed to each subscription.

Source: SNS API Reference, Publish and PublishBatch; SNS Developer Guide, "Message deduplication for
FIFO topics" and "Message ordering details for FIFO topics".
"""

from __future__ import annotations

import dataclasses
import re
import threading
import time
import uuid
from typing import Any

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.sns import arns, delivery, filter_policies, messages
from labkit.sandbox.services.sns.messages import Message
from labkit.sandbox.upstream.sns import sns

SAME_SECONDS = 300
"""How long a deduplication id is known."""

MOST_ENTRIES = 10
ENTRY_ID = re.compile(r"[A-Za-z0-9_-]+")
LONGEST_ENTRY_ID = 80

FIRST_NUMBER = 10**19
"""Of a FIFO topic's messages."""

Data = dict[str, Any]

_lock = threading.Lock()


def publish(request: Request) -> Data:
    """Publish one message; return what Publish answers.

    Raises
    ------
    AwsError
        If SNS refuses it.
    """
    given = request.parameters
    message = messages.read(given)
    name = "TargetArn" if "TargetArn" in given and "TopicArn" not in given else "TopicArn"
    if name not in given:
        arns.invalid("TopicArn or TargetArn Reason: no value for required parameter")
    arn = given[name]
    if name == "TargetArn" and ":endpoint/" in arn:
        arns.invalid("TargetArn Reason: No endpoint found for the target arn specified")
    arns.check(arn, name)
    messages.check(message, given)
    topic = arns.topic(arn, name)
    messages.check_order(message, topic)
    return _answer(to_topic(topic, _traced(message, request)))


def publish_batch(request: Request) -> Data:
    """Publish up to ten messages; return what PublishBatch answers.

    Raises
    ------
    AwsError
        If SNS refuses all of them, which it does if one is not as it has to be.
    """
    given = request.parameters
    entries = given.get("PublishBatchRequestEntries") or []
    arns.check(given["TopicArn"])
    topic = arns.topic(given["TopicArn"])
    _check_entries(entries)
    read = [messages.read(entry) for entry in entries]
    if sum(message.size for message in read) > messages.MOST_BYTES:
        raise ValidationError(
            "The length of all the messages put together is more than the limit.",
            "BatchRequestTooLong",
        )
    for number, (entry, message) in enumerate(zip(entries, read, strict=True), start=1):
        messages.check(message, entry, f"publishBatchRequestEntries.{number}.member.")
        messages.check_order(message, topic)
    published = [to_topic(topic, _traced(message, request)) for message in read]
    successful = [
        {"Id": entry["Id"], **_answer(message)}
        for entry, message in zip(entries, published, strict=True)
    ]
    return {"Successful": successful, "Failed": []}


def _check_entries(entries: list[Data]) -> None:
    identifiers = [entry["Id"] for entry in entries]
    if not entries:
        raise ValidationError("The batch request doesn't contain any entries.", "EmptyBatchRequest")
    if len(entries) > MOST_ENTRIES:
        raise ValidationError(
            "The batch request contains more entries than permissible.",
            "TooManyEntriesInBatchRequest",
        )
    if len(set(identifiers)) < len(identifiers):
        raise ValidationError(
            "Two or more batch entries in the request have the same Id.", "BatchEntryIdsNotDistinct"
        )
    for identifier in identifiers:
        _check_entry_id(identifier)


def _check_entry_id(identifier: str) -> None:
    what = "The Id of a batch entry in the batch request"
    if len(identifier) > LONGEST_ENTRY_ID:
        raise ValidationError(f"{what} is too long: {identifier}", "InvalidBatchEntryId")
    if not ENTRY_ID.fullmatch(identifier):
        raise ValidationError(
            f"{what} contains an impermissible character: {identifier}", "InvalidBatchEntryId"
        )


def _traced(message: Message, request: Request) -> Message:
    return dataclasses.replace(message, trace=request.headers.get("x-amzn-trace-id", ""))


def _answer(message: Message) -> Data:
    number = {"SequenceNumber": message.sequence} if message.sequence else {}
    return {"MessageId": message.id, **number}


def from_service(
    topic_arn: str,
    message: Any,
    subject: str = "",
    *,
    message_structure: str = "",
    message_attributes: dict[str, Any] | None = None,
    message_group_id: str = "",
    message_deduplication_id: str = "",
) -> Data | None:
    """Publish what a service of the sandbox publishes; None if there is no such topic.

    Raises
    ------
    ministack.services.sns.SnsPublishError
        If the topic does not take it.
    """
    topic = sns._topic_by_arn_any_scope(topic_arn)
    if topic is None:
        return None
    given = Message(
        message if isinstance(message, str) else filter_policies.written(message), subject,
        message_structure, message_attributes or {}, message_group_id, message_deduplication_id,
    )  # fmt: skip
    try:
        messages.check(given, {})
        messages.check_order(given, topic)
    except ValidationError as error:
        raise sns.SnsPublishError(error.given_code, error.message) from error
    done = to_topic(topic, given)
    return {"message_id": done.id, "sequence_number": done.sequence or None, "duplicate": False}


def fan_out(
    topic_arn: str,
    msg_id: str,
    message: str,
    subject: str,
    message_structure: str = "",
    message_attributes: dict[str, Any] | None = None,
    message_group_id: str = "",
    message_dedup_id: str = "",
) -> None:
    """Hand what a service of the sandbox has published to each subscription."""
    topic = sns._topic_by_arn_any_scope(topic_arn)
    if topic is not None:
        given = Message(message, subject or "", message_structure, message_attributes or {},
                        message_group_id, message_dedup_id, id=msg_id)  # fmt: skip
        _hand_over(topic, given)


def to_topic(topic: arns.Topic, message: Message) -> Message:
    """Publish a message that has been checked; return it with its id and number."""
    if not arns.is_fifo(topic):
        numbered = dataclasses.replace(message, id=str(uuid.uuid4()))
        _hand_over(topic, numbered)
        return numbered
    with _lock:  # their order is that of their numbers
        numbered, is_new = _numbered(topic, message)
        if is_new:
            _hand_over(topic, numbered)
        return numbered


def _numbered(topic: arns.Topic, message: Message) -> tuple[Message, bool]:
    """Return a FIFO topic's message with its number, and whether it is a new one."""
    now, known = time.time(), topic.setdefault("dedup_cache", {})
    for key in [key for key, (until, _) in known.items() if until <= now]:
        del known[key]
    key = messages.deduplication_of(message)
    by_group = topic["attributes"].get("FifoThroughputScope") == "MessageGroup"
    scoped = (message.group, key) if by_group else key
    if scoped in known:
        return known[scoped][1], False
    topic["fifo_seq"] = topic.get("fifo_seq", 0) + 1
    numbered = dataclasses.replace(
        message, id=str(uuid.uuid4()), deduplication=key,
        sequence=str(FIRST_NUMBER + topic["fifo_seq"]),
    )  # fmt: skip
    known[scoped] = (now + SAME_SECONDS, numbered)
    return numbered, True


def _hand_over(topic: arns.Topic, message: Message) -> None:
    for one in list(topic["subscriptions"]):
        text = message.for_protocol(one["protocol"])
        if one["confirmed"] and filter_policies.matches(one, message.attributes, text):
            delivery.deliver(message, topic, one)
