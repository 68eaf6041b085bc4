"""Step Functions: what a topic gets of a machine, what nothing catches, what histories say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import Aws, wait_for
from tests.sandbox.stepfunctions.machines import Machines, types

DONE = {"Type": "Pass", "End": True}
PUBLISH = "arn:aws:states:::sns:publish"


def subscribed(aws: Aws, **attributes: str) -> tuple[str, Any]:
    """Make a topic with a queue; return its ARN, and how to receive the next message."""
    sns, sqs, fifo = aws.client("sns"), aws.client("sqs"), ".fifo" if attributes else ""
    topic = sns.create_topic(Name=aws.name("topic") + fifo, Attributes=attributes)["TopicArn"]
    own = {"FifoQueue": "true"} if fifo else {}
    url = sqs.create_queue(QueueName=aws.name("queue") + fifo, Attributes=own)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn["QueueArn"],
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])

    def receive() -> dict[str, Any]:
        (message,) = wait_for(lambda: sqs.receive_message(QueueUrl=url).get("Messages"))
        return dict(json.loads(message["Body"]))

    return topic, receive


def publishing(topic: str, **more: Any) -> dict[str, Any]:
    """A state that publishes."""
    parameters = {"TopicArn": topic} | more
    return {"Type": "Task", "Resource": PUBLISH, "Parameters": parameters, "End": True}


class TestPublish:
    def test_a_message_has_its_attributes(self, machines: Machines) -> None:
        topic, receive = subscribed(machines.aws)
        level = {"DataType": "String", "StringValue.$": "$.level"}
        state = publishing(topic, Message={"a": 1}, MessageAttributes={"level": level})
        machines.run(machines.create({"Start": state}), {"level": "high"})
        got = receive()
        assert (got["Message"], got["MessageAttributes"]) == (
            '{"a":1}',
            {"level": {"Type": "String", "Value": "high"}},
        )

    def test_a_fifo_topic_numbers_it(self, machines: Machines) -> None:
        topic, receive = subscribed(machines.aws, FifoTopic="true")
        ids = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}
        machine = machines.create({"Start": publishing(topic, Message="m", **ids)})
        output = json.loads(machines.run(machine)["output"])
        got = receive()
        assert output["MessageId"] == got["MessageId"]
        assert output["SequenceNumber"] == got["SequenceNumber"]

    def test_a_refusal_is_named_as_by_the_sdk(self, machines: Machines) -> None:
        topic, _ = subscribed(machines.aws, FifoTopic="true")
        ended = machines.run(machines.create({"Start": publishing(topic, Message="m")}))
        assert ended["error"] == "SNS.InvalidParameterException"
        assert ended["cause"].startswith(
            "Invalid parameter: The MessageGroupId parameter is required for FIFO topics "
            "(Service: AmazonSNS; Status Code: 400; Error Code: InvalidParameter; Request ID: "
        )


def test_nothing_catches_a_runtime_error(machines: Machines) -> None:
    catch = [{"ErrorEquals": ["States.Runtime"], "Next": "Caught"}]
    state = machines.charge(ResultSelector={"a.$": "$.no.such"}, Catch=catch)
    ended = machines.run(machines.create({"Start": state, "Caught": DONE}))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.Runtime")


def test_a_function_that_is_handed_nothing_gets_an_empty_object(machines: Machines) -> None:
    name = machines.aws.function("def handler(event, context):\n    return [event]")
    parameters = {"FunctionName": name, "Payload.$": "$.nothing"}
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters}
    task |= {"OutputPath": "$.Payload", "End": True}
    ended = machines.run(machines.create({"Start": task}), {"nothing": None})
    assert ended["output"] == "[{}]"


def test_the_input_stands_there_as_it_was_sent(machines: Machines) -> None:
    machine = machines.create({"Start": DONE})
    ended = machines.run(machine, ["a", "b"])
    started, entered, *_ = machines.history(ended)
    assert started["executionStartedEventDetails"]["input"] == '["a", "b"]'
    assert entered["stateEnteredEventDetails"]["input"] == '["a","b"]'


def test_a_timestamp_that_is_none(machines: Machines) -> None:
    wait = {"Type": "Wait", "QueryLanguage": "JSONata", "Timestamp": "{% $states.input.t %}"}
    ended = machines.run(machines.create({"Start": wait | {"End": True}}), {"t": "2016-12-05 Z"})
    _, entered, failed, *_ = machines.history(ended)
    assert failed["type"] == "EvaluationFailed"
    assert failed["previousEventId"] == entered["id"]
    assert failed["evaluationFailedEventDetails"]["location"] == "Timestamp"


class TestMapRuns:
    PROCESSOR: dict[str, Any] = {  # noqa: RUF012
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "One",
        "States": {"One": DONE},
    }

    def run(self, machines: Machines, given: Any, **more: Any) -> list[dict[str, Any]]:
        """Run a distributed Map state; return the history."""
        state = {"Type": "Map", "ItemProcessor": self.PROCESSOR, "End": True} | more
        return machines.history(machines.run(machines.create({"Start": state}), given))

    def test_what_follows_what(self, machines: Machines) -> None:
        events = self.run(machines, [0])
        ids = {event["type"]: event["id"] for event in events}
        before = {event["type"]: event["previousEventId"] for event in events}
        assert before["MapStateSucceeded"] == ids["MapRunSucceeded"]
        assert before["MapStateExited"] == ids["MapRunStarted"]  # since November 2024

    @pytest.mark.parametrize("share", ["many", -1, 100.1])
    def test_a_tolerance_is_looked_at_once_the_state_has_started(
        self, machines: Machines, share: Any
    ) -> None:
        events = self.run(
            machines, {"items": [0], "share": share}, ItemsPath="$.items",
            ToleratedFailurePercentagePath="$.share",
        )  # fmt: skip
        assert types(events) == [
            "ExecutionStarted", "MapStateEntered", "MapStateStarted", "ExecutionFailed",
        ]  # fmt: skip
        assert events[-1]["previousEventId"] == events[-2]["id"]
        assert events[-1]["executionFailedEventDetails"]["error"] == "States.Runtime"
