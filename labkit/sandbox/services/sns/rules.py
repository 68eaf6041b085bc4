"""What SNS refuses of subscriptions and messages: policies that cannot be read, empty messages.

MiniStack takes any text for a filter policy and publishes nothing at all; the seams are three
operations.
Source: SNS API Reference, Subscribe, SetSubscriptionAttributes and Publish.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.services import sns

from labkit.sandbox.services.sns import filter_policies
from labkit.sandbox.upstream import seams

MODULE = sns.__name__

Parameters = dict[str, Any]


def install() -> None:
    """Take the three operations."""
    _check_before("_subscribe", _subscription_problem)
    _check_before("_set_subscription_attributes", _attribute_problem)
    _check_before("_publish", _message_problem)


def _check_before(name: str, check: Callable[[Parameters], str | None]) -> None:
    def operation(params: Parameters) -> Any:
        if problem := check(params):
            return sns._error("InvalidParameter", f"Invalid parameter: {problem}", 400)
        return upstream(params)

    upstream = seams.replace(MODULE, name, operation, like="(params)")


def _subscription_problem(params: Parameters) -> str | None:
    given = _attributes(params)
    if "FilterPolicy" not in given:
        return None
    scope = given.get("FilterPolicyScope", filter_policies.ATTRIBUTES)
    problem = filter_policies.problem(given["FilterPolicy"], scope)
    return f"Attributes Reason: FilterPolicy: {problem}" if problem else None


def _attributes(params: Parameters) -> dict[str, str]:
    """Return the attributes of a Subscribe request."""
    given, number = {}, 1
    while key := sns._p(params, f"Attributes.entry.{number}.key"):
        given[key] = sns._p(params, f"Attributes.entry.{number}.value")
        number += 1
    return given


def _attribute_problem(params: Parameters) -> str | None:
    if sns._p(params, "AttributeName") != "FilterPolicy":
        return None
    subscription = _subscription(sns._p(params, "SubscriptionArn"))
    scope = subscription.get("FilterPolicyScope", filter_policies.ATTRIBUTES)
    problem = filter_policies.problem(sns._p(params, "AttributeValue") or "{}", scope)
    return f"FilterPolicy: {problem}" if problem else None


def _subscription(arn: str) -> dict[str, str]:
    """Return the attributes of a subscription; empty if there is none."""
    topic = sns._topic_by_arn_any_scope(arn.rpartition(":")[0]) or {"subscriptions": []}
    found = (one["attributes"] for one in topic["subscriptions"] if one["arn"] == arn)
    return next(found, {})


def _message_problem(params: Parameters) -> str | None:
    message = sns._p(params, "Message")
    if not message:
        return "Empty message"
    if sns._p(params, "MessageStructure") != "json":
        return None
    try:
        variants = json.loads(message)
    except ValueError:
        return "Message Structure - JSON message body failed to parse"
    if not isinstance(variants, dict) or "default" not in variants:
        return "Message Structure - No default entry in JSON message body"
    return None
