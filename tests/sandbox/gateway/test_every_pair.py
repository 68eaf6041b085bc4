"""Every service that calls another one asks first, whatever was called before.

Each pair is asked on a server of its own. A stack makes the callee, so that nobody has called its
service when the call comes; one of two callees, or of two roles, is closed and is tried first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.sandbox.conftest import aws_of as _aws_of
from tests.sandbox.conftest import running_sandbox, wait_for
from tests.sandbox.delivery import Account, Api, error, invocation_uri, statement
from tests.sandbox.gateway import receivers
from tests.sandbox.gateway.receivers import (
    RECEIVERS,
    Resources,
    deploy,
    function,
    function_arn,
    logical,
    only_the_open_one,
    queue,
    queue_arn,
    queue_url,
    role,
    role_arn,
    topic_arn,
)

pytestmark = pytest.mark.contract(22)

PAST = "at(2026-01-01T00:00:00)"
"""A schedule that is due at once."""

BOTH = ("closed", "open")
RAISE = "def handler(event, context): raise RuntimeError('no')"


@pytest.fixture
def fresh() -> Iterator[Account]:
    """An account of a server that nobody has asked anything."""
    with running_sandbox() as sandbox:
        aws = _aws_of(sandbox)
        yield Account.of(aws)


def opened(account: Account, kind: str, service: str) -> Resources:
    """A closed callee and an open one, whose policy lets `service`."""
    made = RECEIVERS[kind].resources
    return made(account, "closed", None) | made(account, "open", service)


def with_roles(account: Account, kind: str, service: str) -> Resources:
    """Two callees, and two roles of `service`: only the second may call its own."""
    receiver = RECEIVERS[kind]
    allowed = statement(receiver.action, receiver.arn(account, "open"))
    return (
        receiver.resources(account, "closed", None)
        | receiver.resources(account, "open", None)
        | role("closed-caller", service)
        | role("open-caller", service, allowed)
    )


def after(*parts: Resources) -> list[str]:
    """What a resource depends on that needs all of these."""
    return [name for part in parts for name in part]


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


class TestFunctions:
    @pytest.mark.parametrize("kind", ["bus", "function", "queue", "topic"])
    def test_ask_the_role_for_a_destination(self, fresh: Account, kind: str) -> None:
        self._call(fresh, kind, receivers.ECHO, "OnSuccess")
        only_the_open_one(fresh, RECEIVERS[kind])

    @pytest.mark.parametrize("kind", ["queue", "topic"])
    def test_ask_the_role_for_dead_letters(self, fresh: Account, kind: str) -> None:
        self._call(fresh, kind, RAISE, None)
        only_the_open_one(fresh, RECEIVERS[kind])

    def _call(self, account: Account, kind: str, code: str, destination: str | None) -> None:
        receiver = RECEIVERS[kind]
        made = receiver.resources(account, "closed", None)
        made |= receiver.resources(account, "open", None)
        allowed = statement(receiver.action, receiver.arn(account, "open"))
        callers = self._caller(account, kind, "closed", code, destination, ())
        callers |= self._caller(account, kind, "open", code, destination, (allowed,))
        deploy(account, made, callers)
        for name in BOTH:
            account.client("lambda").invoke(
                FunctionName=f"{name}-caller", InvocationType="Event", Payload="{}"
            )

    @staticmethod
    def _caller(
        account: Account, kind: str, name: str, code: str, destination: str | None, rights: Any
    ) -> Resources:
        target = RECEIVERS[kind].arn(account, name)
        letters = {} if destination else {"DeadLetterConfig": {"TargetArn": target}}
        config = {destination: {"Destination": target}} if destination else {}
        caller = function(account, f"{name}-caller", code=code, statements=rights, **letters)
        return caller | {
            logical(name, "Config"): {
                "Type": "AWS::Lambda::EventInvokeConfig",
                "DependsOn": after(caller),
                "Properties": {
                    "FunctionName": f"{name}-caller",
                    "Qualifier": "$LATEST",
                    "MaximumRetryAttempts": 0,
                    "DestinationConfig": config,
                },
            }
        }


def test_a_mapping_asks_the_functions_role(fresh: Account) -> None:
    polls = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    allowed = statement(polls, queue_arn(fresh, "orders"))
    deploy(
        fresh,
        queue(fresh, "orders"),
        function(fresh, "closed"),
        function(fresh, "open", statements=[allowed]),
    )
    create = fresh.client("lambda").create_event_source_mapping
    source = {"EventSourceArn": queue_arn(fresh, "orders")}
    code, text = error(create, FunctionName="closed", **source)
    assert (code, "ReceiveMessage on SQS" in text) == ("InvalidParameterValueException", True)
    create(FunctionName="open", **source)
    fresh.client("sqs").send_message(QueueUrl=queue_url(fresh, "orders"), MessageBody="order")
    only_the_open_one(fresh, RECEIVERS["function"])


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
    event = {"timestamp": 1_790_000_000_000, "message": "order"}
    logs.put_log_events(logGroupName="orders", logStreamName="one", logEvents=[event])
    only_the_open_one(fresh, RECEIVERS["function"])


class TestApiGateway:
    def test_asks_the_function(self, fresh: Account) -> None:
        deploy(fresh, opened(fresh, "function", "apigateway.amazonaws.com"))
        api = Api(fresh)
        for name in BOTH:
            api.proxy(api.resource(name), function_arn(fresh, name))
        api.deploy()
        assert api.call("/closed").status_code == 500
        api.call("/open")
        only_the_open_one(fresh, RECEIVERS["function"])

    def test_asks_the_role_for_a_queue(self, fresh: Account) -> None:
        deploy(fresh, with_roles(fresh, "queue", "apigateway.amazonaws.com"))
        api = Api(fresh)
        for name in BOTH:
            ids = api.method(
                api.resource(name),
                type="AWS",
                integrationHttpMethod="POST",
                uri=f"arn:aws:apigateway:{fresh.region}:sqs:path/{fresh.account}/{name}",
                credentials=role_arn(fresh, f"{name}-caller"),
                requestParameters={
                    "integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"
                },
                requestTemplates={"application/json": "Action=SendMessage&MessageBody=order"},
            )
            api.answers(ids, "200")
        api.deploy()
        for name in BOTH:
            api.call(f"/{name}", json={})
        only_the_open_one(fresh, RECEIVERS["queue"])

    def test_asks_an_authorizers_function(self, fresh: Account) -> None:
        deploy(fresh, opened(fresh, "function", "apigateway.amazonaws.com"))
        api = Api(fresh)
        for name in BOTH:
            authorizer = api.gateway.create_authorizer(
                restApiId=api.id,
                name=name,
                type="TOKEN",
                authorizerUri=invocation_uri(function_arn(fresh, name)),
                identitySource="method.request.header.Authorization",
                authorizerResultTtlInSeconds=0,
            )["id"]
            ids = {"restApiId": api.id, "resourceId": api.resource(name), "httpMethod": "GET"}
            api.gateway.put_method(**ids, authorizationType="CUSTOM", authorizerId=authorizer)
            api.gateway.put_integration(**ids, type="MOCK")
        api.deploy()
        for name in BOTH:
            answer = api.call(f"/{name}", "GET", headers={"Authorization": "token"})
            assert answer.status_code >= 400  # what the function answers is no policy
        only_the_open_one(fresh, RECEIVERS["function"])


Target = Callable[[Account, str], dict[str, Any]]

TASKS: dict[str, tuple[str, Target]] = {
    "arn:aws:states:::lambda:invoke": (
        "function",
        lambda account, name: {"FunctionName": name, "Payload": {}},
    ),
    "arn:aws:states:::sqs:sendMessage": (
        "queue",
        lambda account, name: {"QueueUrl": queue_url(account, name), "MessageBody": "order"},
    ),
    "arn:aws:states:::sqs:sendMessage.waitForTaskToken": (
        "queue",
        lambda account, name: {"QueueUrl": queue_url(account, name), "MessageBody": "order"},
    ),
    "arn:aws:states:::sns:publish": (
        "topic",
        lambda account, name: {"TopicArn": topic_arn(account, name), "Message": "order"},
    ),
    "arn:aws:states:::events:putEvents": (
        "bus",
        lambda account, name: {
            "Entries": [
                {"EventBusName": name, "Source": "orders", "DetailType": "placed", "Detail": {}}
            ]
        },
    ),
    "arn:aws:states:::states:startExecution": (
        "machine",
        lambda account, name: {"StateMachineArn": receivers.machine_arn(account, name)},
    ),
    "arn:aws:states:::aws-sdk:sqs:sendMessage": (
        "queue",
        lambda account, name: {"QueueUrl": queue_url(account, name), "MessageBody": "order"},
    ),
    "arn:aws:states:::aws-sdk:eventbridge:putEvents": (
        "bus",
        lambda account, name: {
            "Entries": [
                {"EventBusName": name, "Source": "orders", "DetailType": "placed", "Detail": "{}"}
            ]
        },
    ),
}


@pytest.mark.parametrize("resource", TASKS)
def test_a_state_machine_asks_its_role(fresh: Account, resource: str) -> None:
    kind, parameters = TASKS[resource]
    made, machines = with_roles(fresh, kind, "states.amazonaws.com"), {}
    for name in BOTH:
        task = {
            "Type": "Task",
            "Resource": resource,
            "Parameters": parameters(fresh, name),
            "TimeoutSeconds": 5,
            "End": True,
        }
        machines[logical(name, "Calls")] = {
            "Type": "AWS::StepFunctions::StateMachine",
            "DependsOn": after(made),
            "Properties": {
                "StateMachineName": f"{name}-calls",
                "RoleArn": role_arn(fresh, f"{name}-caller"),
                "DefinitionString": json.dumps({"StartAt": "Call", "States": {"Call": task}}),
            },
        }
    deploy(fresh, made, machines)
    states, ends = fresh.client("stepfunctions"), {}
    for name in BOTH:
        ends[name] = states.start_execution(
            stateMachineArn=receivers.machine_arn(fresh, f"{name}-calls")
        )["executionArn"]

    def refused() -> dict[str, Any] | None:
        found: dict[str, Any] = states.describe_execution(executionArn=ends["closed"])
        return found if found["status"] != "RUNNING" else None

    end: dict[str, Any] = wait_for(refused)
    assert (end["status"], "is not authorized to perform" in end["cause"]) == ("FAILED", True)
    only_the_open_one(fresh, RECEIVERS[kind])


@pytest.mark.parametrize("kind", ["machine", "topic"])
def test_a_pipe_asks_its_role(fresh: Account, kind: str) -> None:
    made = with_roles(fresh, kind, "pipes.amazonaws.com")
    reads = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
    for name in BOTH:
        policies = made[logical(f"{name}-caller", "Role")]["Properties"].setdefault("Policies", [])
        stream = receivers.document(statement(reads))
        policies.append({"PolicyName": "stream", "PolicyDocument": stream})
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "TableName": "orders",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
        },
    }
    pipes = {
        logical(name, "Pipe"): {
            "Type": "AWS::Pipes::Pipe",
            "DependsOn": after(made),
            "Properties": {
                "RoleArn": role_arn(fresh, f"{name}-caller"),
                "Source": {"Fn::GetAtt": ["Table", "StreamArn"]},
                "SourceParameters": {"DynamoDBStreamParameters": {"StartingPosition": "LATEST"}},
                "Target": RECEIVERS[kind].arn(fresh, name),
            },
        }
        for name in BOTH
    }
    deploy(fresh, made, {"Table": table}, pipes)
    fresh.client("dynamodb").put_item(TableName="orders", Item={"id": {"S": "1"}})
    only_the_open_one(fresh, RECEIVERS[kind])
