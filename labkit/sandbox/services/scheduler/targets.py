"""What a schedule calls: the operation behind a templated target, or any of a universal one.

Source: EventBridge Scheduler User Guide, "Templated targets" and "Universal targets".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway import models

Data = dict[str, Any]
Operation = tuple[str, str, Data]
"""boto3's name of a service, an operation and its parameters."""

ARN = re.compile(r"arn:aws[\w-]*:[\w-]+:[\w-]*:\d*:\S+")

UNIVERSAL = re.compile(r"arn:aws[\w-]*:scheduler:::aws-sdk:(?P<service>\w+):(?P<operation>\w+)")

READS = ("get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read",
         "batchget", "head", "lookup", "validate", "discover", "retrieve", "test", "preview",
         "estimate", "view")  # fmt: skip
"""How operations begin that only read, and that no universal target takes. AWS names a few of them
and says "and so on"."""

SERVICES = {
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "sfn": "stepfunctions",
}
"""Services that universal targets call otherwise than boto3 does."""


def is_universal(arn: str) -> bool:
    """Tell whether a target's ARN names an operation of AWS's API."""
    return UNIVERSAL.fullmatch(arn) is not None


def is_read(arn: str) -> bool:
    """Tell whether a universal target names an operation that only reads."""
    named = UNIVERSAL.fullmatch(arn)
    return named is not None and named["operation"].lower().startswith(READS)


def operation_of(target: Data, content: str) -> Operation:
    """Return the operation that calls a target with `content`.

    Parameters
    ----------
    target
        A schedule's target, as CreateSchedule takes it.
    content
        The payload; for a universal target, the operation's parameters as JSON.

    Raises
    ------
    LookupError
        If the sandbox has no such target.
    """
    if named := UNIVERSAL.fullmatch(target["Arn"]):
        service = SERVICES.get(named["service"].lower(), named["service"].lower())
        name = named["operation"]
        return service, name[0].upper() + name[1:], json.loads(content or "{}")
    return _templated(_service(target["Arn"]))(target, content)


def knows(arn: str) -> bool:
    """Tell whether the sandbox can call a target."""
    return _is_operation(arn) if is_universal(arn) else _service(arn) in _TEMPLATES


def _is_operation(arn: str) -> bool:
    """Tell whether there is the operation that a universal target names."""
    service, name, _ = operation_of({"Arn": arn}, "")
    return service in models.names() and models.has_operation(service, name)


def _service(arn: str) -> str:
    return arn.split(":")[2] if arn.count(":") > 4 else ""


def _templated(service: str) -> Callable[[Data, str], Operation]:
    if service not in _TEMPLATES:
        raise LookupError(f"The embedded sandbox has no target of the service {service}.")
    return _TEMPLATES[service]


def _function(target: Data, content: str) -> Operation:
    parameters = {
        "FunctionName": target["Arn"],
        "InvocationType": "Event",
        "Payload": content.encode(),
    }
    return "lambda", "Invoke", parameters


def _queue(target: Data, content: str) -> Operation:
    _, _, _, region, account, name = target["Arn"].split(":")
    url = f"https://sqs.{region}.amazonaws.com/{account}/{name}"
    parameters = {"QueueUrl": url, "MessageBody": content}
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    return "sqs", "SendMessage", parameters | ({"MessageGroupId": group} if group else {})


def _topic(target: Data, content: str) -> Operation:
    return "sns", "Publish", {"TopicArn": target["Arn"], "Message": content}


def _bus(target: Data, content: str) -> Operation:
    about = target.get("EventBridgeParameters") or {}
    entry = {
        "EventBusName": target["Arn"],
        "Source": about.get("Source", ""),
        "DetailType": about.get("DetailType", ""),
        "Detail": content,
    }
    return "events", "PutEvents", {"Entries": [entry]}


def _machine(target: Data, content: str) -> Operation:
    parameters = {"stateMachineArn": target["Arn"], "input": content}
    return "stepfunctions", "StartExecution", parameters


_TEMPLATES: dict[str, Callable[[Data, str], Operation]] = {
    "events": _bus,
    "lambda": _function,
    "sns": _topic,
    "sqs": _queue,
    "states": _machine,
}
