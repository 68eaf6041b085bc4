"""What CloudWatch says of alarms: AWS's members and no others; and values that it does not take.

MiniStack tells what was not given, and takes a value that is given in two ways.
Source: CloudWatch API Reference, MetricAlarm, MetricDatum and PutMetricData; the texts as AWS
answers them.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import constraints
from labkit.sandbox.gateway.errors import AwsError, ValidationError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.upstream.cloudwatch import cloudwatch

Data = dict[str, Any]

WORDING = constraints.Wording(values={"StateValue": ("INSUFFICIENT_DATA", "ALARM", "OK")})

WAYS = (("Value", "Values"), ("Value", "StatisticValues"))
"""Members of a datum that exclude one another; AWS takes values beside their statistics."""


def alarms(answer: Data) -> Data:
    """Return a description of alarms with AWS's members."""
    for key in ("MetricAlarms", "CompositeAlarms"):
        for alarm in answer.get(key) or []:
            if not alarm.get("AlarmDescription"):
                alarm.pop("AlarmDescription", None)
            if "StateUpdatedTimestamp" in alarm:
                alarm.setdefault("StateTransitionedTimestamp", alarm["StateUpdatedTimestamp"])
    return answer


def check_state(request: Request) -> None:
    """Check the state that an alarm is to be set to, and that there is such an alarm.

    Raises
    ------
    AwsError
        If either is not.
    """
    if broken := constraints.problems(request, wording=WORDING):
        raise ValidationError(constraints.sentence(broken))
    name = request.parameters["AlarmName"]
    if name not in cloudwatch._alarms and name not in cloudwatch._composite_alarms:
        raise AwsError("", "ResourceNotFound", status=404)


def keep_given(given: Data) -> None:
    """Let an alarm say how it treats missing data only if it was told."""
    alarm = cloudwatch._alarms.get(given["AlarmName"])
    if alarm is not None and "TreatMissingData" not in given:
        alarm.pop("TreatMissingData", None)


def keep_given_state(given: Data) -> None:
    """Let an alarm that was set by hand show no data of an earlier state."""
    alarm = cloudwatch._alarms.get(given["AlarmName"])
    if alarm is not None and "StateReasonData" not in given:
        alarm.pop("StateReasonData", None)


def check_data(data: list[Data]) -> None:
    """Check that values are given in one way, and each with its count.

    Raises
    ------
    AwsError
        If they are not.
    """
    for number, datum in enumerate(data, start=1):
        where = f"MetricData.member.{number}"
        for one, other in WAYS:
            if one in datum and other in datum:
                raise AwsError(
                    f"The parameters {where}.{one} and {where}.{other} are mutually exclusive and "
                    "you have specified both.",
                    "InvalidParameterCombination",
                )
        counts = datum.get("Counts")
        if counts is not None and len(counts) != len(datum.get("Values") or []):
            raise AwsError(
                f"The parameters {where}.Values and {where}.Counts must be of the same size.",
                "InvalidParameterValue",
            )
