"""Orders from a queue while a bad version is rolled back: none is lost, and few have met it."""

from __future__ import annotations

import json
import math
from typing import Any

from tests.sandbox.codedeploy.conftest import ALL_ROLLBACKS, Shift, new_shift
from tests.sandbox.conftest import BASIC_EXECUTION, Aws, wait_for

ORDERS = 300
WEIGHT = 0.1

KEEPS = """
import json

def handler(event, context):
    for record in event["Records"]:
        print(json.dumps({"order": record["body"], "version": context.function_version}))
"""
BREAKS = KEEPS + '        raise KeyError("coupon")\n'

READS_THE_QUEUE = {
    "Effect": "Allow",
    "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
    "Resource": "*",
}


def seen(aws: Aws, function: str) -> list[dict[str, str]]:
    """Every time that an order met a version, in the order of time, as the log tells."""
    events = aws.client("logs").get_paginator("filter_log_events")
    pages = events.paginate(logGroupName=f"/aws/lambda/{function}", filterPattern='{$.order = "*"}')
    found = [event for page in pages for event in page["events"]]
    found.sort(key=lambda event: int(event["timestamp"]))
    return [json.loads(event["message"]) for event in found]


def from_a_queue(aws: Aws, shift: Shift) -> str:
    """Have a queue's messages handed to the alias; return the queue's URL."""
    sqs, lambda_ = aws.client("sqs"), aws.client("lambda")
    url = sqs.create_queue(QueueName=aws.name("orders"), Attributes={"VisibilityTimeout": "4"})
    arn = sqs.get_queue_attributes(QueueUrl=url["QueueUrl"], AttributeNames=["QueueArn"])
    alias = lambda_.get_alias(FunctionName=shift.function, Name="live")["AliasArn"]
    mapping = lambda_.create_event_source_mapping(
        EventSourceArn=arn["Attributes"]["QueueArn"], FunctionName=alias, BatchSize=1
    )
    wait_for(lambda: lambda_.get_event_source_mapping(UUID=mapping["UUID"])["State"] == "Enabled")
    return str(url["QueueUrl"])


def alarm_on(aws: Aws, shift: Shift, name: str, version: str) -> None:
    """Watch the errors of one version behind the alias."""
    dimensions = {
        "FunctionName": shift.function,
        "Resource": f"{shift.function}:live",
        "ExecutedVersion": version,
    }
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name, Namespace="AWS/Lambda", MetricName="Errors", Statistic="Sum", Period=60,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        EvaluationPeriods=1, Threshold=0, ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )  # fmt: skip


def test_of_300_orders_none_is_lost_and_few_meet_the_bad_version(aws: Aws) -> None:
    alarm, role = aws.name("errors"), aws.role(BASIC_EXECUTION, policy=READS_THE_QUEUE)
    watched: dict[str, Any] = {"enabled": True, "alarms": [{"name": alarm}]}
    shift = new_shift(
        aws, source=KEEPS, settings={"Timeout": 3, "Role": role},
        alarmConfiguration=watched, autoRollbackConfiguration=ALL_ROLLBACKS,
        deploymentConfigName="CodeDeployDefault.LambdaCanary10Percent30Minutes",
    )  # fmt: skip
    queue = from_a_queue(aws, shift)
    bad = shift.publish(BREAKS)
    alarm_on(aws, shift, alarm, bad)
    deployment = shift.deploy("1", bad)
    wait_for(lambda: shift.alias()[1])
    names = [f"order-{number}" for number in range(ORDERS)]
    for first in range(0, ORDERS, 10):
        entries = [{"Id": name, "MessageBody": name} for name in names[first : first + 10]]
        aws.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries)
    assert shift.end(deployment)["errorInformation"]["code"] == "ALARM_ACTIVE"
    assert shift.rolled_back(deployment)["status"] == "Succeeded"
    assert shift.alias() == ("1", {})

    def kept() -> bool:
        return {one["order"] for one in seen(aws, shift.function) if one["version"] == "1"} == set(
            names
        )

    wait_for(kept, 60)
    met = [one["version"] for one in seen(aws, shift.function)]
    last = len(met) - met[::-1].index(bad)  # nobody meets it after the rollback
    share, spread = met.count(bad) / last, math.sqrt(WEIGHT * (1 - WEIGHT) / last)
    assert share <= WEIGHT + 4 * spread
    assert bad not in met[-10:]
