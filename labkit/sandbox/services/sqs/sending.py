"""What SQS refuses of a message that is to be sent, alone or in a batch.

Source: SQS API Reference, SendMessage and SendMessageBatch; SQS Developer Guide, "Amazon SQS
message metadata"; the texts are AWS's answers as others have recorded them.
"""

from __future__ import annotations

import re
from typing import Any

from labkit.sandbox.gateway import request
from labkit.sandbox.services.sqs import batches, metrics
from labkit.sandbox.services.sqs.attempts import OTHER_TYPE
from labkit.sandbox.services.sqs.errors import SqsError, refused
from labkit.sandbox.upstream.sqs import sqs

INVALID = "InvalidParameterValue"

MOST_ATTRIBUTES = 10
MOST_BYTES = 1_048_576
"""Of a batch, and of a message unless its queue says less."""

ID = re.compile(r"[!-~]{1,128}")
IDS = ("MessageGroupId", "MessageDeduplicationId")

NAME = re.compile(r"(?!(?i:aws|amazon)\.)(?![.])[\w.-]{1,256}(?<![.])")
TYPE = re.compile(r"(?P<kind>String|Number|Binary)(?:\..*)?", re.DOTALL)
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
NOT_ALLOWED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

NO_DEDUPLICATION = (
    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
    "provided explicitly"
)
NO_GROUP = "The request must contain the parameter MessageGroupId."

Data = dict[str, Any]
Queue = dict[str, Any]


def send(upstream: Any, data: Data, queue_url: str) -> Data:
    """Serve SendMessage, also for the services that send.

    Raises
    ------
    SqsError
        If SQS refuses the message.
    """
    check(data, sqs._get_q(data.get("QueueUrl", queue_url)))
    result: Data = metrics.send(upstream, traced(data), queue_url)
    if data.get("MessageSystemAttributes"):
        digest = sqs._md5_msg_attrs(data["MessageSystemAttributes"])
        result["MD5OfMessageSystemAttributes"] = digest
    return result


def check(data: Data, queue: Queue) -> None:
    """Check a request of SendMessage.

    Raises
    ------
    SqsError
        If SQS refuses it.
    """
    if not data.get("MessageBody"):
        return  # upstream says so
    _check_message(data, queue)
    if queue["is_fifo"] and "MessageGroupId" not in data:
        raise refused("MissingParameter", NO_GROUP)


def check_batch(data: Data, queue: Queue) -> None:
    """Check a request of SendMessageBatch: what is refused here is refused whole.

    Raises
    ------
    SqsError
        If SQS refuses it.
    """
    entries = data.get("Entries") or []
    total = sum(size(entry) for entry in entries)
    if total > MOST_BYTES:
        text = (
            f"Batch requests cannot be longer than {MOST_BYTES} bytes. You have sent {total} bytes."
        )
        raise refused("BatchRequestTooLong", text)
    if not queue["is_fifo"]:
        return
    for entry in entries:
        if "MessageGroupId" not in entry:
            raise refused(INVALID, NO_GROUP)
        _check_order(entry, queue)


def _check_message(message: Data, queue: Queue) -> None:
    for name in IDS:
        _check_id(name, message.get(name))
    if not queue["is_fifo"] and "MessageDeduplicationId" in message:
        given = message["MessageDeduplicationId"]
        raise refused(INVALID, OTHER_TYPE.format(given, "MessageDeduplicationId"))
    attributes = message.get("MessageAttributes") or {}
    if len(attributes) > MOST_ATTRIBUTES:
        raise refused(
            INVALID,
            f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum "
            f"[{MOST_ATTRIBUTES}].",
        )
    for name, value in attributes.items():
        _check_attribute(name, value)
    most = int(queue["attributes"].get("MaximumMessageSize") or MOST_BYTES)
    if size(message) > most:
        text = (
            "One or more parameters are invalid. Reason: Message must be shorter than "
            f"{most} bytes."
        )
        raise refused(INVALID, text)
    if queue["is_fifo"]:
        _check_order(message, queue)


def _check_id(name: str, value: Any) -> None:
    if value is not None and not ID.fullmatch(str(value)):
        raise refused(
            INVALID,
            f"Value {value} for parameter {name} is invalid. Reason: {name} can only include "
            "alphanumeric and punctuation characters. 1 to 128 in length.",
        )


def _check_order(message: Data, queue: Queue) -> None:
    by_content = queue["attributes"].get("ContentBasedDeduplication") == "true"
    if not by_content and "MessageDeduplicationId" not in message:
        raise refused(INVALID, NO_DEDUPLICATION)


def _check_attribute(name: str, value: Data) -> None:
    if not NAME.fullmatch(name) or ".." in name:
        raise refused(
            INVALID,
            f"Invalid message (user) attribute name '{name}': it can contain letters, digits, "
            "underscores, hyphens and periods, and neither begin nor end with a period.",
        )
    found = TYPE.fullmatch(value.get("DataType") or "")
    if found is None:
        raise refused(
            INVALID,
            f"The type of message (user) attribute '{name}' is invalid. You must use only the "
            "following supported type prefixes: Binary, Number, String.",
        )
    _check_value(name, found["kind"], value)


def _check_value(name: str, kind: str, value: Data) -> None:
    member = "BinaryValue" if kind == "Binary" else "StringValue"
    content = value.get(member)
    if not content:
        what = "Binary" if kind == "Binary" else "String"
        raise refused(
            INVALID,
            f"Message (user) attribute '{name}' must contain a non-empty value of type '{what}'.",
        )
    if kind == "Number" and not NUMBER.fullmatch(content):
        text = f"Can't cast the value of message (user) attribute '{name}' to a number."
        raise refused(INVALID, text)
    wrong = NOT_ALLOWED.search(content) if kind != "Binary" else None
    if wrong is not None:
        raise refused(
            INVALID,
            f"Invalid binary character '#x{ord(wrong[0]):x}' was found in "
            f"the message (user) attribute '{name}', the set of allowed characters is #x9 | #xA | "
            "#xD | [#x20 to #xD7FF] | [#xE000 to #xFFFD] | [#x10000 to #x10FFFF]",
        )


def size(message: Data) -> int:
    """Return the bytes of a message with its attributes' names, types and values."""
    texts = [message.get("MessageBody") or ""]
    for name, value in (message.get("MessageAttributes") or {}).items():
        content = value.get("StringValue") or value.get("BinaryValue") or ""
        texts += [name, value.get("DataType") or "", content]
    return sum(len(text.encode()) if isinstance(text, str) else len(text) for text in texts)


def traced(data: Data) -> Data:
    """Return a request of SendMessage with the trace header that its HTTP request bears."""
    given = request.current.get()
    header = given.headers.get("x-amzn-trace-id") if given is not None else None
    system = data.get("MessageSystemAttributes") or {}
    if not header or given is None or given.service != "sqs" or "AWSTraceHeader" in system:
        return data
    value = {"DataType": "String", "StringValue": header}
    return data | {"MessageSystemAttributes": system | {"AWSTraceHeader": value}}


def batch(upstream: Any, data: Data, queue_url: str) -> Data:
    """Serve SendMessageBatch: each entry that may be sent is sent like a message of its own."""
    queue = sqs._get_q(data.get("QueueUrl", queue_url), "sqs:SendMessage")
    entries = data.get("Entries") or []
    batches.check(entries, "SendMessageBatchRequestEntry")
    check_batch(data, queue)
    result: Data = {"Successful": [], "Failed": []}
    for entry in entries:
        try:
            sent = _sent(entry, data, queue_url)
            result["Successful"].append({"Id": entry["Id"], **sent})
        except (SqsError, sqs._Err) as error:
            code = error.given_code if isinstance(error, SqsError) else error.code
            failed = {"Id": entry["Id"], "Code": code, "Message": error.message}
            result["Failed"].append(failed | {"SenderFault": True})
    return result


def _sent(entry: Data, data: Data, queue_url: str) -> Data:
    message = {k: v for k, v in entry.items() if k != "Id"}
    message["QueueUrl"] = data.get("QueueUrl", queue_url)
    sent: Data = sqs._HANDLERS["SendMessage"](message, queue_url)
    return sent
