"""A service that reaches another with a role asks that role.

Each pair is asked on a server of its own. A stack makes the callee, so that nobody has called its
service when the call comes; one of two callees, or of two roles, is closed and is tried first.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import wait_for
from tests.sandbox.delivery import Account, Api, error, invocation_uri, statement
from tests.sandbox.gateway import receivers
from tests.sandbox.gateway.conftest import BOTH, Target, after, opened, with_roles
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
    role_arn,
    topic_arn,
)

pytestmark = pytest.mark.contract(22)


RAISE = "def handler(event, context): raise RuntimeError('no')"


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
        at_first = statement(receiver.action, receiver.arn(account, "closed"))
        callers = self._caller(account, kind, "closed", code, destination, (at_first,))
        callers |= self._caller(account, kind, "open", code, destination, (allowed,))
        deploy(account, made, callers)
        # Without the right Lambda would not have taken the dead-letter target.
        account.allow(role_arn(account, "closed-caller-role"), statement(receivers.LOGS))
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
            "TimeoutSeconds": 30,
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
