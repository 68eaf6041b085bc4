"""SNS: filter policies that can be read, messages that say something, dead letters of a queue.

MiniStack takes any text for a filter policy, publishes nothing at all, and loses what a subscribed
queue does not take. The seams are three operations and the delivery to queues.
Source: SNS Developer Guide, "Amazon SNS subscription filter policies" and "Amazon SNS dead-letter
queues (DLQs)"; SNS API Reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from labkit.sandbox.upstream import seams
from labkit.sandbox.upstream.when_loaded import when_loaded

MODULE = "ministack.services.sns"
SERVICE = "sns.amazonaws.com"

MATCHES = (
    "anything-but",
    "cidr",
    "equals-ignore-case",
    "exists",
    "numeric",
    "prefix",
    "suffix",
    "wildcard",
)
"""How a filter policy can match. Source: SNS Developer Guide."""

DELIVER_TO_QUEUE = (
    "(endpoint, envelope, raw, raw_message, message_group_id='', message_dedup_id='', "
    "message_attributes=None, topic_arn='')"
)

Parameters = dict[str, Any]


def install() -> None:
    """Take SNS's seams as soon as it is loaded."""
    when_loaded(MODULE, _install)


def _install() -> None:
    _check_before("_subscribe", _subscription_problem)
    _check_before("_set_subscription_attributes", _attribute_problem)
    _check_before("_publish", _message_problem)
    _keep_what_queues_do_not_take()


def _check_before(name: str, check: Any) -> None:
    from ministack.services import sns

    def operation(params: Parameters) -> Any:
        if problem := check(params):
            return sns._error("InvalidParameter", f"Invalid parameter: {problem}", 400)
        return upstream(params)

    upstream = seams.replace(MODULE, name, operation, like="(params)")


def _subscription_problem(params: Parameters) -> str | None:
    from ministack.services import sns

    number = 1
    while key := sns._p(params, f"Attributes.entry.{number}.key"):
        policy = sns._p(params, f"Attributes.entry.{number}.value")
        if key == "FilterPolicy" and (problem := _policy_problem(policy)):
            return f"Attributes Reason: FilterPolicy: {problem}"
        number += 1
    return None


def _attribute_problem(params: Parameters) -> str | None:
    from ministack.services import sns

    if sns._p(params, "AttributeName") == "FilterPolicy":
        problem = _policy_problem(sns._p(params, "AttributeValue") or "{}")
        return f"FilterPolicy: {problem}" if problem else None
    return None


def _message_problem(params: Parameters) -> str | None:
    from ministack.services import sns

    return None if sns._p(params, "Message") else "Empty message"


def _policy_problem(text: str) -> str | None:
    try:
        policy = json.loads(text)
    except ValueError:
        return "failed to parse JSON."
    if not isinstance(policy, dict):
        return "Filter policy must be an object"
    return next(_key_problems(policy), None)


def _key_problems(policy: Parameters) -> Iterator[str]:
    for key, rules in policy.items():
        if isinstance(rules, dict):
            yield from _key_problems(rules)
        elif not isinstance(rules, list):
            yield f'"{key}" must be an object or an array'
        elif key == "$or":
            for part in rules:
                yield from _key_problems(part)
        else:
            matches = (name for rule in rules if isinstance(rule, dict) for name in rule)
            yield from (f"Unrecognized match type {m}" for m in matches if m not in MATCHES)


def _keep_what_queues_do_not_take() -> None:
    from ministack.services import sqs

    def deliver(
        endpoint: str, envelope: str, raw: bool, raw_message: str, *more: Any, **named: Any
    ) -> None:
        topic = named.get("topic_arn", "")
        account = topic.split(":")[4]
        reached = sqs._queue_by_arn(endpoint) is not None and sqs.queue_policy_allows(
            endpoint, SERVICE, topic, account
        )
        subscription = {} if reached else _subscription(topic, "endpoint", endpoint)
        target = endpoint if reached else _dead_letters(subscription) or endpoint
        upstream(target, envelope, raw, raw_message, *more, **named)

    upstream = seams.replace(MODULE, "_deliver_to_sqs", deliver, like=DELIVER_TO_QUEUE)


def _subscription(topic_arn: str, key: str, value: str) -> Parameters:
    from ministack.services import sns

    topic = sns._topic_by_arn_any_scope(topic_arn) or {"subscriptions": []}
    return next((one for one in topic["subscriptions"] if one[key] == value), {})


def _dead_letters(subscription: Parameters) -> str | None:
    policy = subscription.get("attributes", {}).get("RedrivePolicy") or "{}"
    queue: str | None = json.loads(policy).get("deadLetterTargetArn")
    return queue
