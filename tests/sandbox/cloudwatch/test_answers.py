"""CloudWatch: AWS's members of alarms and results, and values that are refused."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import error


def put_alarm(aws: Aws, **more: Any) -> str:
    """Make an alarm; return its name."""
    name = aws.name("alarm")
    given: dict[str, Any] = {
        "AlarmName": name,
        "Namespace": name,
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    aws.client("cloudwatch").put_metric_alarm(**given | more)
    return name


def described(aws: Aws, name: str) -> dict[str, Any]:
    """An alarm."""
    found = aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return dict(found[0])


def test_an_alarm_says_what_was_given(aws: Aws) -> None:
    plain = described(aws, put_alarm(aws))
    assert {"AlarmDescription", "TreatMissingData"}.isdisjoint(plain)
    assert plain["StateTransitionedTimestamp"] <= dt.datetime.now(dt.UTC)
    told = described(aws, put_alarm(aws, AlarmDescription="d", TreatMissingData="missing"))
    assert (told["AlarmDescription"], told["TreatMissingData"]) == ("d", "missing")


def test_there_are_no_tags_of_what_is_not_there(aws: Aws) -> None:
    cloudwatch = aws.client("cloudwatch")
    arn = described(aws, name := put_alarm(aws, Tags=[{"Key": "a", "Value": "b"}]))["AlarmArn"]
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [
        {"Key": "a", "Value": "b"}
    ]
    cloudwatch.delete_alarms(AlarmNames=[name])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == []


@pytest.mark.parametrize(
    ("datum", "refusal"),
    [
        (
            {"Value": 1, "Values": [1]},
            (
                "InvalidParameterCombination",
                "The parameters MetricData.member.1.Value and MetricData.member.1.Values are "
                "mutually exclusive and you have specified both.",
            ),
        ),
        (
            {"Values": [1, 2], "Counts": [1]},
            (
                "InvalidParameterValue",
                "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be "
                "of the same size.",
            ),
        ),
    ],
)
def test_values_given_twice(aws: Aws, datum: dict[str, Any], refusal: tuple[str, str]) -> None:
    given = {"Namespace": "n", "MetricData": [{"MetricName": "m"} | datum]}
    assert error(aws.client("cloudwatch").put_metric_data, **given) == refusal


def test_values_beside_their_statistics(aws: Aws) -> None:
    cloudwatch, space = aws.client("cloudwatch"), aws.name("space")
    statistics = {"SampleCount": 2, "Sum": 3, "Minimum": 1, "Maximum": 2}
    datum = {"MetricName": "m", "Values": [1, 2], "StatisticValues": statistics}
    cloudwatch.put_metric_data(Namespace=space, MetricData=[datum])
    [point] = points(aws, space, "SampleCount")["MetricDataResults"][0]["Values"]
    assert point == 2


def points(aws: Aws, space: str, stat: str, **more: Any) -> dict[str, Any]:
    """Ask for the data points of a metric by the minute."""
    metric = {"Namespace": space, "MetricName": "m"}
    query = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}
    now = dt.datetime.now(dt.UTC)
    span = {"StartTime": now - dt.timedelta(hours=1), "EndTime": now + dt.timedelta(minutes=5)}
    found = aws.client("cloudwatch").get_metric_data(MetricDataQueries=[query], **span | more)
    return dict(found)


def test_pages_of_data_points(aws: Aws) -> None:
    space, now = aws.name("space"), dt.datetime.now(dt.UTC)
    data = [
        {"MetricName": "m", "Value": number, "Timestamp": now - dt.timedelta(minutes=number)}
        for number in range(5)
    ]
    aws.client("cloudwatch").put_metric_data(Namespace=space, MetricData=data)
    pages, token = [], {}
    for _ in range(3):
        page = points(aws, space, "Sum", MaxDatapoints=2, **token)
        [result] = page["MetricDataResults"]
        pages.append((result["Values"], len(result["Timestamps"]), result["StatusCode"]))
        token = {"NextToken": page.get("NextToken", "")}
    assert pages == [
        ([0, 1], 2, "PartialData"),
        ([2, 3], 2, "PartialData"),
        ([4], 1, "Complete"),
    ]
    assert token == {"NextToken": ""}
    code, _ = error(points, aws, space, "Sum", NextToken="none")
    assert code == "InvalidNextToken"


def test_pages_of_metrics(aws: Aws) -> None:
    cloudwatch, space = aws.client("cloudwatch"), aws.name("space")
    names = [f"m{number:03}" for number in range(501)]
    data = [{"MetricName": name, "Value": 1} for name in names]
    cloudwatch.put_metric_data(Namespace=space, MetricData=data)
    first = cloudwatch.list_metrics(Namespace=space)
    second = cloudwatch.list_metrics(Namespace=space, NextToken=first["NextToken"])
    shown = [[one["MetricName"] for one in page["Metrics"]] for page in (first, second)]
    assert ([len(page) for page in shown], sorted([*shown[0], *shown[1]])) == ([500, 1], names)
    assert "NextToken" not in second


@pytest.mark.parametrize(
    ("asked", "labels"),
    [
        ([("Sum", 60)], ["m"]),
        ([("Sum", 60), ("Maximum", 60)], ["m Sum", "m Maximum"]),
        ([("Sum", 60), ("Sum", 300)], ["m 60", "m 300"]),
        ([("Sum", 60), ("Maximum", 300)], ["m Sum 60", "m Maximum 300"]),
    ],
)
def test_labels_tell_results_of_one_metric_apart(
    aws: Aws, asked: list[tuple[str, int]], labels: list[str]
) -> None:
    cloudwatch, space = aws.client("cloudwatch"), aws.name("space")
    cloudwatch.put_metric_data(Namespace=space, MetricData=[{"MetricName": "m", "Value": 2}])
    metric = {"Namespace": space, "MetricName": "m"}
    queries = [
        {"Id": f"q{n}", "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}}
        for n, (stat, period) in enumerate(asked)
    ]
    now = dt.datetime.now(dt.UTC)
    span = {"StartTime": now - dt.timedelta(minutes=5), "EndTime": now + dt.timedelta(minutes=5)}
    found = cloudwatch.get_metric_data(MetricDataQueries=queries, **span)
    assert [one["Label"] for one in found["MetricDataResults"]] == labels
    assert found["Messages"] == []


def test_units_are_told_apart(aws: Aws) -> None:
    cloudwatch, space = aws.client("cloudwatch"), aws.name("space")
    now = dt.datetime.now(dt.UTC)
    values = {"Seconds": 1, "Count": 5, "None": 10}
    data = [{"MetricName": "m", "Value": v, "Unit": u, "Timestamp": now} for u, v in values.items()]
    cloudwatch.put_metric_data(Namespace=space, MetricData=data)
    span = {"StartTime": now - dt.timedelta(minutes=5), "EndTime": now + dt.timedelta(minutes=5)}
    asked = {"Namespace": space, "MetricName": "m", "Period": 60, "Statistics": ["Sum"], **span}
    every = cloudwatch.get_metric_statistics(**asked)["Datapoints"]
    assert {point["Unit"]: point["Sum"] for point in every} == values
    (one,) = cloudwatch.get_metric_statistics(**asked, Unit="Count")["Datapoints"]
    assert one["Sum"] == 5
    metric = {"Namespace": space, "MetricName": "m"}
    stat = {"Metric": metric, "Period": 60, "Stat": "Sum", "Unit": "Seconds"}
    found = cloudwatch.get_metric_data(MetricDataQueries=[{"Id": "q", "MetricStat": stat}], **span)
    assert found["MetricDataResults"][0]["Values"] == [1]


def test_a_state_set_by_hand_stays_a_while(aws: Aws) -> None:
    cloudwatch = aws.client("cloudwatch")
    name = put_alarm(aws, TreatMissingData="notBreaching")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="tried")
    cloudwatch.put_metric_data(Namespace=name, MetricData=[{"MetricName": "m", "Value": 0}])
    assert described(aws, name)["StateValue"] == "ALARM"


def subscribed_queue(aws: Aws) -> tuple[str, str]:
    """Make a topic with a queue; return the topic's ARN and the queue's address."""
    sns, sqs = aws.client("sns"), aws.client("sqs")
    topic = sns.create_topic(Name=aws.name("topic"))["TopicArn"]
    queue = sqs.create_queue(QueueName=aws.name("queue"))["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn["QueueArn"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    return topic, queue


def test_what_a_composite_alarm_writes_to_a_topic(aws: Aws) -> None:
    cloudwatch, (topic, queue) = aws.client("cloudwatch"), subscribed_queue(aws)
    quiet, loud, name = put_alarm(aws), put_alarm(aws), aws.name("both")
    rule = f'ALARM("{quiet}") OR ALARM("{loud}")'
    cloudwatch.put_composite_alarm(
        AlarmName=name, AlarmRule=rule, AlarmActions=[topic], AlarmDescription="either"
    )
    cloudwatch.set_alarm_state(AlarmName=loud, StateValue="ALARM", StateReason="tried")
    [message] = aws.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    content = json.loads(json.loads(message["Body"])["Message"])
    told = {key: content[key] for key in ("AlarmName", "AlarmDescription", "AlarmRule")}
    assert told == {"AlarmName": name, "AlarmDescription": "either", "AlarmRule": rule}
    assert (content["NewStateValue"], "Trigger" in content) == ("ALARM", False)
    [child] = content["TriggeringChildren"]
    assert (child["Arn"], child["State"]["Value"]) == (described(aws, loud)["AlarmArn"], "ALARM")


def test_what_an_alarm_writes_to_a_topic(aws: Aws) -> None:
    topic, queue = subscribed_queue(aws)
    dimensions = [{"Name": "shop", "Value": "a"}]
    name = put_alarm(aws, AlarmActions=[topic], Dimensions=dimensions, Statistic="Average")
    aws.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue="ALARM", StateReason="tried"
    )
    [message] = aws.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    notice = json.loads(message["Body"])
    assert notice["Subject"].startswith(f'ALARM: "{name}" in ')
    content = json.loads(notice["Message"])
    assert content["AlarmArn"].endswith(f":alarm:{name}")
    assert (content["AlarmActions"], content["OKActions"]) == ([topic], [])
    assert content["Trigger"] == {
        "MetricName": "m",
        "Namespace": name,
        "StatisticType": "Statistic",
        "Statistic": "AVERAGE",
        "Period": 60,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 1.0,
        "Dimensions": [{"value": "a", "name": "shop"}],
        "TreatMissingData": "missing",
        "EvaluateLowSampleCountPercentile": "",
    }


def test_states_that_no_alarm_has(aws: Aws) -> None:
    set_state = aws.client("cloudwatch").set_alarm_state
    assert error(set_state, AlarmName=put_alarm(aws), StateValue="LOUD", StateReason="r") == (
        "ValidationError",
        "1 validation error detected: Value 'LOUD' at 'stateValue' failed to satisfy constraint: "
        "Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]",
    )
    code, _ = error(set_state, AlarmName="nobody", StateValue="OK", StateReason="r")
    assert code == "ResourceNotFound"
