"""A service that reaches another as itself asks what it calls.

Each pair is asked on a server of its own. A stack makes the callee, so that nobody has called its
service when the call comes; one of two callees, or of two roles, is closed and is tried first.
"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.sandbox.delivery import Account, error
from tests.sandbox.gateway import receivers
from tests.sandbox.gateway.conftest import BOTH, after, opened, with_roles
from tests.sandbox.gateway.receivers import (
    RECEIVERS,
    Resources,
    deploy,
    function,
    function_arn,
    logical,
    only_the_open_one,
    queue_arn,
    queue_url,
    role_arn,
    topic_arn,
)

pytestmark = pytest.mark.contract(22)


PAST = "at(2026-01-01T00:00:00)"
"""A schedule that is due at once."""


class TestSns:
    @pytest.mark.parametrize("kind", ["queue", "function"])
    def test_asks_the_endpoint(self, fresh: Account, kind: str) -> None:
        made = opened(fresh, kind, "sns.amazonaws.com")
        deploy(fresh, made, self._topic(fresh, kind, after(made)))
        fresh.client("sns").publish(TopicArn=topic_arn(fresh, "source"), Message="order")
        only_the_open_one(fresh, RECEIVERS[kind])

    def test_asks_the_dead_letter_queue(self, fresh: Account) -> None:
        made = opened(fresh, "queue", "sns.amazonaws.com")
        nobody = function(fresh, "nobody-closed") | function(fresh, "nobody-open")
        source = self._topic(fresh, "function", after(made, nobody), "nobody-")
        for name in BOTH:
            source[logical(name, "Subscribed")]["Properties"]["RedrivePolicy"] = {
                "deadLetterTargetArn": queue_arn(fresh, name)
            }
        deploy(fresh, made, nobody, source)
        fresh.client("sns").publish(TopicArn=topic_arn(fresh, "source"), Message="order")
        only_the_open_one(fresh, RECEIVERS["queue"])

    @staticmethod
    def _topic(account: Account, kind: str, needs: list[str], prefix: str = "") -> Resources:
        subscriptions = {
            logical(name, "Subscribed"): {
                "Type": "AWS::SNS::Subscription",
                "DependsOn": ["Source", *needs],
                "Properties": {
                    "TopicArn": topic_arn(account, "source"),
                    "Protocol": {"queue": "sqs", "function": "lambda"}[kind],
                    "Endpoint": RECEIVERS[kind].arn(account, f"{prefix}{name}"),
                },
            }
            for name in BOTH
        }
        source = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "source"}}
        return {"Source": source} | subscriptions


class TestRules:
    @pytest.mark.parametrize("kind", ["queue", "topic", "function", "group"])
    def test_ask_the_target(self, fresh: Account, kind: str) -> None:
        made = opened(fresh, kind, "events.amazonaws.com")
        targets = [{"Arn": RECEIVERS[kind].arn(fresh, name)} for name in BOTH]
        self._happen(fresh, made, targets)
        only_the_open_one(fresh, RECEIVERS[kind])

    @pytest.mark.parametrize("kind", ["bus", "function", "machine", "queue", "topic"])
    def test_ask_the_role(self, fresh: Account, kind: str) -> None:
        made = with_roles(fresh, kind, "events.amazonaws.com")
        targets = [
            {"Arn": RECEIVERS[kind].arn(fresh, name), "RoleArn": role_arn(fresh, f"{name}-caller")}
            for name in BOTH
        ]
        self._happen(fresh, made, targets)
        only_the_open_one(fresh, RECEIVERS[kind])

    def test_ask_the_dead_letter_queue(self, fresh: Account) -> None:
        made = opened(fresh, "queue", "events.amazonaws.com")
        nowhere = queue_arn(fresh, "nowhere")
        targets = [
            {"Arn": nowhere, "DeadLetterConfig": {"Arn": queue_arn(fresh, name)}} for name in BOTH
        ]
        self._happen(fresh, made, targets)
        only_the_open_one(fresh, RECEIVERS["queue"])

    @staticmethod
    def _happen(account: Account, made: Resources, targets: list[dict[str, Any]]) -> None:
        rule = {
            "Type": "AWS::Events::Rule",
            "DependsOn": after(made),
            "Properties": {
                "EventPattern": {"source": ["orders"]},
                "Targets": [{"Id": str(n)} | target for n, target in enumerate(targets)],
            },
        }
        deploy(account, made, {"Rule": rule})
        event = {"Source": "orders", "DetailType": "placed", "Detail": "{}"}
        account.client("events").put_events(Entries=[event])


class TestSchedules:
    @pytest.mark.parametrize("kind", ["bus", "function", "machine", "queue", "topic"])
    def test_ask_the_role(self, fresh: Account, kind: str) -> None:
        made = with_roles(fresh, kind, "scheduler.amazonaws.com")
        about = {"EventBridgeParameters": {"Source": "orders", "DetailType": "placed"}}
        targets = {
            name: {"Arn": RECEIVERS[kind].arn(fresh, name), "Input": "{}"}
            | (about if kind == "bus" else {})
            for name in BOTH
        }
        self._deploy(fresh, made, targets)
        only_the_open_one(fresh, RECEIVERS[kind])

    def test_ask_the_role_for_any_operation(self, fresh: Account) -> None:
        made = with_roles(fresh, "queue", "scheduler.amazonaws.com")
        targets = {
            name: {
                "Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
                "Input": json.dumps({"QueueUrl": queue_url(fresh, name), "MessageBody": "order"}),
            }
            for name in BOTH
        }
        self._deploy(fresh, made, targets)
        only_the_open_one(fresh, RECEIVERS["queue"])

    def test_ask_the_role_for_dead_letters(self, fresh: Account) -> None:
        made = with_roles(fresh, "queue", "scheduler.amazonaws.com")
        targets = {
            name: {
                "Arn": queue_arn(fresh, "nowhere"),
                "DeadLetterConfig": {"Arn": queue_arn(fresh, name)},
            }
            for name in BOTH
        }
        self._deploy(fresh, made, targets)
        only_the_open_one(fresh, RECEIVERS["queue"])

    @staticmethod
    def _deploy(account: Account, made: Resources, targets: dict[str, Any]) -> None:
        schedules = {
            logical(name, "Schedule"): {
                "Type": "AWS::Scheduler::Schedule",
                "DependsOn": after(made),
                "Properties": {
                    "ScheduleExpression": PAST,
                    "FlexibleTimeWindow": {"Mode": "OFF"},
                    "Target": target | {"RoleArn": role_arn(account, f"{name}-caller")},
                },
            }
            for name, target in targets.items()
        }
        deploy(account, made, schedules)


@pytest.mark.parametrize(
    ("kind", "service"),
    [
        ("topic", "cloudwatch.amazonaws.com"),
        ("function", "lambda.alarms.cloudwatch.amazonaws.com"),
    ],
)
def test_alarms_ask_what_they_set_off(fresh: Account, kind: str, service: str) -> None:
    made = opened(fresh, kind, service)
    alarm = {
        "Type": "AWS::CloudWatch::Alarm",
        "DependsOn": after(made),
        "Properties": {
            "AlarmName": "alarm",
            "Namespace": "orders",
            "MetricName": "late",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "ignore",
            "AlarmActions": [RECEIVERS[kind].arn(fresh, name) for name in BOTH],
        },
    }
    deploy(fresh, made, {"Alarm": alarm})
    fresh.client("cloudwatch").set_alarm_state(
        AlarmName="alarm", StateValue="ALARM", StateReason="test"
    )
    only_the_open_one(fresh, RECEIVERS[kind])


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("function", "LambdaFunctionConfigurations/LambdaFunctionArn"),
        ("queue", "QueueConfigurations/QueueArn"),
        ("topic", "TopicConfigurations/TopicArn"),
    ],
)
def test_a_bucket_asks_whom_it_tells(fresh: Account, kind: str, key: str) -> None:
    deploy(fresh, opened(fresh, kind, "s3.amazonaws.com"))
    s3, (several, one) = fresh.client("s3"), key.split("/")
    s3.create_bucket(
        Bucket="orders", CreateBucketConfiguration={"LocationConstraint": fresh.region}
    )

    def tell(name: str) -> None:
        told = {one: RECEIVERS[kind].arn(fresh, name), "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket="orders", NotificationConfiguration={several: [told]}
        )

    code, text = error(tell, "closed")
    assert code == "InvalidArgument"
    assert text.startswith("Unable to validate the following destination configurations")
    tell("open")
    s3.put_object(Bucket="orders", Key="one", Body=b"1")
    only_the_open_one(fresh, RECEIVERS[kind])


def test_a_bucket_gets_no_consent_from_a_topics_default_policy(fresh: Account) -> None:
    source = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "plain"}}
    deploy(fresh, {"Topic": source})
    s3 = fresh.client("s3")
    s3.create_bucket(
        Bucket="orders", CreateBucketConfiguration={"LocationConstraint": fresh.region}
    )
    told = {"TopicArn": topic_arn(fresh, "plain"), "Events": ["s3:ObjectCreated:*"]}
    code, _ = error(
        s3.put_bucket_notification_configuration,
        Bucket="orders",
        NotificationConfiguration={"TopicConfigurations": [told]},
    )
    assert code == "InvalidArgument"


def test_logs_ask_the_function(fresh: Account) -> None:
    made = opened(fresh, "function", "logs.amazonaws.com")
    deploy(fresh, made, receivers.group(fresh, "orders"))
    logs = fresh.client("logs")

    def subscribe(name: str) -> None:
        logs.put_subscription_filter(
            logGroupName="orders",
            filterName="all",
            filterPattern="",
            destinationArn=function_arn(fresh, name),
        )

    assert error(subscribe, "closed")[0] == "InvalidParameterException"
    subscribe("open")
    logs.create_log_stream(logGroupName="orders", logStreamName="one")
    event = {"timestamp": int(time.time() * 1000), "message": "order"}
    logs.put_log_events(logGroupName="orders", logStreamName="one", logEvents=[event])
    only_the_open_one(fresh, RECEIVERS["function"])
