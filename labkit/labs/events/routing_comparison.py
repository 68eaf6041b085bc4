"""Four routes from somebody who announces to a reader who waits, built to be compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from labkit.labs.events.announcements import open_queue
from labkit.labs.events.message_arrivals import message_arrivals
from labkit.labs.lab_run import LabRun

Send = Callable[[Mapping[str, Any]], object]

SOURCE = "delivery.measured"
FIFO = {"FifoQueue": "true"}


@dataclass(frozen=True)
class MessageRoute:
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


def message_routes(lab: LabRun) -> list[MessageRoute]:
    """Build the four routes; each has a queue of its own."""
    return [_alone(lab), _topic(lab), _bus(lab), _fifo(lab)]


def compare_routes(lab: LabRun, compared: list[MessageRoute], messages: int) -> pd.DataFrame:
    """Announce numbered messages on each route in turn, the first of them twice.

    Parameters
    ----------
    compared
        As `message_routes` builds them.
    messages
        How many different messages.

    Returns
    -------
    pandas.DataFrame
        One row per route: ``route``; ``median_ms`` and ``slowest_ms`` from the call until the
        reader held the message; ``in order``: whether they came as they were sent; ``copies of the
        one sent twice``.
    """
    sqs = lab.client("sqs")
    rows = []
    for route in compared:
        came = message_arrivals(route.send, sqs, route.queue_url, messages)
        rows.append(
            {
                "route": route.name,
                "median_ms": came["latency_ms"].median(),
                "slowest_ms": came["latency_ms"].max(),
                "in order": bool(came.sort_values("place")["number"].is_monotonic_increasing),
                "copies of the one sent twice": came["copies"].iloc[0],
            }
        )
    return pd.DataFrame(rows)


def _alone(lab: LabRun) -> MessageRoute:
    sqs = lab.client("sqs")
    url = sqs.create_queue(QueueName=lab.name("route-sqs"))["QueueUrl"]
    return MessageRoute(
        "SQS alone", url, lambda m: sqs.send_message(QueueUrl=url, MessageBody=json.dumps(m))
    )


def _topic(lab: LabRun) -> MessageRoute:
    sns = lab.client("sns")
    topic = sns.create_topic(Name=lab.name("route-sns"))["TopicArn"]
    queue = open_queue(lab, "route-sns", "sns.amazonaws.com", topic)
    _subscribe(sns, topic, queue.arn)
    return MessageRoute(
        "SNS → SQS", queue.url, lambda m: sns.publish(TopicArn=topic, Message=json.dumps(m))
    )


def _fifo(lab: LabRun) -> MessageRoute:
    sns = lab.client("sns")
    topic = sns.create_topic(Name=lab.name("route-sns.fifo"), Attributes={"FifoTopic": "true"})[
        "TopicArn"
    ]
    queue = open_queue(lab, "route-sns.fifo", "sns.amazonaws.com", topic, FIFO)
    _subscribe(sns, topic, queue.arn)

    def send(message: Mapping[str, Any]) -> object:
        return sns.publish(
            TopicArn=topic,
            Message=json.dumps(message),
            MessageGroupId="orders",
            MessageDeduplicationId=str(message["number"]),
        )

    return MessageRoute("SNS FIFO → SQS FIFO", queue.url, send)


def _subscribe(sns: Any, topic: str, queue_arn: str) -> None:
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=queue_arn,
        Attributes={"RawMessageDelivery": "true"},
    )


def _bus(lab: LabRun) -> MessageRoute:
    events = lab.client("events")
    bus = lab.name("route-bus")
    events.create_event_bus(Name=bus)
    rule = events.put_rule(
        Name=lab.name("route-rule"),
        EventBusName=bus,
        EventPattern=json.dumps({"source": [SOURCE]}),
    )["RuleArn"]
    queue = open_queue(lab, "route-events", "events.amazonaws.com", rule)
    target = {"Id": "queue", "Arn": queue.arn, "InputPath": "$.detail"}
    events.put_targets(Rule=lab.name("route-rule"), EventBusName=bus, Targets=[target])

    def send(message: Mapping[str, Any]) -> object:
        entry = {"EventBusName": bus, "Source": SOURCE, "DetailType": "order.accepted"}
        return events.put_events(Entries=[entry | {"Detail": json.dumps(message)}])

    return MessageRoute("EventBridge → SQS", queue.url, send)
