"""The delivery of a message to queues, functions and HTTP endpoints, or to the dead letters.

A message that a subscription's endpoint does not take goes to the dead-letter queue of the
subscription's redrive policy, if that lets SNS. It is tried once here.
Source: SNS Developer Guide, "Fanout Amazon SNS notifications", "Amazon SNS dead-letter queues
(DLQs)", "Amazon SNS raw message delivery" and "HTTP/HTTPS headers".
"""

from __future__ import annotations

import json
import logging
import threading
import urllib.error
import urllib.request
import uuid
from base64 import b64encode
from contextvars import copy_context
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from labkit.sandbox.gateway import permissions
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.lambda_ import asynchronous_sources
from labkit.sandbox.services.sns import arns, notifications
from labkit.sandbox.services.sns.messages import Message
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.lambda_ import lambda_svc
from labkit.sandbox.upstream.sqs import sqs

LOG = logging.getLogger(__name__)

SEND = "sqs:SendMessage"

HTTP_SECONDS = 15
"""How long an HTTP endpoint may take to answer."""

MOST_RAW_ATTRIBUTES = 10
"""Of a message that goes to a queue as it is: SQS takes no more."""

AGENT = "Amazon Simple Notification Service Agent"

Data = dict[str, Any]


def deliver(message: Message, topic: arns.Topic, one: arns.Subscription) -> None:
    """Deliver a message to a subscription, or to its dead letters; mail and phones get nothing."""
    match one["protocol"]:
        case "sqs":
            if not _to_queue(one["endpoint"], message, topic, one):
                bury(message, topic, one)
        case "lambda":
            _on_a_thread(_to_function, message, topic, one)
        case "http" | "https":
            _on_a_thread(_to_http, message, topic, one)


def bury(message: Message, topic: arns.Topic, one: arns.Subscription) -> None:
    """Put a message that was not taken into the subscription's dead-letter queue, if it has one."""
    policy = json.loads(one["attributes"].get("RedrivePolicy") or "{}")
    queue = policy.get("deadLetterTargetArn")
    if queue and not _to_queue(queue, message, topic, one):
        LOG.warning("%s takes no dead letters of %s", queue, topic["arn"])


def _to_queue(queue: str, message: Message, topic: arns.Topic, one: arns.Subscription) -> bool:
    """Send a message to a queue; return whether that took it."""
    if sqs._queue_by_arn(queue) is None or not _may_send(queue, topic["arn"]):
        return False
    _, _, _, region, account, name = queue.split(":")
    if is_raw(one) and len(message.attributes) > MOST_RAW_ATTRIBUTES:
        return False
    with responses.request_scope(account, region):
        url = sqs._queue_url(name)
        try:
            sqs._HANDLERS["SendMessage"](_sent(message, topic, one, queue) | {"QueueUrl": url}, url)
        except (AwsError, sqs._Err) as error:
            LOG.warning("%s refuses a message of %s: %s", queue, topic["arn"], error)
            return False
    return True


def _sent(message: Message, topic: arns.Topic, one: arns.Subscription, queue: str) -> Data:
    """Return the parameters of SendMessage."""
    raw = is_raw(one)
    text = message.for_protocol(one["protocol"])
    body = text if raw else notifications.envelope(message, topic, one)
    sent: Data = {"MessageBody": body}
    if raw and message.attributes:
        sent["MessageAttributes"] = message.attributes
    fifo = queue.endswith(".fifo")
    if message.group and (fifo or not message.sequence):
        sent["MessageGroupId"] = message.group
    if message.deduplication and fifo:
        sent["MessageDeduplicationId"] = message.deduplication
    if message.trace:
        header = {"DataType": "String", "StringValue": message.trace}
        sent["MessageSystemAttributes"] = {"AWSTraceHeader": header}
    return sent


def _may_send(queue: str, topic: str) -> bool:
    account = topic.split(":")[4]
    return permissions.resource_allows(permissions.SNS, SEND, queue, topic, SourceOwner=account)


def _to_function(message: Message, topic: arns.Topic, one: arns.Subscription) -> None:
    if _may_invoke(one["endpoint"], topic["arn"]):
        event = {"Records": [notifications.record(message, topic, one)]}
        asynchronous_sources.call(one["endpoint"], event)
    else:
        bury(message, topic, one)


def _may_invoke(function: str, topic: str) -> bool:
    _, _, _, region, account, *_ = function.split(":")
    with responses.request_scope(account, region):
        exists = lambda_svc._get_func_record_for_ref(function)[0] is not None
    allowed = permissions.resource_allows(permissions.SNS, permissions.INVOKE, function, topic)
    return exists and allowed


def _to_http(message: Message, topic: arns.Topic, one: arns.Subscription) -> None:
    raw = is_raw(one)
    body = (
        message.for_protocol(one["protocol"])
        if raw
        else notifications.envelope(message, topic, one)
    )
    headers = _headers("Notification", message.id, topic["arn"]) | {
        "x-amz-sns-subscription-arn": one["arn"]
    }
    if raw:
        headers["x-amz-sns-rawdelivery"] = "true"
    if not _posted(one["endpoint"], body, headers):
        bury(message, topic, one)


def ask_to_confirm(topic_arn: str, one: arns.Subscription) -> None:
    """Send an HTTP endpoint the token that confirms its subscription."""
    if one["protocol"] in ("http", "https"):
        identifier = str(uuid.uuid4())
        body = notifications.confirmation(topic_arn, one, identifier)
        headers = _headers("SubscriptionConfirmation", identifier, topic_arn)
        _on_a_thread(_posted, one["endpoint"], body, headers)


def _headers(kind: str, identifier: str, topic_arn: str) -> dict[str, str]:
    return {
        "Content-Type": "text/plain; charset=UTF-8",
        "User-Agent": AGENT,
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": identifier,
        "x-amz-sns-topic-arn": topic_arn,
    }


def _posted(endpoint: str, body: str, headers: dict[str, str]) -> bool:
    """Post to an endpoint; return whether it answered with 2xx."""
    url, authorization = _without_password(endpoint)
    request = urllib.request.Request(url, body.encode(), headers | authorization, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=HTTP_SECONDS) as answer:
            return bool(200 <= answer.status < 300)
    except (OSError, ValueError) as error:  # no answer, or another one
        LOG.warning("%s was not reached: %s", url, error)
        return False


def _without_password(endpoint: str) -> tuple[str, dict[str, str]]:
    """Return an address without its user, and the header that stands for that."""
    parts = urlsplit(endpoint)
    if parts.username is None:
        return endpoint, {}
    user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    plain = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    return urlunsplit(plain), {"Authorization": f"Basic {b64encode(user.encode()).decode()}"}


def is_raw(one: arns.Subscription) -> bool:
    """Tell whether a subscription gets messages without the JSON around them."""
    return bool(one["attributes"].get("RawMessageDelivery") == "true")


def _on_a_thread(work: Any, *given: Any) -> None:
    """Let Publish answer before an endpoint has."""
    context = copy_context()
    threading.Thread(target=context.run, args=(work, *given), daemon=True).start()
