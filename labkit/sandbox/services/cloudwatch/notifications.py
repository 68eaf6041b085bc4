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
    """Return what an alarm on a metric says of a new state."""
    changed = dt.datetime.now(dt.UTC)
    content = {
        **{name: alarm.get(name) or None for name in BEFORE},
        "AWSAccountId": responses.get_account_id(),
        "AlarmConfigurationUpdatedTimestamp": _time(
            alarm.get("AlarmConfigurationUpdatedTimestamp") or changed.timestamp()
        ),
        "NewStateValue": new_state,
        "NewStateReason": reason,
        "StateChangeTime": _time(changed.timestamp()),
        "Region": region_name(responses.get_region()),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old_state,
        **{name: alarm.get(name) or [] for name in ACTIONS},
        "Trigger": _trigger(alarm),
    }
    return json.dumps(content)


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
    if not isinstance(seconds, int | float):
        return str(seconds)
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"
