"""A trace goes on through topics and buses: to functions, queues, executions and other buses."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.conftest import BASIC_EXECUTION, Aws, wait_for
from tests.sandbox.delivery import Account, policy, statement
from tests.sandbox.xray.conftest import (
    ACTIVE,
    DAEMON,
    by_origin,
    call_with,
    read,
    trace_id,
)

SNS, EVENTS = "sns.amazonaws.com", "events.amazonaws.com"
DOES_NOTHING = "def handler(event, context): return None\n"


@pytest.fixture
def role(account: Account) -> str:
    """A role of functions that may trace, publish and put events."""
    arn = account.role(BASIC_EXECUTION, DAEMON)
    account.allow(arn, statement(["sns:Publish", "events:PutEvents"]))
    return arn


def open_queue(account: Account, service: str) -> tuple[str, str]:
    """A queue that a service may write to; its URL and ARN."""
    url, arn = account.queue()
    lets = statement("sqs:SendMessage", arn) | {"Principal": {"Service": service}}
    account.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(lets)})
    return url, arn


def topic_with(account: Account, protocol: str, endpoint: str, **more: Any) -> str:
    """A topic with one subscription; its ARN."""
    sns = account.client("sns")
    arn = str(sns.create_topic(Name=Aws.name("orders"))["TopicArn"])
    sns.subscribe(TopicArn=arn, Protocol=protocol, Endpoint=endpoint, **more)
    return arn


def rule_with(account: Account, target: str, bus: str = "", **more: Any) -> str:
    """A rule with one target, on a bus; the source that its events have."""
    events, name = account.client("events"), Aws.name("rule")
    where = {"EventBusName": bus} if bus else {}
    pattern = json.dumps({"source": [name]})
    events.put_rule(Name=name, EventPattern=pattern, **where)
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target, **more}], **where)
    return name


def consumer(account: Account, role: str, service: str) -> tuple[str, str]:
    """A traced function that a service may call; its name and ARN."""
    name = account.function(DOES_NOTHING, role=role, **ACTIVE)
    account.client("lambda").add_permission(
        FunctionName=name, StatementId="s", Action="lambda:InvokeFunction", Principal=service
    )
    described = account.client("lambda").get_function_configuration(FunctionName=name)
    return name, described["FunctionArn"]


def sent_with(client: Any, operation: str, header: str, **given: Any) -> dict[str, Any]:
    """Send a request that has a trace."""

    def add(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = header

    client.meta.events.register("before-sign", add)
    try:
        answer: dict[str, Any] = getattr(client, operation)(**given)
    finally:
        client.meta.events.unregister("before-sign", add)
    return answer


def received_header(account: Account, url: str) -> str:
    """Wait for a message; its AWSTraceHeader, empty without one."""

    def receive() -> Any:
        return account.client("sqs").receive_message(
            QueueUrl=url, MessageSystemAttributeNames=["AWSTraceHeader"], WaitTimeSeconds=1
        ).get("Messages")  # fmt: skip

    (message,) = wait_for(receive)
    return str(message.get("Attributes", {}).get("AWSTraceHeader", ""))


def header() -> tuple[str, str, str]:
    """A trace, the segment that calls, and the header that says both."""
    trace, parent = trace_id(), secrets.token_hex(8)
    return trace, parent, f"Root={trace};Parent={parent};Sampled=1"


def event(source: str, bus: str = "", **more: Any) -> dict[str, Any]:
    """An entry of PutEvents."""
    where = {"EventBusName": bus} if bus else {}
    return {"Source": source, "DetailType": "order", "Detail": "{}", **where, **more}


class TestTopics:
    @pytest.mark.parametrize("raw", ["false", "true"])
    def test_to_a_queue(self, account: Account, raw: str) -> None:
        url, arn = open_queue(account, SNS)
        topic = topic_with(account, "sqs", arn, Attributes={"RawMessageDelivery": raw})
        trace, parent, sent = header()
        sent_with(account.client("sns"), "publish", sent, TopicArn=topic, Message="m")
        assert received_header(account, url).startswith(f"Root={trace};Parent={parent};Sampled=1")

    def test_to_a_function(self, account: Account, role: str) -> None:
        name, arn = consumer(account, role, SNS)
        topic = topic_with(account, "lambda", arn)
        trace, parent, sent = header()
        sent_with(account.client("sns"), "publish", sent, TopicArn=topic, Message="m")
        found = by_origin(read(account, trace, 2))
        assert found["AWS::Lambda"]["name"] == name
        assert found["AWS::Lambda"]["parent_id"] == parent

    def test_each_message_of_a_batch(self, account: Account) -> None:
        url, arn = open_queue(account, SNS)
        topic = topic_with(account, "sqs", arn)
        trace, _, sent = header()
        entries = [{"Id": number, "Message": number} for number in "12"]
        sns = account.client("sns")
        sent_with(sns, "publish_batch", sent, TopicArn=topic, PublishBatchRequestEntries=entries)
        headers = [received_header(account, url) for _ in entries]
        assert all(trace in one for one in headers)

    def test_from_a_traced_function_below_its_segment(self, account: Account, role: str) -> None:
        url, arn = open_queue(account, SNS)
        topic = topic_with(account, "sqs", arn)
        source = (
            "import boto3\nsns = boto3.client('sns')\n"
            f"def handler(event, context): sns.publish(TopicArn={topic!r}, Message='m')\n"
        )
        trace = trace_id()
        call_with(account, account.function(source, role=role, **ACTIVE), f"Root={trace};Sampled=1")
        function = by_origin(read(account, trace, 2))["AWS::Lambda::Function"]
        assert f"Root={trace};Parent={function['id']};Sampled=1" in received_header(account, url)

    def test_one_that_has_no_trace_gives_none(self, account: Account) -> None:
        url, arn = open_queue(account, SNS)
        account.client("sns").publish(TopicArn=topic_with(account, "sqs", arn), Message="m")
        assert received_header(account, url) == ""


class TestBuses:
    def test_to_a_queue(self, account: Account) -> None:
        url, arn = open_queue(account, EVENTS)
        source, (trace, _, sent) = rule_with(account, arn), header()
        sent_with(account.client("events"), "put_events", sent, Entries=[event(source)])
        assert received_header(account, url).startswith(f"Root={trace};")

    def test_an_entrys_own_header_comes_before_the_requests(self, account: Account) -> None:
        url, arn = open_queue(account, EVENTS)
        source, (trace, _, own), (_, _, sent) = rule_with(account, arn), header(), header()
        entry = event(source, TraceHeader=own)
        sent_with(account.client("events"), "put_events", sent, Entries=[entry])
        assert received_header(account, url).startswith(f"Root={trace};")

    def test_to_a_function(self, account: Account, role: str) -> None:
        name, arn = consumer(account, role, EVENTS)
        source, (trace, parent, sent) = rule_with(account, arn), header()
        sent_with(account.client("events"), "put_events", sent, Entries=[event(source)])
        found = by_origin(read(account, trace, 2))
        assert found["AWS::Lambda"]["name"] == name
        assert found["AWS::Lambda"]["parent_id"] == parent

    def test_to_an_execution(self, account: Account) -> None:
        may = statement(["xray:PutTraceSegments", "states:StartExecution"])
        passes = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
        machine = account.client("stepfunctions").create_state_machine(
            name=Aws.name("saga"), definition=json.dumps(passes),
            roleArn=account.service_role("states.amazonaws.com", may),
        )["stateMachineArn"]  # fmt: skip
        starts = account.service_role(EVENTS, may)
        source = rule_with(account, machine, RoleArn=starts)
        trace, _, sent = header()
        sent_with(account.client("events"), "put_events", sent, Entries=[event(source)])
        assert "AWS::StepFunctions::StateMachine" in by_origin(read(account, trace))

    def test_through_a_topic_to_a_queue(self, account: Account) -> None:
        url, arn = open_queue(account, SNS)
        topic = topic_with(account, "sqs", arn)
        lets = statement("sns:Publish", topic) | {"Principal": {"Service": EVENTS}}
        account.client("sns").set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=policy(lets)
        )
        source, (trace, _, sent) = rule_with(account, topic), header()
        sent_with(account.client("events"), "put_events", sent, Entries=[event(source)])
        assert received_header(account, url).startswith(f"Root={trace};")

    def test_through_another_bus(self, account: Account) -> None:
        url, arn = open_queue(account, EVENTS)
        bus = account.client("events").create_event_bus(Name=Aws.name("bus"))["EventBusArn"]
        role = account.service_role(EVENTS, statement("events:PutEvents"))
        source = rule_with(account, bus, RoleArn=role)
        name = bus.rpartition("/")[2]
        account.client("events").put_rule(
            Name="all", EventBusName=name, EventPattern=json.dumps({"source": [source]})
        )
        account.client("events").put_targets(
            Rule="all", EventBusName=name, Targets=[{"Id": "1", "Arn": arn}]
        )
        trace, _, sent = header()
        sent_with(account.client("events"), "put_events", sent, Entries=[event(source)])
        assert received_header(account, url).startswith(f"Root={trace};")


class TestFromOtherServices:
    @pytest.mark.parametrize(
        ("integration", "parameters"),
        [
            ("sns:publish", lambda place: {"TopicArn": place, "Message": "m"}),
            ("events:putEvents", lambda place: {"Entries": [event(place)]}),
        ],
    )
    def test_an_executions_publications(
        self, account: Account, integration: str, parameters: Callable[[str], dict[str, Any]]
    ) -> None:
        url, arn = open_queue(account, SNS if integration.startswith("sns") else EVENTS)
        if integration.startswith("sns"):
            place = topic_with(account, "sqs", arn)
        else:
            place = rule_with(account, arn)
        task = {
            "Type": "Task", "Resource": f"arn:aws:states:::{integration}",
            "Parameters": parameters(place), "End": True,
        }  # fmt: skip
        may = statement(["xray:PutTraceSegments", "sns:Publish", "events:PutEvents"])
        states, trace = account.client("stepfunctions"), trace_id()
        machine = states.create_state_machine(
            name=Aws.name("saga"), roleArn=account.service_role("states.amazonaws.com", may),
            definition=json.dumps({"StartAt": "Tell", "States": {"Tell": task}}),
            tracingConfiguration={"enabled": True},
        )["stateMachineArn"]  # fmt: skip
        states.start_execution(stateMachineArn=machine, traceHeader=f"Root={trace};Sampled=1")
        received = received_header(account, url)
        assert received.startswith(f"Root={trace};Parent=")

    def test_an_asynchronous_call_and_its_destination(self, account: Account, role: str) -> None:
        url, arn = account.queue()
        account.allow(role, statement("sqs:SendMessage"))
        name = account.function(DOES_NOTHING, role=role, **ACTIVE)
        account.client("lambda").put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": arn}}
        )
        trace, parent, sent = header()
        sent_with(
            account.client("lambda"), "invoke", sent, FunctionName=name, InvocationType="Event"
        )
        found = by_origin(read(account, trace, 2))
        assert found["AWS::Lambda"]["parent_id"] == parent
        assert received_header(account, url).startswith(f"Root={trace};")
