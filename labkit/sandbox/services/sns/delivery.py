"""The delivery of a message to queues and functions that let SNS; others go to the dead letters.

A message that a subscription's endpoint does not take goes to the dead-letter queue of the
subscription's redrive policy, if that lets SNS. MiniStack asks no function, calls one once, and
loses what is not taken.
Source: SNS Developer Guide, "Fanout Amazon SNS notifications" and "Amazon SNS dead-letter queues
(DLQs)"; Lambda Developer Guide, "Invoking Lambda functions with Amazon SNS notifications".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.services.lambda_ import asynchronous_sources
from labkit.sandbox.upstream.lambda_ import lambda_svc
from labkit.sandbox.upstream.sns import sns

SEND = "sqs:SendMessage"

Subscription = dict[str, Any]


def to_queue(
    upstream: Callable[..., None],
    endpoint: str,
    envelope: str,
    raw: bool,
    raw_message: str,
    *more: Any,
    **named: Any,
) -> None:
    """Deliver a message to a queue, or to the dead letters of its subscription."""
    topic = named.get("topic_arn", "")
    reached = _may_send(endpoint, topic)
    subscription = {} if reached else _subscription(topic, "endpoint", endpoint)
    target = endpoint if reached else _dead_letters(subscription)
    if target:
        upstream(target, envelope, raw, raw_message, *more, **named)


def to_function(
    endpoint: str,
    envelope: str,
    topic_arn: str,
    sub_arn: str,
    msg_id: str,
    raw_message: str,
    message_attributes: dict[str, Any],
) -> None:
    """Call a function with a message, or put that into the dead letters of its subscription."""
    if _may_invoke(endpoint, topic_arn):
        record = {
            "EventVersion": "1.0",
            "EventSubscriptionArn": sub_arn,
            "EventSource": "aws:sns",
            "Sns": json.loads(envelope),
        }
        asynchronous_sources.call(endpoint, {"Records": [record]})
    elif queue := _dead_letters(_subscription(topic_arn, "arn", sub_arn)):
        sns._deliver_to_sqs(queue, envelope, False, raw_message, topic_arn=topic_arn)


def _may_send(queue: str, topic: str) -> bool:
    account = topic.split(":")[4]
    return permissions.resource_allows(permissions.SNS, SEND, queue, topic, SourceOwner=account)


def _may_invoke(function: str, topic: str) -> bool:
    exists = lambda_svc._get_func_record_for_ref(function)[0] is not None
    allowed = permissions.resource_allows(permissions.SNS, permissions.INVOKE, function, topic)
    return exists and allowed


def _subscription(topic_arn: str, key: str, value: str) -> Subscription:
    topic = sns._topic_by_arn_any_scope(topic_arn) or {"subscriptions": []}
    return next((one for one in topic["subscriptions"] if one[key] == value), {})


def _dead_letters(subscription: Subscription) -> str | None:
    policy = subscription.get("attributes", {}).get("RedrivePolicy") or "{}"
    queue: str | None = json.loads(policy).get("deadLetterTargetArn")
    return queue
