"""Subscriptions: made once for an endpoint, confirmed, changed, listed, ended.

Source: SNS API Reference, Subscribe, ConfirmSubscription, Unsubscribe, GetSubscriptionAttributes
and ListSubscriptions; the texts are AWS's answers as others have recorded them.
"""

from __future__ import annotations

import re
import secrets
import uuid
from typing import Any

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.sns import arns, delivery, subscription_rules
from labkit.sandbox.services.sns.paging import page
from labkit.sandbox.services.sns.subscription_rules import ATTRIBUTES, DEFAULTS, Attributes
from labkit.sandbox.upstream.sns import sns

PENDING, PENDING_IN_LISTS = "pending confirmation", "PendingConfirmation"
"""What stands for the ARN of a subscription that nobody has confirmed."""

TOKEN = re.compile(r"[0-9a-f]{288}")
UNIQUE = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def subscribe(request: Request) -> str:
    """Make a subscription, or find the same one; return what Subscribe says of its ARN.

    Raises
    ------
    AwsError
        If SNS refuses it.
    """
    given = request.parameters
    topic = arns.topic(given["TopicArn"])
    protocol, endpoint = given["Protocol"], given.get("Endpoint") or ""
    subscription_rules.check_endpoint(topic, protocol, endpoint)
    attributes = subscription_rules.checked(given.get("Attributes") or {}, topic, endpoint)
    one = _same(topic, protocol, endpoint, attributes)
    if one is None:
        one = _new(topic, protocol, endpoint, attributes, request)
        topic["subscriptions"].append(one)
        sns._sub_arn_to_topic[one["arn"]] = topic["arn"]
        if not one["confirmed"]:
            delivery.ask_to_confirm(topic["arn"], one)
    shown = one["confirmed"] or given.get("ReturnSubscriptionArn")
    return str(one["arn"]) if shown else PENDING


def _same(
    topic: arns.Topic, protocol: str, endpoint: str, attributes: Attributes
) -> arns.Subscription | None:
    """Return the subscription of an endpoint, if there is one.

    Raises
    ------
    ValidationError
        If it has other attributes than are asked for.
    """
    for one in topic["subscriptions"]:
        if (one["protocol"], one["endpoint"]) == (protocol, endpoint):
            known = DEFAULTS | one["attributes"]
            if any(known.get(name) != value for name, value in attributes.items()):
                arns.invalid(
                    "Attributes Reason: Subscription already exists with different attributes"
                )
            found: arns.Subscription = one
            return found
    return None


def _new(
    topic: arns.Topic, protocol: str, endpoint: str, attributes: Attributes, request: Request
) -> arns.Subscription:
    arn = f"{topic['arn']}:{uuid.uuid4()}"
    confirmed = protocol not in subscription_rules.CONFIRMED_BY_HAND
    return {
        "arn": arn, "topic_arn": topic["arn"], "protocol": protocol, "endpoint": endpoint,
        "owner": request.account, "confirmed": confirmed, "authenticated": confirmed,
        "principal": _principal(request), "token": secrets.token_hex(144),
        "attributes": DEFAULTS | attributes,
    }  # fmt: skip


def _principal(request: Request) -> str:
    if request.caller is None:
        return f"arn:aws:iam::{request.account}:root"
    return str(request.caller.arn)


def attributes_of(one: arns.Subscription) -> Attributes:
    """Return what GetSubscriptionAttributes shows."""
    owner = one.get("owner") or one["arn"].split(":")[4]
    kept = {name: one["attributes"].get(name) for name in ATTRIBUTES}
    if not kept["FilterPolicy"]:
        kept["FilterPolicyScope"] = None
    shown = {
        "ConfirmationWasAuthenticated": _flag(one.get("authenticated", one["confirmed"])),
        "Endpoint": one["endpoint"],
        "Owner": owner,
        "PendingConfirmation": _flag(not one["confirmed"]),
        "Protocol": one["protocol"],
        "RawMessageDelivery": "false",
        "SubscriptionArn": one["arn"],
        "SubscriptionPrincipal": one.get("principal") or f"arn:aws:iam::{owner}:root",
        "TopicArn": one["topic_arn"],
    }
    return shown | {name: value for name, value in kept.items() if value}


def change(arn: str, name: str, value: str) -> None:
    """Set an attribute of a subscription.

    Raises
    ------
    AwsError
        If SNS refuses it.
    """
    one = arns.subscription(arn)
    if name not in ATTRIBUTES:
        arns.invalid("AttributeName")
    one["attributes"][name] = subscription_rules.check_attribute(
        name, value, topic=arns.topic(one["topic_arn"]), endpoint=one["endpoint"],
        scope=one["attributes"].get("FilterPolicyScope") or DEFAULTS["FilterPolicyScope"],
    )  # fmt: skip


def confirm(topic_arn: str, token: str, *, signed: bool) -> str:
    """Confirm a subscription by the token that its endpoint was sent; return its ARN.

    Raises
    ------
    ValidationError
        If no subscription of the topic has the token.
    """
    if topic_arn.count(":") < arns.ELEMENTS - 1:
        arns.invalid("Topic")
    arns.check(topic_arn, "Topic")
    if not TOKEN.fullmatch(token):
        raise ValidationError("Invalid token", "InvalidParameter")
    topic = sns._topic_by_arn_any_scope(topic_arn) or {"subscriptions": []}
    found = (one for one in topic["subscriptions"] if one.get("token") == token)
    one = next(found, None)
    if one is None:
        arns.invalid("Token")
    one.update(confirmed=True, authenticated=one.get("authenticated") or signed)
    return str(one["arn"])


def unsubscribe(arn: str | None) -> None:
    """End a subscription; none is no error.

    Raises
    ------
    ValidationError
        If the ARN is none of a subscription.
    """
    if not arn:
        arns.invalid("SubscriptionArn Reason: no value for required parameter")
    parts = arn.split(":")
    if len(parts) < arns.ELEMENTS:
        arns.check(arn, "SubscriptionArn")
    if not UNIQUE.fullmatch(parts[-1]):
        arns.invalid("SubscriptionId")
    if (one := arns.find_subscription(arn)) is not None:
        topic = arns.topic(one["topic_arn"])
        topic["subscriptions"] = [other for other in topic["subscriptions"] if other is not one]
        topic["unsubscribed"] = topic.get("unsubscribed", 0) + 1
        sns._sub_arn_to_topic.pop(arn, None)


def listed(topic_arn: str | None, token: str | None) -> dict[str, Any]:
    """Return a page of all subscriptions, or of a topic's.

    Raises
    ------
    AwsError
        If there is no such topic.
    """
    topics = [arns.topic(topic_arn)] if topic_arn is not None else list(sns._topics.values())
    found, following = page([_entry(one) for t in topics for one in t["subscriptions"]], token)
    return {"Subscriptions": found} | following


def _entry(one: arns.Subscription) -> dict[str, str]:
    return {
        "SubscriptionArn": one["arn"] if one["confirmed"] else PENDING_IN_LISTS,
        "Owner": one.get("owner") or one["arn"].split(":")[4],
        "Protocol": one["protocol"],
        "Endpoint": one["endpoint"],
        "TopicArn": one["topic_arn"],
    }


def _flag(value: object) -> str:
    return "true" if value else "false"
