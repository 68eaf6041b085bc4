"""What SNS refuses of subscriptions and messages: policies that cannot be read, empty messages.

Source: SNS API Reference, Subscribe, SetSubscriptionAttributes and Publish.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.services.sns import filter_policies
from labkit.sandbox.upstream.sns import sns

Parameters = dict[str, Any]


def check_subscription(given: Parameters) -> None:
    """Check the filter policy of a new subscription.

    Raises
    ------
    ValidationError
        If SNS refuses it.
    """
    attributes = given.get("Attributes") or {}
    if "FilterPolicy" not in attributes:
        return
    scope = attributes.get("FilterPolicyScope", filter_policies.ATTRIBUTES)
    if problem := filter_policies.problem(attributes["FilterPolicy"], scope):
        _refuse(f"Attributes Reason: FilterPolicy: {problem}")


def check_attribute(given: Parameters) -> None:
    """Check the filter policy that a subscription is to have.

    Raises
    ------
    ValidationError
        If SNS refuses it.
    """
    if given.get("AttributeName") != "FilterPolicy":
        return
    subscription = _subscription(given["SubscriptionArn"])
    scope = subscription.get("FilterPolicyScope", filter_policies.ATTRIBUTES)
    if problem := filter_policies.problem(given.get("AttributeValue") or "{}", scope):
        _refuse(f"FilterPolicy: {problem}")


def check_message(given: Parameters) -> None:
    """Check that a message says something, and that one for several protocols has a default.

    Raises
    ------
    ValidationError
        If SNS refuses it.
    """
    message = given.get("Message")
    if not message:
        _refuse("Empty message")
    if given.get("MessageStructure") != "json":
        return
    try:
        variants = json.loads(message)
    except ValueError:
        _refuse("Message Structure - JSON message body failed to parse")
    if not isinstance(variants, dict) or "default" not in variants:
        _refuse("Message Structure - No default entry in JSON message body")


def _subscription(arn: str) -> dict[str, str]:
    """Return the attributes of a subscription; empty if there is none."""
    topic = sns._topic_by_arn_any_scope(arn.rpartition(":")[0]) or {"subscriptions": []}
    found = (one["attributes"] for one in topic["subscriptions"] if one["arn"] == arn)
    return next(found, {})


def _refuse(problem: str) -> NoReturn:
    raise ValidationError(f"Invalid parameter: {problem}", "InvalidParameter")
