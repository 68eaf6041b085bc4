"""Asynchronous calls with their retries and records, request ids, and weighted aliases."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import BASIC_EXECUTION, Aws, wait_for
from tests.sandbox.delivery import Account, Api, error

SLOW = "import time\ndef handler(event, context): time.sleep(1)\n"
FAILS = "def handler(event, context):\n    raise ValueError('no address')\n"
WORKS = "def handler(event, context):\n    return {'placed': event['id']}\n"


class Queue:
    """A queue to receive records from."""

    def __init__(self, aws: Aws) -> None:
        self._sqs = aws.client("sqs")
        self._url = self._sqs.create_queue(QueueName=aws.name("records"))["QueueUrl"]
        self.arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])[
            "Attributes"
        ]["QueueArn"]

    def receive(self) -> dict[str, Any]:
        """Wait for one message."""

        def received() -> list[dict[str, Any]]:
            answer = self._sqs.receive_message(QueueUrl=self._url, MessageAttributeNames=["All"])
            return list(answer.get("Messages", []))

        (message,) = wait_for(received)
        return dict(message)

    def visible(self) -> int:
        """Return how many messages wait."""
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["All"])
        return int(attributes["Attributes"]["ApproximateNumberOfMessages"])


@pytest.fixture
def queue(aws: Aws) -> Queue:
    return Queue(aws)


@pytest.fixture
def role(aws: Aws) -> str:
    """A role that may write logs and send messages."""
    allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    return aws.role(BASIC_EXECUTION, policy=allowed)


def call(aws: Aws, name: str) -> str:
    """Call asynchronously; return the request's id."""
    response = aws.client("lambda").invoke(
        FunctionName=name, InvocationType="Event", Payload=json.dumps({"id": 7})
    )
    assert response["StatusCode"] == 202
    return str(response["ResponseMetadata"]["RequestId"])


def reports(aws: Aws, name: str) -> list[str]:
    streams = aws.log(f"/aws/lambda/{name}").values()
    return [message for stream in streams for message in stream if message.startswith("REPORT")]


def destinations(aws: Aws, name: str, **more: Any) -> None:
    aws.client("lambda").put_function_event_invoke_config(FunctionName=name, **more)


@pytest.mark.contract(14)
class TestRecords:
    def test_on_failure_after_two_retries(self, aws: Aws, queue: Queue, role: str) -> None:
        name = aws.function(FAILS, role=role)
        target = {"OnFailure": {"Destination": queue.arn}}
        destinations(aws, name, DestinationConfig=target)
        request_id = call(aws, name)
        record = json.loads(queue.receive()["Body"])
        assert record["requestContext"] == {
            "requestId": request_id,
            "functionArn": f"arn:aws:lambda:{aws.region}:{aws.account}:function:{name}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        }
        assert record["requestPayload"] == {"id": 7}
        assert record["responsePayload"]["errorType"] == "ValueError"
        assert [request_id in report for report in reports(aws, name)] == [True] * 3

    def test_on_success(self, aws: Aws, queue: Queue, role: str) -> None:
        name = aws.function(WORKS, role=role)
        destinations(aws, name, DestinationConfig={"OnSuccess": {"Destination": queue.arn}})
        call(aws, name)
        record = json.loads(queue.receive()["Body"])
        assert record["requestContext"]["condition"] == "Success"
        assert record["responsePayload"] == {"placed": 7}

    def test_a_dead_letter(self, aws: Aws, queue: Queue, role: str) -> None:
        name = aws.function(FAILS, role=role, DeadLetterConfig={"TargetArn": queue.arn})
        destinations(aws, name, MaximumRetryAttempts=0)
        request_id = call(aws, name)
        message = queue.receive()
        assert json.loads(message["Body"]) == {"id": 7}
        attributes = {k: v["StringValue"] for k, v in message["MessageAttributes"].items()}
        assert attributes == {
            "RequestID": request_id,
            "ErrorCode": "200",
            "ErrorMessage": "no address",
        }
        assert len(reports(aws, name)) == 1

    def test_nothing_is_sent_without_the_roles_right(self, aws: Aws, queue: Queue) -> None:
        """The dead letter is sent last: when it is there, nothing else is to come."""
        dead = Queue(aws)
        allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": dead.arn}
        role = aws.role(BASIC_EXECUTION, policy=allowed)
        name = aws.function(FAILS, role=role, DeadLetterConfig={"TargetArn": dead.arn})
        target = {"OnFailure": {"Destination": queue.arn}}
        destinations(aws, name, MaximumRetryAttempts=0, DestinationConfig=target)
        call(aws, name)
        dead.receive()
        assert queue.visible() == 0

    def test_a_throttled_call_is_not_lost(self, aws: Aws) -> None:
        name, lambda_ = aws.function(SLOW), aws.client("lambda")
        lambda_.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
        destinations(aws, name, MaximumRetryAttempts=0)
        requests = {call(aws, name) for _ in range(2)}
        groups, prefix = aws.client("logs"), {"logGroupNamePrefix": f"/aws/lambda/{name}"}
        wait_for(lambda: groups.describe_log_groups(**prefix)["logGroups"])
        wait_for(lambda: len(reports(aws, name)) == 2)
        assert all(any(one in line for line in reports(aws, name)) for one in requests)

    def test_without_any_concurrency_an_event_goes_on_at_once(
        self, aws: Aws, queue: Queue, role: str
    ) -> None:
        name = aws.function(WORKS, role=role)
        aws.client("lambda").put_function_concurrency(
            FunctionName=name, ReservedConcurrentExecutions=0
        )
        destinations(aws, name, DestinationConfig={"OnFailure": {"Destination": queue.arn}})
        request_id = call(aws, name)
        record = json.loads(queue.receive()["Body"])
        context = record.pop("requestContext")
        assert (context["condition"], context["approximateInvokeCount"]) == (
            "ZeroReservedConcurrency",
            0,
        )
        assert context["requestId"] == request_id
        assert set(record) == {"version", "timestamp", "requestPayload"}


@pytest.mark.contract(14)
class TestSources:
    """Whoever calls asynchronously, what fails is tried again and recorded."""

    @pytest.fixture
    def failing(self, aws: Aws, queue: Queue, role: str) -> str:
        return aws.function(FAILS, role=role, DeadLetterConfig={"TargetArn": queue.arn})

    @staticmethod
    def permit(aws: Aws, name: str, service: str, source: str) -> str:
        aws.client("lambda").add_permission(
            FunctionName=name,
            StatementId="source",
            Action="lambda:InvokeFunction",
            Principal=service,
            SourceArn=source,
        )
        found = aws.client("lambda").get_function_configuration(FunctionName=name)
        return str(found["FunctionArn"])

    def test_a_topic(self, aws: Aws, queue: Queue, failing: str) -> None:
        sns = aws.client("sns")
        topic = sns.create_topic(Name=aws.name("topic"))["TopicArn"]
        function = self.permit(aws, failing, "sns.amazonaws.com", topic)
        sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)
        sns.publish(TopicArn=topic, Message="order 7")
        dead = json.loads(queue.receive()["Body"])
        assert dead["Records"][0]["Sns"]["Message"] == "order 7"
        assert len(reports(aws, failing)) == 3

    def test_a_rule(self, aws: Aws, queue: Queue, failing: str) -> None:
        events, name = aws.client("events"), aws.name("rule")
        pattern = json.dumps({"source": [name]})
        rule = events.put_rule(Name=name, EventPattern=pattern)["RuleArn"]
        function = self.permit(aws, failing, "events.amazonaws.com", rule)
        events.put_targets(Rule=name, Targets=[{"Id": "function", "Arn": function}])
        entry = {"Source": name, "DetailType": "placed", "Detail": json.dumps({"order": 7})}
        events.put_events(Entries=[entry])
        assert json.loads(queue.receive()["Body"])["detail"] == {"order": 7}
        assert len(reports(aws, failing)) == 3


@pytest.mark.contract(3)
def test_the_request_and_its_log_have_one_id(aws: Aws) -> None:
    name = aws.function(WORKS)
    response = aws.client("lambda").invoke(FunctionName=name, Payload=json.dumps({"id": 1}))
    assert response["ResponseMetadata"]["RequestId"] in reports(aws, name)[0]


@pytest.mark.contract(14)
def test_an_alias_of_a_version_that_there_is_not(aws: Aws) -> None:
    name, lambda_ = aws.function(WORKS), aws.client("lambda")
    lambda_.create_alias(FunctionName=name, Name="live", FunctionVersion="$LATEST")
    missing = f"function:{name}:9"
    for call_of, more in (
        (lambda_.create_alias, {"Name": "next", "FunctionVersion": "9"}),
        (lambda_.update_alias, {"Name": "live", "FunctionVersion": "9"}),
        (
            lambda_.update_alias,
            {"Name": "live", "RoutingConfig": {"AdditionalVersionWeights": {"9": 0.5}}},
        ),
    ):
        code, message = error(call_of, FunctionName=name, **more)
        assert (code, message.endswith(missing)) == ("ResourceNotFoundException", True)
    assert [one["Name"] for one in lambda_.list_aliases(FunctionName=name)["Aliases"]] == ["live"]


@pytest.mark.contract(14)
def test_a_weighted_alias(aws: Aws) -> None:
    source = "def handler(event, context): return context.function_version\n"
    name, lambda_ = aws.function(source), aws.client("lambda")
    lambda_.publish_version(FunctionName=name)
    aws.update(name, Description="second")
    lambda_.publish_version(FunctionName=name)
    lambda_.create_alias(
        FunctionName=name,
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )
    responses = [lambda_.invoke(FunctionName=name, Qualifier="live") for _ in range(60)]
    met = [json.loads(response["Payload"].read()) for response in responses]
    assert set(met) == {"1", "2"}
    assert met == [response["ExecutedVersion"] for response in responses]


@pytest.mark.contract(14)
def test_a_weighted_alias_behind_an_api(aws: Aws) -> None:
    source = (
        "def handler(event, context):\n"
        "    return {'statusCode': 200, 'body': context.function_version}\n"
    )
    name, lambda_ = aws.function(source), aws.client("lambda")
    lambda_.publish_version(FunctionName=name)
    aws.update(name, Description="second")
    lambda_.publish_version(FunctionName=name)
    alias = lambda_.create_alias(
        FunctionName=name,
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )["AliasArn"]
    api = Api(Account.of(aws))
    api.proxy(api.resource("orders"), alias)
    api.permit(alias)
    api.deploy()
    assert {api.call("/orders").text for _ in range(40)} == {"1", "2"}
