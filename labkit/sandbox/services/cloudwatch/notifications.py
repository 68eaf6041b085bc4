"""What an alarm writes to a topic.

MiniStack leaves out the alarm's ARN and its actions, and writes the metric in words of its own.
Source: CloudWatch User Guide, "Alarm events and actions"; the members as CloudWatch sends them.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
from typing import Any

from botocore.loaders import Loader

from labkit.sandbox.services.cloudwatch.reasons import moment
from labkit.sandbox.upstream.app import responses

Alarm = dict[str, Any]

LONGEST_SUBJECT = 100
"""Characters of a subject (SNS API Reference, Publish)."""

BEFORE = ("AlarmName", "AlarmDescription")
OF_THE_METRIC = ("MetricName", "Namespace", "Unit", "Period", "EvaluationPeriods")
OF_THE_RULE = ("DatapointsToAlarm", "ComparisonOperator", "Threshold")
ACTIONS = ("OKActions", "AlarmActions", "InsufficientDataActions")


def subject(alarm: Alarm, new_state: str) -> str:
    """Return the subject of a message about a new state."""
    place = region_name(responses.get_region())
    return f'{new_state}: "{alarm["AlarmName"]}" in {place}'[:LONGEST_SUBJECT]


def message(alarm: Alarm, old_state: str, new_state: str, reason: str) -> str:
    """Return what an alarm says of a new state."""
    changed = dt.datetime.now(dt.UTC).timestamp()
    content = {
        **{name: alarm.get(name) or None for name in BEFORE},
        "AWSAccountId": responses.get_account_id(),
        "AlarmConfigurationUpdatedTimestamp": _time(
            alarm.get("AlarmConfigurationUpdatedTimestamp") or changed
        ),
        "NewStateValue": new_state,
        "NewStateReason": reason,
        "StateChangeTime": _time(changed),
        "Region": region_name(responses.get_region()),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old_state,
        **{name: alarm.get(name) or [] for name in ACTIONS},
    }
    return json.dumps(content | (_of_rule(alarm) if "AlarmRule" in alarm else _of_metric(alarm)))


def _of_rule(alarm: Alarm) -> Alarm:
    """Return what a composite alarm tells of the alarms that moved it."""
    told = json.loads(alarm.get("StateReasonData") or "{}").get("triggeringAlarms") or []
    children = [
        {
            "Arn": one["arn"],
            "State": {"Value": one["state"]["value"], "Timestamp": one["state"]["timestamp"]},
        }
        for one in told
    ]
    return {"AlarmRule": alarm["AlarmRule"], "TriggeringChildren": children}


def _of_metric(alarm: Alarm) -> Alarm:
    return {"Trigger": _trigger(alarm)}


@functools.cache
def region_name(code: str) -> str:
    """Return what AWS calls a Region, for example ``Asia Pacific (Seoul)``; its code if unknown."""
    for partition in Loader().load_data("endpoints")["partitions"]:
        if code in partition["regions"]:
            return str(partition["regions"][code]["description"])
    return code


def _trigger(alarm: Alarm) -> Alarm:
    """Return what set an alarm off."""
    statistic, extended = alarm.get("Statistic"), alarm.get("ExtendedStatistic")
    found = {name: alarm[name] for name in OF_THE_METRIC if alarm.get(name)}
    found |= (
        {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": extended}
        if extended
        else {
            "StatisticType": "Statistic",
            "Statistic": _in_capitals(str(statistic)),
        }
    )
    found |= {name: alarm[name] for name in OF_THE_RULE if alarm.get(name) is not None}
    dimensions = alarm.get("Dimensions") or []
    return found | {
        "Dimensions": [{"value": one["Value"], "name": one["Name"]} for one in dimensions],
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile") or "",
    }


def _in_capitals(statistic: str) -> str:
    """Write a statistic as a message does: SAMPLE_COUNT for SampleCount."""
    return "SAMPLE_COUNT" if statistic == "SampleCount" else statistic.upper()


def _time(seconds: Any) -> str:
    return moment(seconds) if isinstance(seconds, int | float) else str(seconds)
