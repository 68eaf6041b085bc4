"""What a function is handed for a batch of messages, and what its answer says about them.

Source: Lambda Developer Guide, "Example standard queue message event" and "Reporting batch item
failures".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.upstream.lambda_ import lambda_svc

Message = dict[str, Any]

REPORT = "ReportBatchItemFailures"


def record_of(message: Message, queue_arn: str) -> dict[str, Any]:
    """Return the event's record of one message."""
    system = message["sys"]
    attributes = {
        "ApproximateReceiveCount": str(message["receive_count"]),
        "SentTimestamp": system["SentTimestamp"],
        "SenderId": system["SenderId"],
        "ApproximateFirstReceiveTimestamp": str(int(message["first_receive_at"] * 1000)),
        "AWSTraceHeader": system.get("AWSTraceHeader"),
        "DeadLetterQueueSourceArn": system.get("DeadLetterQueueSourceArn"),
        "MessageGroupId": message.get("group_id"),
        "MessageDeduplicationId": message.get("dedup_id"),
        "SequenceNumber": message.get("seq"),
    }
    return {
        "messageId": message["id"],
        "receiptHandle": message["receipt_handle"],
        "body": message["body"],
        "attributes": {name: value for name, value in attributes.items() if value is not None},
        "messageAttributes": lambda_svc._sqs_message_attributes_to_camel_case(
            message["message_attributes"]
        ),
        "md5OfBody": message["md5_body"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }


def failed_ids(mapping: dict[str, Any], result: dict[str, Any], ids: set[str]) -> set[str]:
    """Return which messages of a batch count as failed.

    Parameters
    ----------
    mapping
        The mapping; only one with ReportBatchItemFailures listens to the function's answer.
    result
        The execution record of the call.
    ids
        The batch's message ids. All of them fail when the function failed, and when its report
        cannot be read or names a message that was not in the batch.
    """
    if result.get("error"):
        return ids
    if REPORT not in mapping.get("FunctionResponseTypes", []):
        return set()
    body = result.get("body") or {}
    if not isinstance(body, dict):
        return ids
    try:
        reported = {item["itemIdentifier"] for item in body.get("batchItemFailures") or []}
    except (TypeError, KeyError):
        return ids
    return reported if reported <= ids else ids
