"""Four ways from somebody who announces to a reader who waits, built to be compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from labkit.labs.building import Run
from labkit.labs.delivery.announcing import open_queue
from labkit.measure.arrivals import arrivals

Send = Callable[[Mapping[str, Any]], object]

SOURCE = "delivery.measured"
FIFO = {"FifoQueue": "true"}


@dataclass(frozen=True)
class Way:
    """How an announcement reaches a queue.

    Attributes
    ----------
    name
        What to call it.
    queue_url
        Where a reader waits.
    send
        Announces one message, a JSON object.
    """

    name: str
    queue_url: str
    send: Send


def ways(lab: Run) -> list[Way]:
    """Build the four ways; each has a queue of its own."""
    return [_alone(lab), _topic(lab), _bus(lab), _fifo(lab)]


def compare(lab: Run, compared: list[Way], messages: int) -> pd.DataFrame:
    """Announce numbered messages on each way in turn, the first of them twice.

    Parameters
    ----------
    compared
        As `ways` builds them.
    messages
        How many different messages.

    Returns
    -------
    pandas.DataFrame
        One row per way: ``way``; ``median_ms`` and ``slowest_ms`` from the call until the reader
        held the message; ``in order``: whether they came as they were sent; ``copies of the one
        sent twice``.
    """
    sqs = lab.client("sqs")
    rows = []
    for way in compared:
        came = arrivals(way.send, sqs, way.queue_url, messages)
        rows.append(
            {
                "way": way.name,
                "median_ms": came["latency_ms"].median(),
                "slowest_ms": came["latency_ms"].max(),
                "in order": bool(came.sort_values("place")["number"].is_monotonic_increasing),
                "copies of the one sent twice": came["copies"].iloc[0],
            }
        )
    return pd.DataFrame(rows)


def _alone(lab: Run) -> Way:
    sqs = lab.client("sqs")
    url = sqs.create_queue(QueueName=lab.name("way-sqs"))["QueueUrl"]
    return Way(
        "SQS alone", url, lambda m: sqs.send_message(QueueUrl=url, MessageBody=json.dumps(m))
    )


def _topic(lab: Run) -> Way:
    sns = lab.client("sns")
    topic = sns.create_topic(Name=lab.name("way-sns"))["TopicArn"]
    queue = open_queue(lab, "way-sns", "sns.amazonaws.com", topic)
    _subscribe(sns, topic, queue.arn)
    return Way("SNS → SQS", queue.url, lambda m: sns.publish(TopicArn=topic, Message=json.dumps(m)))


def _fifo(lab: Run) -> Way:
    sns = lab.client("sns")
    topic = sns.create_topic(Name=lab.name("way-sns.fifo"), Attributes={"FifoTopic": "true"})[
        "TopicArn"
    ]
    queue = open_queue(lab, "way-sns.fifo", "sns.amazonaws.com", topic, FIFO)
    _subscribe(sns, topic, queue.arn)

    def send(message: Mapping[str, Any]) -> object:
        return sns.publish(
            TopicArn=topic,
            Message=json.dumps(message),
            MessageGroupId="orders",
            MessageDeduplicationId=str(message["number"]),
        )

    return Way("SNS FIFO → SQS FIFO", queue.url, send)


def _subscribe(sns: Any, topic: str, queue_arn: str) -> None:
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=queue_arn,
        Attributes={"RawMessageDelivery": "true"},
    )


def _bus(lab: Run) -> Way:
    events = lab.client("events")
    bus = lab.name("way-bus")
    events.create_event_bus(Name=bus)
    rule = events.put_rule(
        Name=lab.name("way-rule"),
        EventBusName=bus,
        EventPattern=json.dumps({"source": [SOURCE]}),
    )["RuleArn"]
    queue = open_queue(lab, "way-events", "events.amazonaws.com", rule)
    target = {"Id": "queue", "Arn": queue.arn, "InputPath": "$.detail"}
    events.put_targets(Rule=lab.name("way-rule"), EventBusName=bus, Targets=[target])

    def send(message: Mapping[str, Any]) -> object:
        entry = {"EventBusName": bus, "Source": SOURCE, "DetailType": "order.accepted"}
        return events.put_events(Entries=[entry | {"Detail": json.dumps(message)}])

    return Way("EventBridge → SQS", queue.url, send)
