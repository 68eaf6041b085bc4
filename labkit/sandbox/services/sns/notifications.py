"""What subscribers get of a message: the JSON around it, and a function's record of it.

A signature is AWS's to make: what stands in its place here nobody can verify.
Source: SNS Developer Guide, "Parsing Amazon SNS message formats"; Lambda Developer Guide, "Invoking
Lambda functions with Amazon SNS notifications".
"""

from __future__ import annotations

import datetime as dt
import json
import os
from typing import Any
from urllib.parse import quote

from labkit.sandbox.services.sns import arns
from labkit.sandbox.services.sns.messages import Attributes, Message

NO_SIGNATURE = "bm90IHNpZ25lZCBieSBBV1M="
"""Base64 of `not signed by AWS`."""

Data = dict[str, Any]


def envelope(message: Message, topic: arns.Topic, one: arns.Subscription) -> str:
    """Return the JSON that a queue or an HTTP endpoint gets, laid out as SNS does."""
    fields = _fields(message, topic, one)
    lines = [f'  "{name}" : {_written(value)}' for name, value in fields.items()]
    return "{\n" + ",\n".join(lines) + "\n}"


def record(message: Message, topic: arns.Topic, one: arns.Subscription) -> Data:
    """Return a function's record of a message."""
    fields = _fields(message, topic, one)
    names = {"SigningCertURL": "SigningCertUrl", "UnsubscribeURL": "UnsubscribeUrl"}
    told = {names.get(name, name): value for name, value in fields.items()}
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": one["arn"],
        "Sns": {"Subject": None, "MessageAttributes": {}} | told,
    }


def confirmation(topic_arn: str, one: arns.Subscription, identifier: str) -> str:
    """Return the JSON that asks an endpoint to confirm its subscription."""
    link = _link("ConfirmSubscription", TopicArn=topic_arn, Token=one["token"])
    fields = {
        "Type": "SubscriptionConfirmation",
        "MessageId": identifier,
        "Token": one["token"],
        "TopicArn": topic_arn,
        "Message": (
            f"You have chosen to subscribe to the topic {topic_arn}.\nTo confirm the subscription, "
            "visit the SubscribeURL included in this message."
        ),
        "SubscribeURL": link,
        "Timestamp": _now(),
    }
    lines = (fields | _signature("1", topic_arn)).items()
    return "{\n" + ",\n".join(f'  "{name}" : {_written(value)}' for name, value in lines) + "\n}"


def _fields(message: Message, topic: arns.Topic, one: arns.Subscription) -> Data:
    fields = {"Type": "Notification", "MessageId": message.id}
    fields |= {"SequenceNumber": message.sequence} if message.sequence else {}
    fields |= {"TopicArn": topic["arn"]}
    fields |= {"Subject": message.subject} if message.subject else {}
    fields |= {"Message": message.for_protocol(one["protocol"]), "Timestamp": _now()}
    if not message.sequence:
        version = topic["attributes"].get("SignatureVersion") or "1"
        fields |= _signature(version, topic["arn"])
    fields |= {"UnsubscribeURL": _link("Unsubscribe", SubscriptionArn=one["arn"])}
    shown: Data = dict(fields)
    return shown | ({"MessageAttributes": _shown(message.attributes)} if message.attributes else {})


def _signature(version: str, topic_arn: str) -> dict[str, str]:
    region = topic_arn.split(":")[3]
    return {
        "SignatureVersion": version,
        "Signature": NO_SIGNATURE,
        "SigningCertURL": (
            f"https://sns.{region}.amazonaws.com/SimpleNotificationService-"
            "00000000000000000000000000000000.pem"
        ),
    }


def _shown(attributes: Attributes) -> Data:
    return {
        name: {"Type": one["DataType"], "Value": one.get("StringValue") or one.get("BinaryValue")}
        for name, one in attributes.items()
    }


def _link(action: str, **parameters: str) -> str:
    """Return a link that works without a signature."""
    query = "".join(f"&{name}={quote(value, safe=':')}" for name, value in parameters.items())
    return f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}/?Action={action}{query}"


def _written(value: Any) -> str:
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    compact = {
        name: json.dumps(one, separators=(",", ":"), ensure_ascii=False)
        for name, one in value.items()
    }
    return "{\n" + ",\n".join(f'    "{name}" : {one}' for name, one in compact.items()) + "\n  }"


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
