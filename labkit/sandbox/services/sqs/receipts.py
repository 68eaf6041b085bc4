"""Receipt handles: which message one stands for, and when it counts no more.

On a standard queue each handle of a message still changes its visibility, even of one that is
visible again. On a FIFO queue a handle expires with the visibility timeout.
Source: SQS API Reference, DeleteMessage and ChangeMessageVisibility; the texts are AWS's answers as
others have recorded them.
"""

from __future__ import annotations

import re
import time
from typing import Any

from labkit.sandbox.services.sqs import batches
from labkit.sandbox.services.sqs.errors import SqsError, refused
from labkit.sandbox.upstream.sqs import sqs

HANDLE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""What MiniStack's receipt handles look like."""

INVALID = "InvalidParameterValue"
LONGEST_SECONDS = 43_200

Data = dict[str, Any]
Message = dict[str, Any]
Queue = dict[str, Any]


def check(handle: str) -> None:
    """Refuse what is no handle.

    Raises
    ------
    SqsError
        `ReceiptHandleIsInvalid`.
    """
    if not HANDLE.fullmatch(handle):
        raise _no_handle(handle)


def _no_handle(handle: str) -> SqsError:
    text = f'The input receipt handle "{handle}" is not a valid receipt handle.'
    return refused("ReceiptHandleIsInvalid", text)


def find(queue: Queue, handle: str) -> Message | None:
    """Return the message that a handle was given out for; None if it is gone."""
    for message in list(queue["messages"]):
        if handle == message.get("receipt_handle") or handle in message.get("handles", ()):
            found: Message = message
            return found
    return None


def check_place(queue: Queue, handle: str) -> None:
    """Refuse a handle that another queue has given out.

    Raises
    ------
    SqsError
        `ReceiptHandleIsInvalid`.
    """
    others = [one for one in list(sqs._queues.values()) if one is not queue]
    if any(find(one, handle) is not None for one in others):
        raise _no_handle(handle)


def check_in_time(queue: Queue, message: Message, handle: str) -> None:
    """Refuse a handle of a FIFO queue whose time is over.

    Raises
    ------
    SqsError
        If it is.
    """
    over = message["visible_at"] <= time.time() or message.get("receipt_handle") != handle
    if queue["is_fifo"] and over:
        raise _invalid(handle, "The receipt handle has expired.")


def change(data: Data, queue_url: str) -> Data:
    """Serve ChangeMessageVisibility."""
    queue = sqs._get_q(data.get("QueueUrl", queue_url), "sqs:ChangeMessageVisibility")
    _change(queue, data)
    return {}


def change_batch(data: Data, queue_url: str) -> Data:
    """Serve ChangeMessageVisibilityBatch."""
    queue = sqs._get_q(data.get("QueueUrl", queue_url), "sqs:ChangeMessageVisibility")
    entries = data.get("Entries") or []
    batches.check(entries, "ChangeMessageVisibilityBatchRequestEntry")
    result: Data = {"Successful": [], "Failed": []}
    for entry in entries:
        try:
            _change(queue, entry)
            result["Successful"].append({"Id": entry["Id"]})
        except SqsError as error:
            failed = {"Id": entry["Id"], "Code": error.given_code, "Message": error.message}
            result["Failed"].append(failed | {"SenderFault": True})
    return result


def _change(queue: Queue, given: Data) -> None:
    handle, seconds = given.get("ReceiptHandle") or "", given.get("VisibilityTimeout")
    check(handle)
    if seconds is None or not 0 <= int(seconds) <= LONGEST_SECONDS:
        raise refused(
            INVALID,
            f"Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and "
            f"<= {LONGEST_SECONDS}, if provided.",
        )
    message = find(queue, handle)
    if message is None:
        check_place(queue, handle)
        raise _invalid(
            handle, "Message does not exist or is not available for visibility timeout change."
        )
    check_in_time(queue, message, handle)
    message["visible_at"] = time.time() + int(seconds)


def _invalid(handle: str, reason: str) -> SqsError:
    text = f"Value {handle} for parameter ReceiptHandle is invalid. Reason: {reason}"
    return refused(INVALID, text)
