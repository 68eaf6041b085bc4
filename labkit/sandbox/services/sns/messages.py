"""Messages to publish, and what SNS refuses of them.

Source: SNS API Reference, Publish and PublishBatch; SNS Developer Guide, "Amazon SNS message
attributes"; the texts are AWS's answers as others have recorded them.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.services.sns import arns

MOST_BYTES = 262_144
"""Of a message with its attributes, and of all messages of a batch (SNS quotas)."""

LONGEST_SUBJECT = 100
LONGEST_NAME = 256

TYPE = re.compile(r"(?P<kind>String|Number|Binary)(?:\..+)?", re.DOTALL)
NAME = re.compile(r"[A-Za-z0-9_.-]")
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
ID = re.compile(r"[!-~]{1,128}")
"""A group's or a deduplication id: letters, digits and punctuation."""

Attributes = dict[str, dict[str, Any]]
Data = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """A message of a topic.

    Attributes
    ----------
    text
        The message, or with `structure` the JSON that has one for each protocol.
    subject
        Its subject; empty if it has none.
    structure
        `json` where each protocol has a message of its own.
    attributes
        By name, with `DataType` and `StringValue` or `BinaryValue`, which is base64.
    group, deduplication
        Its group and its deduplication id; empty if it has none.
    id, sequence
        Its id, and its number on a FIFO topic.
    trace
        The trace header of the request that published it.
    """

    text: str
    subject: str = ""
    structure: str = ""
    attributes: Attributes = field(default_factory=dict)
    group: str = ""
    deduplication: str = ""
    id: str = ""
    sequence: str = ""
    trace: str = ""

    @property
    def size(self) -> int:
        """The bytes that count for the limit."""
        parts = [self.text]
        for name, one in self.attributes.items():
            value = one.get("StringValue") or one.get("BinaryValue") or ""
            parts += [name, one.get("DataType") or "", value]
        return sum(len(part.encode()) for part in parts)

    def for_protocol(self, protocol: str) -> str:
        """Return the text that a protocol's subscribers get."""
        if self.structure != "json":
            return self.text
        variants = json.loads(self.text)
        text = variants.get(protocol)
        return text if isinstance(text, str) else str(variants["default"])


def read(given: Data) -> Message:
    """Return the message that Publish, or an entry of PublishBatch, is given."""
    return Message(
        given.get("Message") or "",
        given.get("Subject") or "",
        given.get("MessageStructure") or "",
        given.get("MessageAttributes") or {},
        given.get("MessageGroupId") or "",
        given.get("MessageDeduplicationId") or "",
    )


def check(message: Message, given: Data, where: str = "") -> None:
    """Check what a message says.

    Parameters
    ----------
    given
        The parameters that it was read from.
    where
        How the names of its parameters begin in refusals.

    Raises
    ------
    ValidationError
        If SNS refuses it.
    """
    if not message.text:
        arns.invalid("Empty message")
    if message.size > MOST_BYTES:
        arns.invalid("Message too long")
    if "Subject" in given and not _is_subject(message.subject):
        arns.invalid("Subject")
    for name, value in message.attributes.items():
        _check_attribute(name, value, where)
    _check_structure(message)


def _is_subject(text: str) -> bool:
    return 0 < len(text) <= LONGEST_SUBJECT and text.isprintable()


def _check_structure(message: Message) -> None:
    if not message.structure:
        return
    if message.structure != "json":
        arns.invalid("MessageStructure")
    try:
        variants = json.loads(message.text)
    except ValueError:
        arns.invalid("Message Structure - JSON message body failed to parse")
    if not isinstance(variants, dict) or not isinstance(variants.get("default"), str):
        arns.invalid("Message Structure - No default entry in JSON message body")


def _check_attribute(name: str, value: dict[str, Any], where: str) -> None:
    _check_name(name)
    if "DataType" not in value:
        raise ValidationError(
            f"1 validation error detected: Value null at '{where}messageAttributes.{name}.member."
            "dataType' failed to satisfy constraint: Member must not be null"
        )
    found = TYPE.fullmatch(value["DataType"])
    if found is None:
        _refuse(
            f"The message attribute '{name}' has an invalid message attribute type, the set of "
            "supported type prefixes is Binary, Number, and String."
        )
    _check_value(name, found["kind"], value)


def _check_name(name: str) -> None:
    if len(name.encode()) > LONGEST_NAME:
        _refuse("Length of message attribute name must be less than 256 bytes.")
    for character in name:
        if not NAME.fullmatch(character):
            _refuse(
                f"Invalid non-alphanumeric character '#x{ord(character):X}' was found in the "
                "message attribute name. Can only include alphanumeric characters, hyphens, "
                "underscores, or dots."
            )
    if name.startswith("."):
        _refuse("Invalid message attribute name starting with character '.' was found.")
    if name.endswith("."):
        _refuse("Invalid message attribute name ending with character '.' was found.")
    if ".." in name:
        _refuse("Message attribute name can not have successive '.' character.")


def _check_value(name: str, kind: str, value: dict[str, Any]) -> None:
    wanted = "Binary" if kind == "Binary" else "String"
    other = "StringValue" if wanted == "Binary" else "BinaryValue"
    if other in value:
        _refuse(f"The message attribute '{name}' with type '{kind}' must use field '{wanted}'.")
    if not value.get(f"{wanted}Value"):
        _refuse(
            f"The message attribute '{name}' must contain non-empty message attribute value for "
            f"message attribute type '{kind}'."
        )
    if kind == "Number" and not NUMBER.fullmatch(value["StringValue"]):
        _refuse(f"Could not cast message attribute '{name}' value to number.")


def check_order(message: Message, topic: arns.Topic) -> None:
    """Check what a FIFO topic asks of a message, and what a standard one does not take.

    Raises
    ------
    ValidationError
        If the topic does not take it.
    """
    if not arns.is_fifo(topic):
        if message.deduplication:
            arns.invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId "
                "parameter that is not valid for this topic type"
            )
        return
    if not message.group:
        arns.invalid("The MessageGroupId parameter is required for FIFO topics")
    by_content = topic["attributes"].get("ContentBasedDeduplication") == "true"
    if not message.deduplication and not by_content:
        arns.invalid(
            "The topic should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly"
        )
    for name in ("group", "deduplication"):
        given = getattr(message, name)
        if given and not ID.fullmatch(given):
            arns.invalid(f"Message{name.capitalize()}Id")


def deduplication_of(message: Message) -> str:
    """Return the deduplication id of a FIFO topic's message: given, or a hash of its text."""
    return message.deduplication or hashlib.sha256(message.text.encode()).hexdigest()


def _refuse(text: str) -> NoReturn:
    raise ValidationError(text, "ParameterValueInvalid")
