"""The AWS/SQS metrics: what was sent, received and deleted, and how much is waiting.

MiniStack records none. AWS publishes a queue's depth once a minute; here it is sampled more often,
so that a lesson need not wait. The seams are the sending and receiving actions.
Source: SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS".
"""

from __future__ import annotations

import threading
import time
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch, sqs

from labkit.sandbox.services.sqs.actions import Result, queue_of, take_action

SAMPLE_SECONDS = 2.0
"""How often the depth of every queue is recorded."""

Queue = dict[str, Any]


def install() -> None:
    """Take the sending and receiving actions, and sample the depth of every queue."""
    _count_sent()
    _count_received()
    threading.Thread(target=_sample_depths, daemon=True).start()


def record(queue: Queue, metric: str, value: float, unit: str = "Count") -> None:
    """Record a value of a metric of a queue, in the account and region that own it."""
    _, _, _, region, account, name = queue["attributes"]["QueueArn"].split(":")
    with request_scope(account, region):
        cloudwatch.record_metric("AWS/SQS", metric, value, unit, {"QueueName": name})


def record_depth(queue: Queue) -> None:
    """Record how many messages of a queue are visible, in flight and delayed."""
    sqs._refresh_counts(queue)
    for metric, attribute in (
        ("ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessages"),
        ("ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesNotVisible"),
        ("ApproximateNumberOfMessagesDelayed", "ApproximateNumberOfMessagesDelayed"),
    ):
        record(queue, metric, int(queue["attributes"][attribute]))
    record(queue, "ApproximateAgeOfOldestMessage", _age_of_oldest(queue), "Seconds")


def _count_sent() -> None:
    def send(data: dict[str, Any], queue_url: str) -> Result:
        result: Result = upstream(data, queue_url)
        queue = queue_of(data, queue_url)
        record(queue, "NumberOfMessagesSent", 1)
        record(queue, "SentMessageSize", len(data["MessageBody"].encode()), "Bytes")
        return result

    upstream = take_action("SendMessage", "_act_send_message", send)


def _count_received() -> None:
    async def receive(data: dict[str, Any], queue_url: str) -> Result:
        result: Result = await upstream(data, queue_url)
        count_received(queue_of(data, queue_url), len(result.get("Messages", [])))
        return result

    upstream = take_action("ReceiveMessage", "_act_receive_message", receive)


def count_received(queue: Queue, count: int) -> None:
    """Record a receive that brought `count` messages."""
    record(queue, "NumberOfMessagesReceived", count)
    record(queue, "NumberOfEmptyReceives", 0 if count else 1)


def _sample_depths() -> None:
    while True:
        time.sleep(SAMPLE_SECONDS)
        for _, queue in sqs._queues.all_items():
            record_depth(queue)


def _age_of_oldest(queue: Queue) -> float:
    sent = [message["sent_at"] for message in list(queue["messages"])]
    return time.time() - min(sent) if sent else 0.0
