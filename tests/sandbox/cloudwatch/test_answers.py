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


def test_labels_tell_statistics_of_one_metric_apart(aws: Aws) -> None:
    cloudwatch, space = aws.client("cloudwatch"), aws.name("space")
    cloudwatch.put_metric_data(Namespace=space, MetricData=[{"MetricName": "m", "Value": 2}])
    metric = {"Namespace": space, "MetricName": "m"}
    queries = [
        {"Id": stat.lower(), "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat}}
        for stat in ("Sum", "Maximum")
    ]
    now = dt.datetime.now(dt.UTC)
    span = {"StartTime": now - dt.timedelta(minutes=5), "EndTime": now + dt.timedelta(minutes=5)}
    both = cloudwatch.get_metric_data(MetricDataQueries=queries, **span)
    assert [one["Label"] for one in both["MetricDataResults"]] == ["m Sum", "m Maximum"]
    assert both["Messages"] == []
    alone = cloudwatch.get_metric_data(MetricDataQueries=queries[:1], **span)
    assert alone["MetricDataResults"][0]["Label"] == "m"


def test_what_an_alarm_writes_to_a_topic(aws: Aws) -> None:
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
    dimensions = [{"Name": "shop", "Value": "a"}]
    name = put_alarm(aws, AlarmActions=[topic], Dimensions=dimensions, Statistic="Average")
    aws.client("cloudwatch").set_alarm_state(
        AlarmName=name, StateValue="ALARM", StateReason="tried"
    )
    [message] = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
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
