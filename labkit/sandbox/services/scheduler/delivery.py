"""The call of a schedule's target, with the schedule's role; what fails goes to its dead letters.

A call is tried once here.
Source: EventBridge Scheduler User Guide, "Configuring a dead-letter queue for a schedule".
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import secrets
import uuid
from typing import Any

from labkit.sandbox.gateway import permissions, role_sessions
from labkit.sandbox.services.scheduler import targets

LOG = logging.getLogger(__name__)

CONTEXT = "<aws.scheduler.{}>"
"""How an input names what Scheduler knows of the call: keywords of its context."""

Data = dict[str, Any]


def deliver(schedule: Data, due: float) -> None:
    """Call a schedule's target.

    Parameters
    ----------
    schedule
        As GetSchedule shows it.
    due
        When it was due, in seconds since 1970.
    """
    target, execution = schedule["Target"], secrets.token_hex(8)
    content = _content(schedule, due, execution)
    try:
        _call(schedule, targets.operation_of(target, content))
    except Exception as error:  # whatever a target answers, and a target that cannot be called
        code, message = _reason(error)
        LOG.warning("%s was not called: %s: %s", target["Arn"], code, message)
        about = {"ERROR_CODE": code, "ERROR_MESSAGE": message, "EXECUTION_ID": execution}
        _bury(schedule, due, content, about)


def _call(schedule: Data, operation: targets.Operation) -> None:
    answer = role_sessions.call(
        schedule["Target"]["RoleArn"],
        permissions.SCHEDULER,
        schedule["Name"],
        schedule["Arn"].split(":")[3],
        operation,
    )
    for entry in answer.get("Entries", []) if answer.get("FailedEntryCount") else []:
        raise RuntimeError(f"{entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")


def _content(schedule: Data, due: float, execution: str) -> str:
    """Return the payload: the target's input, or else an event that says what was due."""
    time = _iso(due)
    _, _, _, region, account, _ = schedule["Arn"].split(":", 5)
    if given := schedule["Target"].get("Input"):
        known = {
            "schedule-arn": schedule["Arn"],
            "scheduled-time": time,
            "execution-id": execution,
            "attempt-number": "1",
        }
        for name, value in known.items():
            given = given.replace(CONTEXT.format(name), value)
        return str(given)
    if targets.is_universal(schedule["Target"]["Arn"]):
        return "{}"
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": account,
        "time": time,
        "region": region,
        "resources": [schedule["Arn"]],
        "detail": "{}",
    }
    return json.dumps(event)


def _reason(error: Exception) -> tuple[str, str]:
    """Return the code and the text of what a call failed with."""
    response = getattr(error, "response", None)
    if response:
        return response["Error"]["Code"], response["Error"]["Message"]
    if isinstance(error, role_sessions.NotTrustedError):
        return "AccessDeniedException", str(error)
    return "ValidationException", str(error)


def _bury(schedule: Data, due: float, content: str, about: dict[str, str]) -> None:
    """Put a call that failed into the schedule's dead-letter queue, if its role may."""
    queue = (schedule["Target"].get("DeadLetterConfig") or {}).get("Arn")
    if not queue:
        return
    attributes = about | {
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": "0",
        "SCHEDULED_TIME": _iso(due),
        "SCHEDULE_ARN": schedule["Arn"],
        "TARGET_ARN": schedule["Target"]["Arn"],
    }
    service, operation, parameters = targets.operation_of({"Arn": queue}, content)
    parameters["MessageAttributes"] = {
        name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()
    }
    try:
        _call(schedule, (service, operation, parameters))
    except Exception as error:
        LOG.warning("%s got no dead letter: %s: %s", queue, *_reason(error))


def _iso(time: float) -> str:
    return f"{dt.datetime.fromtimestamp(time, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
