"""Topics: what a name and attributes may be, and what GetTopicAttributes shows.

Source: SNS API Reference, CreateTopic, GetTopicAttributes, SetTopicAttributes and TagResource; the
texts are AWS's answers as others have recorded them.
"""

from __future__ import annotations

import json
import re
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.sns import arns, policies
from labkit.sandbox.services.sns.paging import page
from labkit.sandbox.upstream.sns import sns

NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
FIFO = ".fifo"
LONGEST_NAME = 256
MOST_TAGS = 50

HEALTHY_RETRIES = {
    "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0,
    "numNoDelayRetries": 0, "numMinDelayRetries": 0, "backoffFunction": "linear",
}  # fmt: skip
"""How deliveries over HTTP are retried unless a delivery policy says otherwise."""

CONTENT = {"headerContentType": "text/plain; charset=UTF-8"}

_FLAG = re.compile("true|false")
_ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/\S+")
_RATE = re.compile(r"\d|[1-9]\d|100")
_ANY = re.compile(".*", re.DOTALL)

VALUES = {
    "ArchivePolicy": _ANY,
    "ContentBasedDeduplication": _FLAG,
    "DeliveryPolicy": _ANY,
    "DisplayName": re.compile(r".{0,100}", re.DOTALL),
    "FifoThroughputScope": re.compile("Topic|MessageGroup"),
    "FifoTopic": _FLAG,
    "KmsMasterKeyId": _ANY,
    "Policy": _ANY,
    "SignatureVersion": re.compile("[12]"),
    "TracingConfig": re.compile("PassThrough|Active"),
} | {
    f"{protocol}{what}": pattern
    for protocol in ("Application", "Firehose", "HTTP", "Lambda", "SQS")
    for what, pattern in (
        ("FailureFeedbackRoleArn", _ROLE),
        ("SuccessFeedbackRoleArn", _ROLE),
        ("SuccessFeedbackSampleRate", _RATE),
    )
}
"""A topic's attributes and their values."""

OF_FIFO = {"ArchivePolicy", "ContentBasedDeduplication", "FifoThroughputScope", "FifoTopic"}
"""Attributes that a standard topic has not."""

DOCUMENTS = {"ArchivePolicy", "DeliveryPolicy", "Policy"}
"""Attributes that are JSON."""

AT_CREATION = {"FifoTopic"}
"""Attributes that cannot be changed."""

Attributes = dict[str, str]


def create(request: Request) -> str:
    """Make a topic, or find the same one; return its ARN.

    Raises
    ------
    ValidationError
        If SNS refuses it.
    """
    given = request.parameters
    name, attributes = given["Name"], dict(given.get("Attributes") or {})
    tags = tags_of(given.get("Tags") or [])
    _check_name(name, fifo=attributes.get("FifoTopic") == "true")
    arn = f"arn:aws:sns:{request.region}:{request.account}:{name}"
    if (there := sns._topics.get(arn)) is not None:
        _check_same(there, attributes, tags)
        return arn
    for attribute, value in attributes.items():
        _check_value(attribute, value, fifo=name.endswith(FIFO), prefix="Attributes Reason: ")
    sns._topics[arn] = _new(arn, name, request.account, attributes, tags)
    return arn


def _check_name(name: str, *, fifo: bool) -> None:
    stem = name.removesuffix(FIFO) if fifo else name
    if fifo != name.endswith(FIFO) or len(name) > LONGEST_NAME or not NAME.fullmatch(stem):
        arns.invalid("Topic Name")


def _check_same(there: arns.Topic, attributes: Attributes, tags: dict[str, str]) -> None:
    """Refuse to create a topic again as another one."""
    known = {"DisplayName": "", "FifoTopic": "false"} | there["attributes"]
    if any(known.get(name) != value for name, value in attributes.items()):
        arns.invalid("Attributes Reason: Topic already exists with different attributes")
    if not tags.items() <= there["tags"].items():
        arns.invalid("Tags Reason: Topic already exists with different tags")


def _check_value(name: str, value: str, *, fifo: bool, prefix: str = "") -> None:
    if name not in VALUES or (name in OF_FIFO and not fifo and value != "false"):
        arns.invalid(f"{prefix}Unknown attribute {name}")
    if VALUES[name].fullmatch(value) is None and value != "":
        arns.invalid(f"{prefix}{name}")
    if name in DOCUMENTS and value:
        _check_document(name, value, prefix)


def _check_document(name: str, text: str, prefix: str) -> None:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        arns.invalid(f"{prefix}{name}: failed to parse JSON.")


def _new(
    arn: str, name: str, account: str, attributes: Attributes, tags: dict[str, str]
) -> arns.Topic:
    fifo = name.endswith(FIFO)
    kept = {key: value for key, value in attributes.items() if key != "FifoTopic" or fifo}
    if "DeliveryPolicy" in kept:
        kept["DeliveryPolicy"] = _delivery_policy(kept["DeliveryPolicy"])
    defaults = {"TopicArn": arn, "Owner": account, "DisplayName": ""}
    defaults |= {"Policy": policies.default(arn, account)}
    defaults |= {"FifoTopic": "true", "ContentBasedDeduplication": "false"} if fifo else {}
    return {
        "name": name, "arn": arn, "attributes": defaults | kept, "subscriptions": [], "tags": tags,
    }  # fmt: skip


def attributes_of(topic: arns.Topic) -> Attributes:
    """Return what GetTopicAttributes shows."""
    kept, subscriptions = topic["attributes"], topic["subscriptions"]
    shown = {k: v for k, v in kept.items() if v or k == "DisplayName"}
    confirmed = sum(1 for one in subscriptions if one.get("confirmed"))
    return shown | {
        "EffectiveDeliveryPolicy": _effective(kept.get("DeliveryPolicy") or "{}"),
        "SubscriptionsConfirmed": str(confirmed),
        "SubscriptionsDeleted": str(topic.get("unsubscribed", 0)),
        "SubscriptionsPending": str(len(subscriptions) - confirmed),
    }


def change(topic: arns.Topic, name: str, value: str) -> None:
    """Set an attribute of a topic.

    Raises
    ------
    ValidationError
        If SNS refuses it.
    """
    if name not in VALUES or name in AT_CREATION:
        arns.invalid("AttributeName")
    _check_value(name, value, fifo=arns.is_fifo(topic))
    if name == "DeliveryPolicy" and value:
        value = _delivery_policy(value)
    topic["attributes"][name] = value


def _delivery_policy(text: str) -> str:
    """Return a delivery policy as SNS keeps it."""
    http = json.loads(text).get("http") or {}
    given = {name: part for name, part in http.items() if part is not None}
    return _compact({"http": {"disableSubscriptionOverrides": False} | given})


def _effective(text: str) -> str:
    http = json.loads(text).get("http") or {}
    retries = HEALTHY_RETRIES | (http.get("defaultHealthyRetryPolicy") or {})
    return _compact({
        "http": {"defaultHealthyRetryPolicy": retries}
        | {"disableSubscriptionOverrides": False, "defaultRequestPolicy": CONTENT}
        | {k: v for k, v in http.items() if k != "defaultHealthyRetryPolicy"}
    })  # fmt: skip


def delete(arn: str) -> None:
    """Delete a topic with its subscriptions; none is no error."""
    topic = sns._topic_by_arn_any_scope(arn)
    if topic is None:
        return
    _, _, _, region, account, _ = arn.split(":", 5)
    sns._topics.pop_scoped(account, region, arn, None)
    for one in topic["subscriptions"]:
        sns._sub_arn_to_topic.pop(one["arn"], None)


def listed(token: str | None) -> dict[str, Any]:
    """Return a page of ListTopics."""
    found, following = page([{"TopicArn": arn} for arn in sns._topics], token)
    return {"Topics": found} | following


def tags_of(given: list[dict[str, str]]) -> dict[str, str]:
    """Return tags by their keys.

    Raises
    ------
    ValidationError
        If a key is there twice.
    """
    tags = {one["Key"]: one["Value"] for one in given}
    if len(tags) < len(given):
        arns.invalid("Duplicated keys are not allowed.")
    return tags


def add_tags(topic: arns.Topic, given: list[dict[str, str]]) -> None:
    """Put tags on a topic.

    Raises
    ------
    AwsError
        `TagLimitExceeded` if it would have more than 50.
    """
    tags = topic["tags"] | tags_of(given)
    if len(tags) > MOST_TAGS:
        raise AwsError("Could not complete request: tag quota of per resource exceeded",
                            "TagLimitExceeded")  # fmt: skip
    topic["tags"].update(tags)


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
