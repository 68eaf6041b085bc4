"""Alarms: states by themselves, M out of N, missing data, expressions, and the topic they tell."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import wait_for
from tests.sandbox.delivery import Account, error, statement

pytestmark = pytest.mark.contract(24)


class Watch:
    """An alarm on a metric of its own: more than 5 in a minute."""

    def __init__(self, account: Account, **more: Any) -> None:
        self.cloudwatch = account.client("cloudwatch")
        self.space, self.name = account.name("space"), account.name("alarm")
        self.made = dt.datetime.now(dt.UTC)
        settings = {
            "Namespace": self.space,
            "MetricName": "failures",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 5,
            "ComparisonOperator": "GreaterThanThreshold",
        } | more
        given = {key: value for key, value in settings.items() if value is not None}
        self.cloudwatch.put_metric_alarm(AlarmName=self.name, **given)

    def put(self, value: float, minute: int = 0, **dimensions: str) -> None:
        """Put a value into the minute in which it was made, or one so many minutes before."""
        at = self.made - dt.timedelta(minutes=minute)
        pairs = [{"Name": key, "Value": text} for key, text in dimensions.items()]
        self.cloudwatch.put_metric_data(
            Namespace=self.space,
            MetricData=[
                {"MetricName": "failures", "Value": value, "Timestamp": at, "Dimensions": pairs}
            ],
        )

    def alarm(self) -> dict[str, Any]:
        """The alarm as it is now."""
        (found,) = self.cloudwatch.describe_alarms(AlarmNames=[self.name])["MetricAlarms"]
        return dict(found)

    def changes(self) -> list[dict[str, Any]]:
        """The alarm's history of states, the latest first."""
        found = self.cloudwatch.describe_alarm_history(
            AlarmName=self.name, HistoryItemType="StateUpdate"
        )
        return list(found["AlarmHistoryItems"])

    def becomes(self, state: str) -> dict[str, Any]:
        """Wait for a state."""
        wait_for(lambda: self.alarm()["StateValue"] == state)
        return self.alarm()


def test_a_new_alarm_knows_nothing(account: Account) -> None:
    watch = Watch(account)
    assert watch.alarm()["StateValue"] == "INSUFFICIENT_DATA"


def test_data_moves_it_and_the_reason_says_why(account: Account) -> None:
    watch = Watch(account)
    watch.put(1)
    old = watch.becomes("OK")["StateReason"]
    assert old.startswith("Threshold Crossed: 1 datapoint [1.0 (")
    assert old.endswith(")] was not greater than the threshold (5.0).")
    watch.put(9)
    alarm = watch.becomes("ALARM")
    minute = watch.made.replace(second=0, microsecond=0)
    assert alarm["StateReason"] == (
        f"Threshold Crossed: 1 datapoint [10.0 ({minute:%d/%m/%y %H:%M:%S})] was greater than the "
        "threshold (5.0)."
    )
    data = json.loads(alarm["StateReasonData"])
    assert data.pop("queryDate") >= data["startDate"]
    began = f"{minute:%Y-%m-%dT%H:%M:%S}.000+0000"
    assert data == {
        "version": "1.0", "startDate": began, "statistic": "Sum", "period": 60,
        "recentDatapoints": [10.0], "threshold": 5.0,
        "evaluatedDatapoints": [{"timestamp": began, "sampleCount": 2.0, "value": 10.0}],
    }  # fmt: skip
    changes = watch.changes()
    assert [change["HistorySummary"] for change in changes] == [
        "Alarm updated from OK to ALARM",
        "Alarm updated from INSUFFICIENT_DATA to OK",
    ]
    told = json.loads(changes[0]["HistoryData"])
    assert (told["oldState"]["stateReason"], told["newState"]["stateReason"]) == (
        old,
        alarm["StateReason"],
    )
    assert told["newState"]["stateReasonData"] == json.loads(alarm["StateReasonData"])


def test_a_new_alarm_has_not_changed(account: Account) -> None:
    assert Watch(account).changes() == []


def test_a_state_set_by_hand_has_no_data(account: Account) -> None:
    watch = Watch(account, TreatMissingData="ignore")
    watch.put(9)
    assert "StateReasonData" in watch.becomes("ALARM")
    cloudwatch = account.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=watch.name, StateValue="ALARM", StateReason="a test")
    assert "StateReasonData" not in watch.alarm()


def test_another_series_does_not_move_it(account: Account) -> None:
    watch = Watch(account, Dimensions=[{"Name": "shop", "Value": "a"}])
    watch.put(100, shop="b")
    watch.put(1, shop="a")
    watch.becomes("OK")


@pytest.mark.parametrize(
    ("treatment", "state", "periods", "told"),
    [
        ("breaching", "ALARM", 2, "2 periods and 2 missing datapoints were treated as [Breaching]"),
        ("notBreaching", "OK", 1, "1 period and 1 missing datapoint was treated as [NonBreaching]"),
    ],
)
def test_missing_data_counts_as_asked(
    account: Account, treatment: str, state: str, periods: int, told: str
) -> None:
    watch = Watch(account, TreatMissingData=treatment, EvaluationPeriods=periods)
    reason = watch.becomes(state)["StateReason"]
    assert reason == f"Threshold Crossed: no datapoints were received for {told}."
    data = json.loads(watch.alarm()["StateReasonData"])
    assert (data["recentDatapoints"], "startDate" in data) == ([], False)
    assert [set(point) for point in data["evaluatedDatapoints"]] == [{"timestamp"}] * periods


def test_two_of_three_periods(account: Account) -> None:
    watch = Watch(account, EvaluationPeriods=3, DatapointsToAlarm=2)
    watch.put(1, minute=1)
    watch.put(9, minute=2)
    watch.becomes("OK")
    watch.put(9)
    reason = watch.becomes("ALARM")["StateReason"]
    assert reason.startswith("Threshold Crossed: 2 out of the last 3 datapoints [9.0 (")
    assert reason.endswith(
        "were greater than the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition)."
    )


def test_a_percentile(account: Account) -> None:
    watch = Watch(account, Statistic=None, ExtendedStatistic="p90")
    for value in (1, 1, 1, 1, 1):
        watch.put(value)
    watch.becomes("OK")
    watch.put(100)
    watch.becomes("ALARM")


def test_an_expression(account: Account) -> None:
    space = account.name("space")
    stat = {"Metric": {"Namespace": space, "MetricName": "failures"}, "Period": 60, "Stat": "Sum"}
    metrics = [
        {"Id": "failures", "MetricStat": stat, "ReturnData": False},
        {"Id": "e", "Expression": "failures * 10", "ReturnData": True},
    ]
    unused = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    watch = Watch(account, Metrics=metrics, **unused)
    watch.space = space
    watch.put(1)
    assert "[10.0 (" in watch.becomes("ALARM")["StateReason"]
    assert [query["Id"] for query in watch.alarm()["Metrics"]] == ["failures", "e"]


def test_a_wrong_expression_makes_no_alarm(account: Account) -> None:
    name = account.name("alarm")
    code, _ = error(
        account.client("cloudwatch").put_metric_alarm,
        AlarmName=name,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Metrics=[{"Id": "e", "Expression": "nobody + 1", "ReturnData": True}],
    )
    assert code == "ValidationError"
    assert account.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"] == []


def test_a_functions_errors_reach_a_queue_by_a_topic_and_nobody_asks(account: Account) -> None:
    name = account.function("def handler(event, context):\n    return 1 / 0")
    topic = account.client("sns").create_topic(Name=account.name("topic"))["TopicArn"]
    url, arn = account.queue()
    policy = statement("sqs:SendMessage", arn) | {"Principal": {"Service": "sns.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": policy})
    account.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": document})
    account.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    Watch(
        account,
        Namespace="AWS/Lambda",
        MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": name}],
        Threshold=0,
        AlarmActions=[topic],
    )
    account.invoke(name)
    (message,) = wait_for(lambda: account.receive(url))
    told = json.loads(json.loads(message["Body"])["Message"])
    assert (told["OldStateValue"], told["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")


def test_a_queues_depth_moves_an_alarm(account: Account) -> None:
    url, arn = account.queue()
    watch = Watch(
        account,
        Namespace="AWS/SQS",
        MetricName="ApproximateNumberOfMessagesVisible",
        Statistic="Maximum",
        Dimensions=[{"Name": "QueueName", "Value": arn.rpartition(":")[2]}],
        Threshold=0,
    )
    account.client("sqs").send_message(QueueUrl=url, MessageBody="dead")
    watch.becomes("ALARM")


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        (
            {"Period": 60, "EvaluationPeriods": 1441},
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be "
            "<= 86400) for alarms using period < 3600",
        ),
        (
            {"Period": 3600, "EvaluationPeriods": 2**31 - 1},
            "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be "
            "<= 604800) for alarms using period >= 3600",
        ),
        (
            {"EvaluationPeriods": 2, "DatapointsToAlarm": 3},
            "DatapointsToAlarm must be less than or equal to EvaluationPeriods",
        ),
    ],
)
def test_how_far_back_an_alarm_looks(account: Account, settings: dict[str, int], text: str) -> None:
    with pytest.raises(ClientError) as raised:
        Watch(account, **settings)
    assert raised.value.response["Error"]["Message"] == text


@pytest.mark.parametrize(("period", "count"), [(60, 1440), (3600, 168)])
def test_a_day_or_a_week_is_not_too_far(account: Account, period: int, count: int) -> None:
    watch = Watch(account, Period=period, EvaluationPeriods=count)
    assert watch.alarm()["EvaluationPeriods"] == count
