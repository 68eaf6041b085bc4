"""What a subscription may be: its protocol, its endpoint, its attributes.

Source: SNS API Reference, Subscribe and SetSubscriptionAttributes; SNS Developer Guide, "Message
delivery for FIFO topics"; the texts are AWS's answers as others have recorded them.
"""

from __future__ import annotations

import json
import re
from typing import Any

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.services.sns import arns, filter_policies

PROTOCOLS = (
    "application", "email", "email-json", "firehose", "http", "https", "lambda", "sms", "sqs",
)  # fmt: skip
CONFIRMED_BY_HAND = ("email", "email-json", "http", "https")
"""Protocols whose subscriptions the endpoint has to confirm."""

ATTRIBUTES = (
    "DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy",
    "ReplayPolicy", "SubscriptionRoleArn",
)  # fmt: skip
SCOPES = (filter_policies.ATTRIBUTES, filter_policies.BODY)

DEFAULTS = {"FilterPolicyScope": filter_policies.ATTRIBUTES, "RawMessageDelivery": "false"}

PHONE = re.compile(r"\+?\d+(?:[-./ ]\d+)*")
QUEUE = re.compile(r"arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w-]{1,80}(?:\.fifo)?", re.ASCII)
FUNCTION = re.compile(r"arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:\S+")

Attributes = dict[str, str]


def check_endpoint(topic: arns.Topic, protocol: str, endpoint: str) -> None:
    """Check whom a subscription is to reach.

    Raises
    ------
    ValidationError
        If SNS refuses it.
    """
    if protocol not in PROTOCOLS:
        arns.invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    fifo = arns.is_fifo(topic)
    if fifo and protocol != "sqs":
        arns.invalid("Invalid parameter: Endpoint Reason: Please use FIFO SQS queue")
    match protocol:
        case "sqs":
            _check_queue(endpoint, fifo=fifo)
        case "lambda" if not FUNCTION.fullmatch(endpoint):
            arns.invalid("Lambda endpoint ARN")
        case "http" | "https" if not endpoint.startswith(f"{protocol}://"):
            arns.invalid("Endpoint must match the specified protocol")
        case "email" | "email-json" if "@" not in endpoint:
            arns.invalid("Email address")
        case "sms" if not PHONE.fullmatch(endpoint):
            raise ValidationError(f"Invalid SMS endpoint: {endpoint}", "InvalidParameter")
        case "application" | "firehose" if not endpoint.startswith("arn:"):
            arns.invalid(f"{protocol.capitalize()} endpoint ARN")


def _check_queue(endpoint: str, *, fifo: bool) -> None:
    if not QUEUE.fullmatch(endpoint):
        arns.invalid("SQS endpoint ARN")
    if endpoint.endswith(".fifo") and not fifo:
        arns.invalid(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard "
            "SNS topics"
        )


def checked(given: Attributes, topic: arns.Topic, endpoint: str) -> Attributes:
    """Return the attributes of a new subscription as SNS keeps them.

    Raises
    ------
    ValidationError
        If SNS refuses them.
    """
    kept: Attributes = {}
    for name in sorted(given, key=lambda name: name == "FilterPolicy"):  # after its scope
        if name not in ATTRIBUTES:
            arns.invalid(f"Attributes Reason: Unknown attribute: {name}")
        scope = kept.get("FilterPolicyScope", filter_policies.ATTRIBUTES)
        value = check_attribute(
            name, given[name], scope=scope, topic=topic, endpoint=endpoint,
            prefix="Attributes Reason: ",
        )  # fmt: skip
        if value:
            kept[name] = value
    return kept


def check_attribute(
    name: str, value: str, *, scope: str, topic: arns.Topic, endpoint: str, prefix: str = ""
) -> str:
    """Return the value of an attribute as SNS keeps it; empty if it is to go.

    Parameters
    ----------
    name, value
        The attribute.
    scope
        What the subscription's filter policy is about.
    topic, endpoint
        Of the subscription.
    prefix
        How a refusal begins.

    Raises
    ------
    ValidationError
        If SNS refuses it.
    """
    match name:
        case "RawMessageDelivery":
            return _flag(value, prefix)
        case "FilterPolicyScope" if value not in SCOPES:
            arns.invalid(
                f"{prefix}FilterPolicyScope: Invalid value [{value}]. Please use either "
                "MessageBody or MessageAttributes"
            )
        case "FilterPolicy" if value:
            return _filter(value, scope, prefix)
        case "RedrivePolicy" if value:
            _check_dead_letters(value, topic, endpoint, prefix)
        case "DeliveryPolicy" | "ReplayPolicy" if value:
            _document(name, value, prefix)
    return value


def _flag(value: str, prefix: str) -> str:
    if value.lower() not in ("true", "false"):
        arns.invalid(f"{prefix}RawMessageDelivery: Invalid value [{value}]. Must be true or false.")
    return value.lower()


def _filter(text: str, scope: str, prefix: str) -> str:
    if problem := filter_policies.problem(text, scope):
        nested = problem == filter_policies.NESTED
        arns.invalid(problem if nested else f"{prefix}FilterPolicy: {problem}")
    return text if json.loads(text) else ""


def _check_dead_letters(text: str, topic: arns.Topic, endpoint: str, prefix: str) -> None:
    queue = _document("RedrivePolicy", text, prefix).get("deadLetterTargetArn")
    if not isinstance(queue, str) or not QUEUE.fullmatch(queue):
        arns.invalid(f"{prefix}RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if arns.is_fifo(topic) and endpoint.endswith(".fifo") and not queue.endswith(".fifo"):
        arns.invalid(
            f"{prefix}RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a "
            "FIFO Topic."
        )


def _document(name: str, text: str, prefix: str) -> dict[str, Any]:
    document, problem = filter_policies.read_json(text)
    if problem or not isinstance(document, dict):
        arns.invalid(f"{prefix}{name}: {problem or 'must be an object'}")
    return document
