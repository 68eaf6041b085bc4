"""Executions in CloudWatch Logs: one line for each event that the machine's level lets through.

For Express executions it is the only record there is.
Source: Step Functions Developer Guide, "Using CloudWatch Logs to log execution history in Step
Functions"; the form of a line is as AWS's logs show it.
"""

from __future__ import annotations

import calendar
import time
import uuid
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.stepfunctions.history import Event, kind_of_details
from labkit.sandbox.services.stepfunctions.language import timestamps
from labkit.sandbox.services.stepfunctions.language.scope import compact
from labkit.sandbox.upstream.logs import cloudwatch_logs

FATAL = ("ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut")
"""What the level FATAL lets through."""

ERRORS = ("Aborted", "Failed", "TimedOut")
"""How the names of the events end that the level ERROR lets through."""

DATA = ("input", "inputDetails", "output", "outputDetails", "parameters", "assignedVariables")
"""What a line leaves out unless the machine's setting includes execution data."""


def writer(settings: dict[str, Any], machine: str, execution_arn: str) -> Callable[[Event], None]:
    """Return what writes an event of an execution into the log groups of its machine.

    Parameters
    ----------
    settings
        The machine's `loggingConfiguration`.
    machine
        Its name.
    execution_arn
        What each line names.
    """
    groups = [_group(one) for one in settings.get("destinations") or []]
    level = settings.get("level") or "OFF"
    stream = (
        f"states/{machine}/{time.strftime('%Y-%m-%d-%H-%M', time.gmtime())}/{uuid.uuid4().hex[:8]}"
    )

    def write(event: Event) -> None:
        if passes(level, event["type"]):
            line = compact(_line(event, execution_arn, bool(settings.get("includeExecutionData"))))
            for group in groups:
                _put(group, stream, line)

    return write


OFF = {"level": "OFF", "includeExecutionData": False}
"""The settings of a machine that was given none."""


def whole(given: dict[str, Any]) -> dict[str, Any]:
    """Return a machine's settings with what was not given.

    Raises
    ------
    AwsError
        `InvalidLoggingConfiguration` if there is no one group to write into.
    """
    settings: dict[str, Any] = {**OFF, **given}
    groups = [_group(one) for one in settings.get("destinations") or []]
    if len(groups) > 1 or (settings["level"] != "OFF" and not groups):
        raise _invalid("Must specify exactly one Log Destination.")
    if not set(groups) <= set(cloudwatch_logs._log_groups):
        raise _invalid("Log Destination not found.")
    return settings


def _invalid(reason: str) -> AwsError:
    return AwsError(f"Invalid Logging Configuration: {reason}", "InvalidLoggingConfiguration")


def passes(level: str, kind: str) -> bool:
    """Tell whether a level lets a type of event through."""
    match level:
        case "ALL":
            return True
        case "ERROR":
            return kind.endswith(ERRORS)
        case "FATAL":
            return kind in FATAL
    return False


def _line(event: Event, execution_arn: str, with_data: bool) -> dict[str, Any]:
    details = event.get(f"{kind_of_details(event['type'])}EventDetails") or {}
    moment = timestamps.parse(event["timestamp"])
    assert moment is not None
    milliseconds = calendar.timegm(moment.utctimetuple()) * 1000 + moment.microsecond // 1000
    return {
        "id": str(event["id"]),
        "type": event["type"],
        "details": {k: v for k, v in details.items() if with_data or k not in DATA},
        "previous_event_id": str(event["previousEventId"]),
        "event_timestamp": str(milliseconds),
        "execution_arn": execution_arn,
        "redrive_count": "0",
    }


def _group(destination: dict[str, Any]) -> str:
    arn = str((destination.get("cloudWatchLogsLogGroup") or {}).get("logGroupArn", ""))
    return arn.rpartition(":log-group:")[2].removesuffix(":*")


def _put(group: str, stream: str, line: str) -> None:
    groups = cloudwatch_logs._log_groups
    if group not in groups:
        return
    place = {"logGroupName": group, "logStreamName": stream}
    if stream not in groups[group]["streams"]:
        cloudwatch_logs._create_log_stream(place)
    event = {"timestamp": int(time.time() * 1000), "message": line}
    cloudwatch_logs._put_log_events(place | {"logEvents": [event]})
