"""Announcing orders: what the others are told, and queues that may be told it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labkit.labs.delivery.order_stream import Order
from labkit.labs.lab_run import LabRun

REGIONS = {"서울": "seoul", "Seoul": "seoul", "부산": "busan", "제주": "jeju"}
"""A word of an address → the region that it is in."""


@dataclass(frozen=True)
class OpenQueue:
    """A queue that a service may send to: its URL, for readers, and its ARN, for that service."""

    url: str
    arn: str


def announcement(order: Order) -> dict[str, Any]:
    """Say of an order what other services need to know, and nothing about the customer.

    Returns
    -------
    dict
        ``orderId``, ``restaurant``, ``region`` ("seoul", "busan" or "jeju") and ``totalKRW``.
    """
    address = order["customer"]["address"]
    region = next(name for word, name in REGIONS.items() if word in address)
    told = {key: order[key] for key in ("orderId", "restaurant", "totalKRW")}
    return told | {"region": region}


def open_queue(
    lab: LabRun, logical: str, service: str, source_arn: str, attributes: Mapping[str, str] = {}
) -> OpenQueue:
    """Create a queue that a service may send to on behalf of one resource.

    Parameters
    ----------
    logical
        What the lesson calls it.
    service
        For example "sns.amazonaws.com".
    source_arn
        The topic or rule that it is for.
    attributes
        More attributes of the queue, such as ``FifoQueue``.
    """
    sqs = lab.client("sqs")
    url = sqs.create_queue(QueueName=lab.name(logical), Attributes=dict(attributes))["QueueUrl"]
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    queue = OpenQueue(url, answer["Attributes"]["QueueArn"])
    sqs.set_queue_attributes(
        QueueUrl=url, Attributes={"Policy": queue_policy(queue.arn, service, source_arn)}
    )
    return queue


def queue_policy(queue_arn: str, service: str, source_arn: str) -> str:
    """Write the policy by which a queue lets a service send to it, for one resource only."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": source_arn}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
