"""What an alarm sets off: a message to a topic, or a call of a function, each where it may.

A topic has to let CloudWatch publish, which its default policy does for alarms of its account; a
function's policy has to name the alarm. MiniStack publishes past policies and calls no function.
What was done, or refused, is in an alarm's history.
Source: CloudWatch User Guide, "Alarm actions" and "Invoke a Lambda function from an alarm".
"""

from __future__ import annotations

import datetime as dt
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.services.cloudwatch import notifications
from labkit.sandbox.services.lambda_ import asynchronous_sources
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.cloudwatch import cloudwatch
from labkit.sandbox.upstream.sns import sns

ACTIONS = {
    "ALARM": "AlarmActions",
    "INSUFFICIENT_DATA": "InsufficientDataActions",
    "OK": "OKActions",
}
"""Where an alarm lists what each of its states sets off."""

Alarm = dict[str, Any]


def dispatch(
    upstream: Callable[..., None], alarm: Alarm, old_state: str, new_state: str, reason: str
) -> None:
    """Do what a change of state sets off, and write it into the alarm's history.

    Parameters
    ----------
    alarm
        As DescribeAlarms shows it.
    old_state, new_state, reason
        What it was, what it is, and why.
    """
    if not alarm.get("ActionsEnabled", True):
        return
    listed = alarm.get(ACTIONS.get(new_state, "")) or []
    for action in listed:
        problem = _refusal(alarm, action)
        _note(alarm, action, problem)
        if problem is None and _is_function(action):
            asynchronous_sources.call(action, _event(alarm, old_state, new_state, reason))
        elif problem is None and (alarm.get("MetricName") or "AlarmRule" in alarm):
            text = notifications.message(alarm, old_state, new_state, reason)
            sns._fanout(action, str(uuid.uuid4()), text, notifications.subject(alarm, new_state))
        elif problem is None:
            only_this = alarm | {ACTIONS[new_state]: [action]}
            upstream(only_this, old_state, new_state, reason)


def _is_function(action: str) -> bool:
    return action.startswith("arn:aws:lambda:")


def _refusal(alarm: Alarm, action: str) -> str | None:
    """Return why an action is not done; None if it is."""
    arn = alarm["AlarmArn"]
    if _is_function(action):
        allowed = permissions.resource_allows(
            permissions.ALARMS_TO_FUNCTIONS, permissions.INVOKE, action, arn
        )
        text = f"{permissions.ALARMS_TO_FUNCTIONS} is not authorized to perform: lambda:Invoke"
        return None if allowed else f"{text}Function on resource: {action}"
    if action.startswith("arn:aws:sns:"):
        allowed = permissions.resource_allows(
            permissions.CLOUDWATCH, "sns:Publish", action, arn, SourceOwner=arn.split(":")[4]
        )
        text = f"{permissions.CLOUDWATCH} is not authorized to perform: SNS:Publish on resource"
        return None if allowed else f"{text}: {action}"
    return f"The embedded sandbox has no action {action}."


def _note(alarm: Alarm, action: str, problem: str | None) -> None:
    """Write an action into the alarm's history, as CloudWatch does."""
    done = f"Successfully executed action {action}"
    failed = f"Failed to execute action {action}. Received error: {problem}"
    data = {
        "actionState": "Failed" if problem else "Succeeded",
        "notificationResource": action,
        "error": problem,
    }
    cloudwatch._history_entries().append(
        {
            "AlarmName": alarm["AlarmName"],
            "AlarmType": "CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm",
            "Timestamp": cloudwatch._ts_iso(time.time()),
            "HistoryItemType": "Action",
            "HistorySummary": failed if problem else done,
            "HistoryData": json.dumps(data),
        }
    )


def _event(alarm: Alarm, old_state: str, new_state: str, reason: str) -> dict[str, Any]:
    """Return what a function gets that an alarm calls."""
    now = dt.datetime.now(dt.UTC)
    time_text = f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}+0000"
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm["AlarmArn"],
        "accountId": responses.get_account_id(),
        "time": time_text,
        "region": responses.get_region(),
        "alarmData": {
            "alarmName": alarm["AlarmName"],
            "state": {"value": new_state, "reason": reason, "timestamp": time_text},
            "previousState": {"value": old_state},
            "configuration": {
                "description": alarm.get("AlarmDescription") or "",
                "metrics": [_metric(alarm)],
            },
        },
    }


def _metric(alarm: Alarm) -> dict[str, Any]:
    dimensions = alarm.get("Dimensions") or []
    metric = {
        "namespace": alarm.get("Namespace"),
        "name": alarm.get("MetricName"),
        "dimensions": {one["Name"]: one["Value"] for one in dimensions},
    }
    stat = {"metric": metric, "period": alarm.get("Period"), "stat": alarm.get("Statistic")}
    return {"id": alarm["AlarmName"], "metricStat": stat, "returnData": True}
