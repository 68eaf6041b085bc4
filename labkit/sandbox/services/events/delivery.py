"""The delivery of an event to a target that may be reached; others go to the dead letters.

An event that cannot be delivered is a failed invocation of its rule. MiniStack delivers to all and
loses what it cannot deliver.
Source: EventBridge User Guide, "Using dead-letter queues to process undelivered events", "Amazon
EventBridge input transformation" and "Monitoring Amazon EventBridge".
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.languages.json_path import compile_path
from labkit.sandbox.services.events import targets, transformers
from labkit.sandbox.services.events.targets import Reason
from labkit.sandbox.services.lambda_ import asynchronous_sources
from labkit.sandbox.upstream import app
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.cloudwatch import cloudwatch
from labkit.sandbox.upstream.events import eventbridge
from labkit.sandbox.upstream.logs import cloudwatch_logs
from labkit.sandbox.upstream.sns import sns
from labkit.sandbox.upstream.sqs import sqs

Data = dict[str, Any]


def deliver(target: Data, event: Data, rule: Data, view: Any = None) -> None:
    """Deliver an event to one target of a rule, or bury it.

    Parameters
    ----------
    target, rule
        As they are stored.
    event
        As it was put.
    view
        The event as patterns see it, if the caller has it.
    """
    view = view or eventbridge._pattern_event_view(event)
    if (reason := targets.unreachable(target, rule.get("Arn", ""))) is None:
        try:
            _send(target, event, rule, view)
            return
        except transformers.UnusableError as error:
            reason = "INVALID_JSON", str(error)
    name = {"RuleName": rule.get("Name", "")}
    cloudwatch.record_metric("AWS/Events", "FailedInvocations", 1, "Count", name)
    if queue := (target.get("DeadLetterConfig") or {}).get("Arn"):
        _bury(queue, target, view, rule, reason)


def _send(target: Data, event: Data, rule: Data, view: Any) -> None:
    arn, given = target["Arn"], _input(target, rule, view)
    content = _compact(view.event_with_detail()) if given is None else given
    match targets.kind(arn):
        case "lambda":
            _call_function(arn, content)
        case "sqs":
            _to_queue(arn, content, target.get("SqsParameters") or {})
        case "sns":
            sns.publish_internal(arn, content)
        case "states":
            eventbridge._dispatch_to_stepfunctions(arn, content)
        case "logs":
            _log(arn, content)
        case "event-bus":
            path = set(event.get("_DispatchPath") or [])
            eventbridge._dispatch_to_event_bus(app.arn.parse_arn(arn), event, rule, path, given)
        case "api-destination":
            parameters = eventbridge._resolve_http_parameters(
                target.get("HttpParameters") or {}, view.event_with_detail()
            )
            described = target | {"HttpParameters": parameters}
            eventbridge._dispatch_to_api_destination(app.arn.parse_arn(arn), content, described)


def _input(target: Data, rule: Data, view: Any) -> str | None:
    """Return what a target gets instead of the event; None for the event itself."""
    if transformer := target.get("InputTransformer"):
        return transformers.transformed(transformer, rule, view)
    if target.get("Input"):
        return str(target["Input"])
    if path := target.get("InputPath"):
        return _compact(compile_path(path).get(view.event_with_detail()))
    return None


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _call_function(arn: str, content: str) -> None:
    try:
        event = json.loads(content)
    except ValueError:
        event = content
    asynchronous_sources.call(arn, event)


def _to_queue(arn: str, content: str, settings: Data) -> None:
    """Send an event to a queue, with its trace as every message has it."""
    message = {"MessageBody": content}
    if arn.endswith(".fifo"):
        message["MessageGroupId"] = settings.get("MessageGroupId", "")
        message["MessageDeduplicationId"] = hashlib.sha256(content.encode()).hexdigest()
    _send_message(arn, message)


def _send_message(queue_arn: str, message: Data) -> None:
    _, _, _, region, account, name = queue_arn.split(":")
    with responses.request_scope(account, region):
        url = sqs._queue_url(name)
        sqs._act_send_message(message | {"QueueUrl": url}, url)


def _log(arn: str, content: str) -> None:
    """Write an event to a log group, in a stream of its own as EventBridge does."""
    stream = {"logGroupName": targets.log_group(arn), "logStreamName": str(uuid.uuid4())}
    line = {"timestamp": int(time.time() * 1000), "message": content}
    cloudwatch_logs._create_log_stream(stream)
    cloudwatch_logs._put_log_events(stream | {"logEvents": [line]})


def _bury(queue_arn: str, target: Data, view: Any, rule: Data, reason: Reason) -> None:
    """Put an event into a dead-letter queue that lets EventBridge, with what went wrong."""
    arn = rule.get("Arn", "")
    queue = sqs._queue_by_arn(queue_arn)
    if queue is None or not permissions.resource_allows(
        permissions.EVENTS, "sqs:SendMessage", queue_arn, arn
    ):
        return
    code, text = reason
    attributes = {
        "ERROR_CODE": code,
        "ERROR_MESSAGE": text,
        "RULE_ARN": arn,
        "TARGET_ARN": target["Arn"],
    }
    message = {
        "MessageBody": json.dumps(view.event_with_detail()),
        "MessageAttributes": {
            key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()
        },
    }
    _send_message(queue_arn, message)
