"""How a message leaves a queue: deleted, expired, or moved to the dead-letter queue.

On a standard queue DeleteMessage succeeds with any handle that SQS gave out and removes the message
only with the latest one; a message moves to the dead-letter queue on the receive that would make
its receive count pass maxReceiveCount, once its visibility timeout is over. MiniStack refuses old
handles, and it rebuilds a queue's list from several threads, which can lose a message that arrives
meanwhile or move one twice; here each message is taken out of the list by itself.
Source: SQS API Reference, DeleteMessage; SQS Developer Guide, "Using dead-letter queues".
"""

from __future__ import annotations

import json
import time
from typing import Any

from labkit.sandbox.services.sqs import batches, dead_letters, metrics, receipts
from labkit.sandbox.services.sqs.errors import SqsError, refused
from labkit.sandbox.upstream.app import concurrency
from labkit.sandbox.upstream.sqs import sqs

Message = dict[str, Any]
Result = dict[str, Any]
Queue = dict[str, Any]


def take_out(queue: Queue, message: Message) -> bool:
    """Remove `message`; return False if another thread has done so already."""
    try:
        queue["messages"].remove(message)
    except ValueError:
        return False
    return True


def delete(data: dict[str, Any], queue_url: str) -> Result:
    """Serve DeleteMessage."""
    queue = sqs._get_q(data.get("QueueUrl", queue_url), "sqs:DeleteMessage")
    handle = data.get("ReceiptHandle", "")
    if not handle:
        raise refused("MissingParameter", "The request must contain the parameter ReceiptHandle.")
    receipts.check(handle)
    _delete_in_time(handle, queue)
    return {}


def delete_batch(data: dict[str, Any], queue_url: str) -> Result:
    """Serve DeleteMessageBatch."""
    queue = sqs._get_q(data.get("QueueUrl", queue_url), "sqs:DeleteMessage")
    entries = data.get("Entries", [])
    batches.check(entries, "DeleteMessageBatchRequestEntry")
    result: Result = {"Successful": [], "Failed": []}
    for entry in entries:
        try:
            receipts.check(entry.get("ReceiptHandle", ""))
            _delete_in_time(entry["ReceiptHandle"], queue)
            result["Successful"].append({"Id": entry["Id"]})
        except SqsError as error:
            failed = {"Id": entry["Id"], "Code": error.given_code, "Message": error.message}
            result["Failed"].append(failed | {"SenderFault": True})
    return result


def consume(queue_url: str, receipt_handles: set[str]) -> None:
    """Delete what a function has worked through."""
    queue = sqs._get_q(queue_url)
    for handle in receipt_handles:
        _delete_by(handle, queue)


def expire(queue: Queue) -> None:
    """Drop the messages that are older than the queue's retention period."""
    oldest = time.time() - int(queue["attributes"].get("MessageRetentionPeriod", 345_600))
    for message in list(queue["messages"]):
        if message.get("enqueued_at", message.get("sent_at", oldest + 1)) <= oldest:
            take_out(queue, message)


def redrive(queue: Queue) -> None:
    """Move what was received maxReceiveCount times, and is visible again, to the dead letters."""
    policy = json.loads(queue["attributes"].get("RedrivePolicy") or "{}")
    target = sqs._queue_by_arn(policy.get("deadLetterTargetArn", ""))
    if target is None or not dead_letters.allows(target, queue["attributes"]["QueueArn"]):
        return
    now, limit = time.time(), int(policy["maxReceiveCount"])
    for message in list(queue["messages"]):
        spent = message.get("receive_count", 0) >= limit and message["visible_at"] <= now
        if spent and take_out(queue, message):
            target["messages"].append(_dead(message, queue, now))
            metrics.record_depth(target)
            concurrency.esm_wake.set()


def _dead(message: Message, queue: Queue, now: float) -> Message:
    system = {"DeadLetterQueueSourceArn": queue["attributes"]["QueueArn"]} | message["sys"]
    moved = message | {"receipt_handle": None, "handles": [], "visible_at": now, "sys": system}
    return moved | {"enqueued_at": now} if queue["is_fifo"] else moved


def _delete_in_time(handle: str, queue: Queue) -> None:
    """Delete the message with this handle, which a FIFO queue takes in time only."""
    message = receipts.find(queue, handle)
    if message is None:
        receipts.check_place(queue, handle)
    else:
        receipts.check_in_time(queue, message, handle)
    _delete_by(handle, queue)


def _delete_by(handle: str, queue: Queue) -> None:
    """Delete the message whose latest handle this is."""
    for message in list(queue["messages"]):
        if message.get("receipt_handle") == handle and take_out(queue, message):
            metrics.record(queue, "NumberOfMessagesDeleted", 1)
