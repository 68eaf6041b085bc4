"""A trace goes on through stages, queues and executions."""

from __future__ import annotations

import json
from typing import Any

from tests.sandbox.conftest import Aws, wait_for
from tests.sandbox.delivery import Account, statement
from tests.sandbox.xray.conftest import (
    ACTIVE,
    ECHO,
    by_origin,
    call_with,
    order_api,
    read,
    trace_id,
)


class TestAcrossServices:
    def test_a_stage_before_a_function(self, account: Account, traced_role: str) -> None:
        api, trace = order_api(account, traced_role, tracing=True), trace_id()
        sent = {"X-Amzn-Trace-Id": f"Root={trace};Sampled=1"}
        assert api.call("/order", json={"a": 1}, headers=sent).status_code == 200
        found = by_origin(read(account, trace, 3))
        stage = found["AWS::ApiGateway::Stage"]
        (call,) = stage["subsegments"]
        assert call["name"] == "Lambda"
        assert found["AWS::Lambda"]["parent_id"] == call["id"]
        assert stage["http"]["response"]["status"] == 200
        assert stage["http"]["request"]["method"] == "POST"
        assert stage["start_time"] <= found["AWS::Lambda"]["start_time"]
        assert found["AWS::Lambda"]["end_time"] <= call["end_time"] + 0.001

    def test_a_stage_without_tracing_begins_none(self, account: Account, traced_role: str) -> None:
        api = order_api(account, traced_role, tracing=False)
        header = api.call("/order", json={}).json()
        root = dict(part.split("=") for part in header.split(";"))["Root"]
        assert "AWS::ApiGateway::Stage" not in by_origin(read(account, root, 2))

    def test_one_without_tracing_takes_a_trace_on(self, account: Account, traced_role: str) -> None:
        api, trace = order_api(account, traced_role, tracing=False), trace_id()
        api.call("/order", json={}, headers={"X-Amzn-Trace-Id": f"Root={trace};Sampled=1"})
        assert "AWS::ApiGateway::Stage" in by_origin(read(account, trace, 3))

    def test_messages_carry_the_trace_and_the_consumer_is_linked(
        self, account: Account, traced_role: str
    ) -> None:
        url, queue_arn = account.queue()
        sender_source = (
            "import boto3\nsqs = boto3.client('sqs')\n"
            f"def handler(event, context): sqs.send_message(QueueUrl={url!r}, MessageBody='x')\n"
        )
        account.allow(traced_role, statement("sqs:SendMessage"))
        sender = account.function(sender_source, role=traced_role, **ACTIVE)
        consumer = account.function(ECHO, role=traced_role, **ACTIVE)
        account.client("lambda").create_event_source_mapping(
            FunctionName=consumer, EventSourceArn=queue_arn
        )
        trace = trace_id()
        call_with(account, sender, f"Root={trace};Sampled=1")

        def children() -> list[dict[str, Any]]:
            segments = read(account, trace, 2)
            return [link for one in segments for link in one.get("links", [])]

        (child,) = wait_for(children)
        reference = {"aws.xray.reserved.reference_type": "child"}
        assert child["attributes"] == reference
        assert child["trace_id"] != trace
        receiving = by_origin(read(account, child["trace_id"], 2))
        (parent,) = receiving["AWS::Lambda"]["links"]
        assert parent["trace_id"] == trace
        assert receiving["AWS::Lambda"]["name"] == consumer

    def test_an_execution_with_its_states_and_what_they_call(
        self, account: Account, traced_role: str
    ) -> None:
        function = account.function_arn(ECHO, role=traced_role, **ACTIVE)
        may = statement(["lambda:InvokeFunction", "xray:PutTraceSegments", "sqs:SendMessage"])
        role = account.service_role("states.amazonaws.com", may)
        url, _ = account.queue()
        task = {
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": function}, "Next": "Tell",
        }  # fmt: skip
        tell = {
            "Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": url, "MessageBody": "x"}, "End": True,
        }  # fmt: skip
        machine = {"StartAt": "Cook", "States": {"Cook": task, "Tell": tell}}
        states, trace = account.client("stepfunctions"), trace_id()
        arn = states.create_state_machine(
            name=Aws.name("saga"), definition=json.dumps(machine), roleArn=role,
            tracingConfiguration={"enabled": True},
        )["stateMachineArn"]  # fmt: skip
        kept = states.describe_state_machine(stateMachineArn=arn)["tracingConfiguration"]
        assert kept == {"enabled": True}
        states.start_execution(stateMachineArn=arn, traceHeader=f"Root={trace};Sampled=1")
        found = by_origin(read(account, trace, 4))
        execution = found["AWS::StepFunctions::StateMachine"]
        cook, told = execution["subsegments"]
        assert (cook["name"], told["name"]) == ("Cook", "Tell")
        (call,) = cook["subsegments"]
        assert found["AWS::Lambda"]["parent_id"] == call["id"]
        assert found["AWS::SQS::Queue"]["parent_id"] == told["subsegments"][0]["id"]
        received = account.client("sqs").receive_message(
            QueueUrl=url, MessageSystemAttributeNames=["AWSTraceHeader"]
        )["Messages"][0]["Attributes"]["AWSTraceHeader"]
        assert f"Parent={told['subsegments'][0]['id']}" in received

    def test_an_attribute_overrides_the_header_and_others_ask_for_it(
        self, account: Account
    ) -> None:
        url, _ = account.queue()
        sqs, mine = account.client("sqs"), f"Root={trace_id()};Sampled=1"
        attribute = {"AWSTraceHeader": {"DataType": "String", "StringValue": mine}}
        sqs.send_message(QueueUrl=url, MessageBody="a", MessageSystemAttributes=attribute)
        (received,) = sqs.receive_message(
            QueueUrl=url, MessageSystemAttributeNames=["AWSTraceHeader"]
        )["Messages"]
        assert received["Attributes"] == {"AWSTraceHeader": mine}
