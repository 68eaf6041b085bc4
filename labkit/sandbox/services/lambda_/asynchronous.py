"""Asynchronous calls: retries, destinations and the dead-letter queue.

Source: Lambda Developer Guide, "Invoking a Lambda function asynchronously" and "Capturing records
of Lambda asynchronous invocations". The function's role needs the right to send, as on AWS.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from labkit.sandbox.gateway import permissions
from labkit.sandbox.process import loop
from labkit.sandbox.services.lambda_ import api_request, concurrency
from labkit.sandbox.services.lambda_.environments import starts
from labkit.sandbox.services.lambda_.invocation import the_invoker
from labkit.sandbox.services.lambda_.versions import FunctionVersion
from labkit.sandbox.upstream.app import app
from labkit.sandbox.upstream.lambda_ import lambda_svc
from labkit.sandbox.upstream.sqs import sqs

RETRY_SECONDS = (1.0, 2.0)
"""The waits before the first and the second retry; AWS waits one minute and two."""

THROTTLED_SECONDS = 1.0
"""The wait after a throttled attempt, which is no retry; AWS backs off from 1 s to 5 minutes."""

MAXIMUM_AGE_SECONDS = 6 * 3600
LATEST = "$LATEST"
"""What a qualifier calls the function without one."""

MESSAGE_CHARACTERS = 1024
"""How much of the error message a dead letter's attribute holds."""

LOG = logging.getLogger(__name__)

Invoke = Callable[[dict[str, Any], Any], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class EventInvokeConfig:
    """How a function wants its asynchronous calls handled.

    Attributes
    ----------
    retries
        Attempts after the first one.
    age
        How old an event may get, in seconds.
    on_success, on_failure, dead_letters
        ARNs of where records and events go; empty for nowhere.
    """

    retries: int
    age: float
    on_success: str
    on_failure: str
    dead_letters: str


def begin(func: dict[str, Any], event: Any) -> None:
    """Begin an asynchronous call of MiniStack's function record `func`."""
    loop.start(_handle(the_invoker().run, func, event))


async def _handle(run: Invoke, func: dict[str, Any], event: Any) -> None:
    """Invoke a call until it succeeds or may not be tried again, and send the record of it."""
    request = api_request.current.get() or api_request.begin()
    version, settings = FunctionVersion.from_record(func), _settings(func)
    accepted = time.monotonic()
    attempts, condition = 0, "RetriesExhausted"
    while True:
        with starts.unattended():
            result = await run(func, event)
        throttled = bool(result.get("throttle"))
        attempts += not throttled
        if throttled and _may_never_run(func):
            condition = "ZeroReservedConcurrency"
            break
        if not result.get("error"):
            condition = "Success"
            break
        if not throttled and attempts > settings.retries:
            break
        wait = THROTTLED_SECONDS if throttled else RETRY_SECONDS[attempts - 1]
        if time.monotonic() - accepted + wait > settings.age:
            condition = "EventAgeExceeded"
            break
        await asyncio.sleep(wait)
    record = _record(version, request, event, result, condition, attempts)
    await _send_all(run, version, settings, record)


def _may_never_run(func: dict[str, Any]) -> bool:
    """Tell whether no concurrency is reserved for a function at all: its events go on at once.

    Source: Lambda Developer Guide, "Configuring reserved concurrency".
    """
    name = (func.get("config") or func)["FunctionName"]
    return concurrency.reservations().get(name) == 0


def _settings(func: dict[str, Any]) -> EventInvokeConfig:
    config = func.get("config") or func
    record = lambda_svc._functions.get(config["FunctionName"]) or {}
    qualifier = config["FunctionArn"].split(":", 7)[7:]
    configured = record.get("event_invoke_configs") or {}
    chosen = configured.get(qualifier[0] if qualifier else "") or {}
    if not qualifier:
        chosen = chosen or configured.get(LATEST) or {}
    destinations = chosen.get("DestinationConfig") or {}
    return EventInvokeConfig(
        retries=int(chosen.get("MaximumRetryAttempts", len(RETRY_SECONDS))),
        age=float(chosen.get("MaximumEventAgeInSeconds", MAXIMUM_AGE_SECONDS)),
        on_success=str((destinations.get("OnSuccess") or {}).get("Destination") or ""),
        on_failure=str((destinations.get("OnFailure") or {}).get("Destination") or ""),
        dead_letters=str((config.get("DeadLetterConfig") or {}).get("TargetArn") or ""),
    )


def _record(
    version: FunctionVersion,
    request: api_request.ApiRequest,
    event: Any,
    result: dict[str, Any],
    condition: str,
    attempts: int,
) -> dict[str, Any]:
    """Return the invocation record that a destination gets."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    arn = version.config["FunctionArn"]
    record = {
        "version": "1.0",
        "timestamp": now,
        "requestContext": {
            "requestId": request.request_id,
            "functionArn": arn if arn.count(":") > 6 else f"{arn}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
    }
    if not attempts:
        return record  # nothing answered
    answer: dict[str, Any] = {"statusCode": 200, "executedVersion": version.version}
    if condition != "Success":
        answer["functionError"] = "Unhandled"
    return record | {"responseContext": answer, "responsePayload": result.get("body")}


async def _send_all(
    run: Invoke, version: FunctionVersion, settings: EventInvokeConfig, record: dict[str, Any]
) -> None:
    if record["requestContext"]["condition"] == "Success":
        if settings.on_success:
            await _send(run, version, settings.on_success, record, {})
        return
    if settings.on_failure:
        await _send(run, version, settings.on_failure, record, {})
    if settings.dead_letters:
        error = record.get("responsePayload") or {}
        text = str(error.get("errorMessage", "")) if isinstance(error, dict) else ""
        attributes = {
            "RequestID": ("String", record["requestContext"]["requestId"]),
            "ErrorCode": ("Number", "200"),
            "ErrorMessage": ("String", text[:MESSAGE_CHARACTERS]),
        }
        await _send(run, version, settings.dead_letters, record["requestPayload"], attributes)


async def _send(
    run: Invoke,
    version: FunctionVersion,
    target: str,
    content: Any,
    attributes: dict[str, tuple[str, str]],
) -> None:
    """Send `content` to the queue, topic, bus or function `target`, if the role may."""
    service = target.split(":")[2]
    action = {
        "sqs": "sqs:SendMessage",
        "sns": "sns:Publish",
        "events": "events:PutEvents",
        "lambda": "lambda:InvokeFunction",
    }.get(service, "")
    role = version.config.get("Role", "")
    if not permissions.role_allows(role, action, target, version.name):
        LOG.warning(
            "%s was not told of a call of %s: the role lacks %s", target, version.name, action
        )
        return
    if service == "lambda":
        func, config, _ = lambda_svc._get_func_record_for_ref(target)
        if func is not None:
            api_request.current.set(None)
            await _handle(run, lambda_svc._execution_record_for_config(func, config), content)
        return
    body, headers = _message(service, target, json.dumps(content), attributes)
    await app.SERVICE_HANDLERS[service]("POST", "/", headers, body.encode(), {})


def _message(
    service: str, target: str, text: str, attributes: dict[str, tuple[str, str]]
) -> tuple[str, dict[str, str]]:
    """Return the body and the headers of the request that sends `text`."""
    if service == "sns":
        return urlencode(_publication(target, text, attributes)), {
            "content-type": "application/x-www-form-urlencoded"
        }
    if service == "events":
        entry = {
            "Source": "lambda",
            "DetailType": "Lambda Function Invocation Result",
            "Detail": text,
            "EventBusName": target,
        }
        return json.dumps({"Entries": [entry]}), _json_headers("AWSEvents.PutEvents")
    message = {
        "QueueUrl": sqs._queue_url(target.rpartition(":")[2]),
        "MessageBody": text,
        "MessageAttributes": {
            name: {"DataType": kind, "StringValue": value}
            for name, (kind, value) in attributes.items()
        },
    }
    return json.dumps(message), _json_headers("AmazonSQS.SendMessage")


def _publication(target: str, text: str, attributes: dict[str, tuple[str, str]]) -> dict[str, str]:
    fields = {"Action": "Publish", "TopicArn": target, "Message": text}
    for number, (name, (kind, value)) in enumerate(attributes.items(), start=1):
        prefix = f"MessageAttributes.entry.{number}"
        fields |= {
            f"{prefix}.Name": name,
            f"{prefix}.Value.DataType": kind,
            f"{prefix}.Value.StringValue": value,
        }
    return fields


def _json_headers(target: str) -> dict[str, str]:
    return {"x-amz-target": target, "content-type": "application/x-amz-json-1.0"}
