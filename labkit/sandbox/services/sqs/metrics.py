"""The AWS/SQS metrics: what was sent, received and deleted, and how much is waiting.

MiniStack records none. AWS publishes a queue's depth once a minute; here it is sampled more often,
so that a lesson need not wait.
Source: SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS".
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.cloudwatch import cloudwatch
from labkit.sandbox.upstream.sqs import sqs

SAMPLE_SECONDS = 2.0
"""How often the depth of every queue is recorded that holds something."""

EMPTY_SECONDS = 60.0
"""How often it is of one that stays empty, as on AWS."""

Queue = dict[str, Any]
Result = dict[str, Any]


def record(queue: Queue, metric: str, value: float, unit: str = "Count") -> None:
    """Record a value of a metric of a queue, in the account and region that own it."""
    _, _, _, region, account, name = queue["attributes"]["QueueArn"].split(":")
    with responses.request_scope(account, region):
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


def send(
    upstream: Callable[[dict[str, Any], str], Result], data: dict[str, Any], queue_url: str
) -> Result:
    """Send a message, and count it."""
    result = upstream(data, queue_url)
    queue = sqs._get_q(data.get("QueueUrl", queue_url))
    record(queue, "NumberOfMessagesSent", 1)
    record(queue, "SentMessageSize", len(data["MessageBody"].encode()), "Bytes")
    return result


async def receive(
    upstream: Callable[[dict[str, Any], str], Awaitable[Result]],
    data: dict[str, Any],
    queue_url: str,
) -> Result:
    """Receive messages, and count them."""
    result = await upstream(data, queue_url)
    queue = sqs._get_q(data.get("QueueUrl", queue_url))
    count_received(queue, len(result.get("Messages", [])))
    return result


def count_received(queue: Queue, count: int) -> None:
    """Record a receive that brought `count` messages."""
    record(queue, "NumberOfMessagesReceived", count)
    record(queue, "NumberOfEmptyReceives", 0 if count else 1)


def sample_depths() -> None:
    """Record the depth of every queue again and again; of one that stays empty, once a minute."""
    empty: dict[str, float] = {}
    while True:
        time.sleep(SAMPLE_SECONDS)
        now = time.monotonic()
        queues = [queue for _, queue in sqs._queues.all_items()]
        empty = {arn: empty[arn] for arn in map(_arn, queues) if arn in empty}
        for queue in queues:
            arn = _arn(queue)
            if queue["messages"]:
                empty.pop(arn, None)
            elif now - empty.get(arn, float("-inf")) < EMPTY_SECONDS:
                continue
            else:
                empty[arn] = now
            record_depth(queue)


def _arn(queue: Queue) -> str:
    return str(queue["attributes"]["QueueArn"])


def _age_of_oldest(queue: Queue) -> float:
    sent = [message["sent_at"] for message in list(queue["messages"])]
    return time.time() - min(sent) if sent else 0.0
