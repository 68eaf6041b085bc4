"""ARNs of topics and subscriptions in requests: what SNS says of one that names nothing.

Source: SNS API Reference, "Common Errors"; the texts are AWS's answers as others recorded them.
"""

from __future__ import annotations

from typing import Any, NoReturn

from labkit.sandbox.gateway.errors import AwsError, ResourceNotFound, ValidationError
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.sns import sns

ELEMENTS = 6
"""Of an ARN."""

Topic = dict[str, Any]
Subscription = dict[str, Any]


def invalid(problem: str) -> NoReturn:
    """Refuse a parameter as SNS words it.

    Raises
    ------
    ValidationError
        Always, with the code `InvalidParameter`.
    """
    raise ValidationError(f"Invalid parameter: {problem}", "InvalidParameter")


def check(arn: str, name: str = "TopicArn") -> None:
    """Check that an ARN is one, of the region that is asked.

    Raises
    ------
    ValidationError
        If it is not.
    """
    parts = arn.split(":")
    if len(parts) < ELEMENTS:
        invalid(f"{name} Reason: An ARN must have at least 6 elements, not {len(parts)}")
    if parts[3] != responses.get_region():
        invalid(name)


def topic(arn: str, name: str = "TopicArn") -> Topic:
    """Return the topic of an ARN; `name` is the parameter's.

    Raises
    ------
    AwsError
        `NotFound` if there is none.
    """
    check(arn, name)
    found: Topic | None = sns._topic_by_arn_any_scope(arn)
    if found is None:
        raise ResourceNotFound("Topic does not exist", "NotFound")
    return found


def tagged(arn: str) -> Topic:
    """Return the topic whose tags a request is about.

    Raises
    ------
    AwsError
        `ResourceNotFound` if there is none.
    """
    check(arn, "ResourceArn")
    found: Topic | None = sns._topic_by_arn_any_scope(arn)
    if found is None:
        raise ResourceNotFound("Resource does not exist", "ResourceNotFound")
    return found


def subscription(arn: str) -> Subscription:
    """Return the subscription of an ARN.

    Raises
    ------
    AwsError
        `NotFound` if there is none.
    """
    check(arn, "SubscriptionArn")
    found = find_subscription(arn)
    if found is None:
        raise AwsError("Subscription does not exist", "NotFound", status=404)
    return found


def find_subscription(arn: str) -> Subscription | None:
    """Return the subscription of an ARN; None if there is none."""
    holder = sns._topic_by_arn_any_scope(arn.rpartition(":")[0]) or {"subscriptions": []}
    return next((one for one in holder["subscriptions"] if one["arn"] == arn), None)


def is_fifo(of_topic: Topic) -> bool:
    """Tell whether a topic is a FIFO topic."""
    return bool(of_topic["attributes"].get("FifoTopic") == "true")
