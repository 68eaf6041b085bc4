"""Traces: what is sent, what services send by themselves, how they hang together, and who may."""

from __future__ import annotations

import datetime as dt
import json
import secrets
import time
from typing import Any

import pytest

from tests.sandbox.conftest import BASIC_EXECUTION, Aws, wait_for
from tests.sandbox.delivery import Account, Api, error, statement

DAEMON = "arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess"
QUEUES = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
ACTIVE = {"TracingConfig": {"Mode": "Active"}}
ECHO = "import os\ndef handler(event, context): return os.environ['_X_AMZN_TRACE_ID']\n"
FAILS = "def handler(event, context): raise ValueError('no such dish')\n"

Segments = dict[str, dict[str, Any]]


@pytest.fixture
def account(aws: Aws) -> Account:
    """The account to test with."""
    return Account(aws.endpoint, aws.account, aws.region, aws.secret)


@pytest.fixture
def traced_role(account: Account) -> str:
    """A function's role that may send segments and read queues."""
    return account.role(BASIC_EXECUTION, DAEMON, QUEUES)


def trace_id() -> str:
    """A trace that begins now."""
    return f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def segment(trace: str, **more: Any) -> dict[str, Any]:
    """A segment of 0.2 s."""
    now = time.time()
    begin = {"name": "shop", "id": secrets.token_hex(8), "trace_id": trace}
    return begin | {"start_time": now - 0.2, "end_time": now} | more


def put(account: Account, *documents: Any) -> list[dict[str, str]]:
    """Send documents; return what was not taken."""
    texts = [one if isinstance(one, str) else json.dumps(one) for one in documents]
    xray = account.client("xray")
    refused = xray.put_trace_segments(TraceSegmentDocuments=texts)["UnprocessedTraceSegments"]
    return list(refused)


def read(account: Account, trace: str, least: int = 1) -> list[dict[str, Any]]:
    """Wait for a trace of so many segments, and return them."""

    def segments() -> list[dict[str, Any]]:
        found = account.client("xray").batch_get_traces(TraceIds=[trace])["Traces"]
        return [json.loads(one["Document"]) for one in found[0]["Segments"]] if found else []

    wait_for(lambda: len(segments()) >= least)
    return segments()


def by_origin(segments: list[dict[str, Any]]) -> Segments:
    """Segments by what they are of."""
    return {one.get("origin", one["name"]): one for one in segments}


def search(account: Account, expression: str = "", **more: Any) -> list[dict[str, Any]]:
    """The summaries of the last minutes' traces that an expression finds."""
    now = dt.datetime.now(dt.UTC)
    asked = {"FilterExpression": expression} if expression else {}
    period = {"StartTime": now - dt.timedelta(minutes=5), "EndTime": now + dt.timedelta(seconds=5)}
    answer = account.client("xray").get_trace_summaries(**asked, **period, **more)
    return list(answer["TraceSummaries"])


def ids(account: Account, expression: str) -> set[str]:
    """The traces that an expression finds."""
    return {one["Id"] for one in search(account, expression)}


class TestSending:
    def test_what_is_sent_is_found(self, account: Account) -> None:
        trace = trace_id()
        whole = segment(trace, annotations={"orderId": "o-1"}, metadata={"shop": {"n": [1]}})
        assert put(account, whole) == []
        (found,) = read(account, trace)
        assert found == whole

    def test_a_subsegment_may_come_by_itself_and_first(self, account: Account) -> None:
        trace, outer = trace_id(), segment(trace_id())
        outer["trace_id"] = trace
        middle = segment(trace, name="cook", type="subsegment", parent_id=outer["id"])
        inner = segment(trace, name="chop", type="subsegment", parent_id=middle["id"])
        put(account, inner)
        put(account, middle)
        put(account, outer)
        (found,) = read(account, trace)
        (cook,) = found["subsegments"]
        assert cook["name"] == "cook"
        assert "parent_id" not in cook
        assert [one["name"] for one in cook["subsegments"]] == ["chop"]

    def test_a_segment_in_progress_is_replaced_when_it_has_ended(self, account: Account) -> None:
        trace = trace_id()
        ended = segment(trace)
        begun = {k: v for k, v in ended.items() if k != "end_time"} | {"in_progress": True}
        put(account, begun)
        assert [one["IsPartial"] for one in search(account) if one["Id"] == trace] == [True]
        put(account, ended)
        assert read(account, trace) == [ended]
        assert [one["IsPartial"] for one in search(account) if one["Id"] == trace] == [False]

    @pytest.mark.parametrize(
        ("wrong", "code"),
        [
            ({"id": "short"}, "InvalidId"),
            ({"trace_id": "1-1-1"}, "InvalidTraceId"),
            ({"end_time": None}, "MissingEndTime"),
            ({"name": ""}, "MissingName"),
            ({"type": "subsegment"}, "MissingParentId"),
        ],
    )
    def test_one_that_is_none_is_named_and_holds_up_no_other(
        self, account: Account, wrong: dict[str, Any], code: str
    ) -> None:
        good, bad = segment(trace_id()), segment(trace_id()) | wrong
        (refused,) = put(account, bad, good)
        assert (refused["ErrorCode"], refused["Id"]) == (code, bad["id"])
        assert read(account, good["trace_id"]) == [good]

    def test_text_that_is_no_json(self, account: Account) -> None:
        (refused,) = put(account, "{")
        assert refused["ErrorCode"] == "ParseError"

    def test_an_id_of_w3c_is_taken(self, account: Account) -> None:
        trace = trace_id()
        put(account, segment(trace.removeprefix("1-").replace("-", "")))
        assert read(account, trace)[0]["trace_id"] == trace

    def test_a_table_gets_a_segment_that_nobody_sent(self, account: Account) -> None:
        trace = trace_id()
        call = {"table_name": "orders", "operation": "PutItem"}
        part = segment(trace, name="DynamoDB", namespace="aws", aws=call)
        put(account, segment(trace, subsegments=[part]))
        table = by_origin(read(account, trace, 2))["AWS::DynamoDB::Table"]
        assert table["inferred"] is True
        assert table["parent_id"] == part["id"]

    def test_what_nobody_sent_is_no_trace(self, account: Account) -> None:
        assert account.client("xray").batch_get_traces(TraceIds=[trace_id()])["Traces"] == []

    def test_five_traces_at_once_and_no_more(self, account: Account) -> None:
        call = account.client("xray").batch_get_traces
        code, _ = error(call, TraceIds=[trace_id() for _ in range(6)])
        assert code == "InvalidRequestException"

    def test_segments_go_to_xray_itself(self, account: Account) -> None:
        answer = account.client("xray").get_trace_segment_destination()
        assert (answer["Destination"], answer["Status"]) == ("XRay", "ACTIVE")

    def test_what_the_sandbox_has_not_is_refused(self, account: Account) -> None:
        code, message = error(account.client("xray").create_group, GroupName="g")
        assert code == "UnsupportedOperation"
        assert "Nothing was done" in message


class TestFunctions:
    def test_two_segments_and_init_apart(self, account: Account, traced_role: str) -> None:
        name = account.function(ECHO, role=traced_role, **ACTIVE)
        header = account.invoke(name).payload
        fields = dict(part.split("=") for part in header.split(";"))
        found = by_origin(read(account, fields["Root"], 2))
        service, function = found["AWS::Lambda"], found["AWS::Lambda::Function"]
        assert service["name"] == function["name"] == name
        assert function["parent_id"] == service["id"]
        assert function["id"] == fields["Parent"]
        (init,) = function["subsegments"]
        assert init["name"] == "Init"
        assert service["start_time"] <= init["start_time"] < init["end_time"]
        assert init["end_time"] <= function["start_time"] + 0.001
        assert function["end_time"] <= service["end_time"]

    def test_a_warm_call_has_no_init_and_the_report_names_the_trace(
        self, account: Account, traced_role: str
    ) -> None:
        name = account.function(ECHO, role=traced_role, **ACTIVE)
        account.invoke(name)
        sent = f"Root={trace_id()};Parent={secrets.token_hex(8)};Sampled=1"
        answer = call_with(account, name, sent)
        fields = dict(part.split("=") for part in answer["payload"].split(";"))
        assert fields["Root"] in sent
        found = by_origin(read(account, fields["Root"], 2))
        assert "subsegments" not in found["AWS::Lambda::Function"]
        assert found["AWS::Lambda"]["parent_id"] in sent
        assert f"XRAY TraceId: {fields['Root']}\tSegmentId: {fields['Parent']}" in answer["log"]

    def test_the_fault_of_a_function_is_its_own(self, account: Account, traced_role: str) -> None:
        name = account.function(FAILS, role=traced_role, **ACTIVE)
        trace = trace_id()
        call_with(account, name, f"Root={trace};Sampled=1")
        found = by_origin(read(account, trace, 2))
        assert "fault" not in found["AWS::Lambda"]
        assert found["AWS::Lambda::Function"]["fault"] is True
        (exception,) = found["AWS::Lambda::Function"]["cause"]["exceptions"]
        assert (exception["type"], exception["message"]) == ("ValueError", "no such dish")

    def test_who_calls_decides_against_it(self, account: Account, traced_role: str) -> None:
        name = account.function(ECHO, role=traced_role, **ACTIVE)
        trace = trace_id()
        answer = call_with(account, name, f"Root={trace};Sampled=0")
        assert f"Root={trace}" in answer["payload"]
        assert "Sampled=0" in answer["payload"]
        assert "XRAY" not in answer["log"]
        assert account.client("xray").batch_get_traces(TraceIds=[trace])["Traces"] == []

    def test_passing_through_hands_on_and_sends_nothing(self, account: Account) -> None:
        name = account.function(ECHO)
        trace, parent = trace_id(), secrets.token_hex(8)
        answer = call_with(account, name, f"Root={trace};Parent={parent};Sampled=1")
        assert answer["payload"].startswith(f"Root={trace};Parent={parent};Sampled=1")
        assert account.client("xray").batch_get_traces(TraceIds=[trace])["Traces"] == []
        assert "Sampled=0" in account.invoke(name).payload

    def test_the_next_call_of_the_same_connection_has_a_trace_of_its_own(
        self, account: Account, traced_role: str
    ) -> None:
        name, trace = account.function(ECHO, role=traced_role, **ACTIVE), trace_id()
        assert trace in call_with(account, name, f"Root={trace};Sampled=1")["payload"]
        assert trace not in account.invoke(name).payload
        deep = f"Root={trace};Sampled=1;Lineage=15:0f0f0f0f:0"
        assert "Lineage=16:" in call_with(account, name, deep)["payload"]

    def test_a_role_that_may_not_send_segments_is_refused(self, account: Account) -> None:
        with pytest.raises(Exception, match="to call PutTraceSegments on XRAY"):
            account.function(ECHO, **ACTIVE)
        name = account.function(ECHO)
        code, message = error(
            account.client("lambda").update_function_configuration, FunctionName=name, **ACTIVE
        )
        assert code == "InvalidParameterValueException"
        assert "PutTraceSegments on XRAY" in message

    def test_a_role_that_loses_the_right_leaves_no_trace(
        self, account: Account, traced_role: str
    ) -> None:
        name = account.function(ECHO, role=traced_role, **ACTIVE)
        account.client("iam").detach_role_policy(
            RoleName=traced_role.rpartition("/")[2], PolicyArn=DAEMON
        )
        trace = trace_id()
        call_with(account, name, f"Root={trace};Sampled=1")
        assert account.client("xray").batch_get_traces(TraceIds=[trace])["Traces"] == []

    def test_the_first_of_a_second_is_recorded_and_few_others(
        self, account: Account, traced_role: str
    ) -> None:
        name = account.function(ECHO, role=traced_role, **ACTIVE)
        account.invoke(name)
        wait_for(lambda: time.time() % 1 < 0.05)
        headers = [account.invoke(name).payload for _ in range(20)]
        assert "Sampled=1" in headers[0]
        assert sum("Sampled=1" in header for header in headers) < 15


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
        url, _arn = account.queue()
        sender_source = (
            "import boto3\nsqs = boto3.client('sqs')\n"
            f"def handler(event, context): sqs.send_message(QueueUrl={url!r}, MessageBody='x')\n"
        )
        account.allow(traced_role, statement("sqs:SendMessage"))
        sender = account.function(sender_source, role=traced_role, **ACTIVE)
        consumer = account.function(ECHO, role=traced_role, **ACTIVE)
        account.client("lambda").create_event_source_mapping(
            FunctionName=consumer, EventSourceArn=_arn
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


class TestFinding:
    def test_filters(self, account: Account) -> None:
        slow, faulty, handled = trace_id(), trace_id(), trace_id()
        key = secrets.token_hex(4)
        mine = {"annotations": {"run": key, "items": 3}}
        response = {"request": {"url": "https://shop/order"}, "response": {"status": 500}}
        put(account, segment(slow, start_time=time.time() - 3, **mine))
        put(account, segment(faulty, fault=True, http=response, **mine))
        below = segment(handled, name="kitchen", fault=True)
        part = segment(handled, name="call", id=secrets.token_hex(8))
        below["parent_id"] = part["id"]
        put(account, segment(handled, subsegments=[part], **mine), below)
        of_this = f'annotation.run = "{key}"'
        assert ids(account, of_this) == {slow, faulty, handled}
        assert ids(account, f"{of_this} AND responsetime > 2") == {slow}
        assert ids(account, f"{of_this} fault") == {faulty}
        assert ids(account, f"{of_this} AND service() {{ fault }}") == {faulty, handled}
        assert ids(account, f'{of_this} service("kitchen") {{ fault }}') == {handled}
        assert ids(account, f'{of_this} edge("shop", "kitchen")') == {handled}
        assert ids(account, f"{of_this} AND !(fault OR responsetime > 2)") == {handled}
        assert ids(account, f"{of_this} AND http.status = 500") == {faulty}
        assert ids(account, f'{of_this} http.url CONTAINS "order"') == {faulty}
        assert ids(account, f"annotation.items >= 3 AND {of_this}") == {slow, faulty, handled}
        assert ids(account, f"annotation[run] BEGINSWITH '{key[:4]}' AND ok") >= {slow, handled}

    @pytest.mark.parametrize("wrong", ["service(", "colour = 3", "responsetime >", "a b )", "@"])
    def test_what_is_no_expression_is_refused(self, account: Account, wrong: str) -> None:
        code, _ = error(search, account, wrong)
        assert code == "InvalidRequestException"

    def test_a_summary(self, account: Account) -> None:
        trace = trace_id()
        put(account, segment(trace, origin="AWS::Lambda", annotations={"who": "me", "vip": True}))
        (found,) = [one for one in search(account) if one["Id"] == trace]
        assert found["Duration"] == pytest.approx(0.2, abs=0.01)
        assert found["EntryPoint"]["Name"] == "shop"
        (value,) = found["Annotations"]["who"]
        assert value["AnnotationValue"] == {"StringValue": "me"}
        assert value["ServiceIds"][0]["Type"] == "AWS::Lambda"
        assert found["Annotations"]["vip"][0]["AnnotationValue"] == {"BooleanValue": True}

    def test_the_map_of_services(self, account: Account) -> None:
        trace, shop, table = trace_id(), Aws.name("shop"), Aws.name("orders")
        part = segment(trace, name="DynamoDB", namespace="aws", aws={"table_name": table})
        put(account, segment(trace, name=shop, subsegments=[part], fault=True))
        found = {one.get("Name", "client"): one for one in service_map(account)}
        assert found[shop]["Root"] is True
        assert found[shop]["SummaryStatistics"]["FaultStatistics"]["TotalCount"] == 1
        (edge,) = found[shop]["Edges"]
        assert edge["ReferenceId"] == found[table]["ReferenceId"]
        assert found[table]["Type"] == "AWS::DynamoDB::Table"
        client = {one["ReferenceId"] for one in found["client"]["Edges"]}
        assert found[shop]["ReferenceId"] in client


class TestSampling:
    def test_rules_are_made_changed_and_deleted(self, account: Account) -> None:
        xray, name = account.client("xray"), Aws.name("rule")[:32]
        rule = {
            "RuleName": name, "ResourceARN": "*", "Priority": 9, "FixedRate": 0.5,
            "ReservoirSize": 2, "ServiceName": "*", "ServiceType": "*", "Host": "*",
            "HTTPMethod": "POST", "URLPath": "/order", "Version": 1,
        }  # fmt: skip
        made = xray.create_sampling_rule(SamplingRule=rule)["SamplingRuleRecord"]["SamplingRule"]
        assert made["RuleARN"].endswith(f"sampling-rule/{name}")
        code, _ = error(xray.create_sampling_rule, SamplingRule=rule)
        assert code == "InvalidRequestException"
        update = {"RuleName": name, "FixedRate": 1.0}
        xray.update_sampling_rule(SamplingRuleUpdate=update)
        records = xray.get_sampling_rules()["SamplingRuleRecords"]
        rates = {
            one["SamplingRule"]["RuleName"]: one["SamplingRule"]["FixedRate"] for one in records
        }
        assert rates[name] == 1.0
        assert rates["Default"] == 0.05
        xray.delete_sampling_rule(RuleName=name)
        code, _ = error(xray.delete_sampling_rule, RuleName=name)
        assert code == "InvalidRequestException"

    def test_a_stage_asks_the_rules(self, account: Account, traced_role: str) -> None:
        xray, name = account.client("xray"), Aws.name("all")[:32]
        api = order_api(account, traced_role, tracing=True)
        rule = {
            "RuleName": name, "ResourceARN": f"*/restapis/{api.id}/*", "Priority": 1,
            "FixedRate": 1.0, "ReservoirSize": 0, "ServiceName": "*", "Host": "*",
            "ServiceType": "AWS::ApiGateway::Stage", "HTTPMethod": "*", "URLPath": "*",
            "Version": 1,
        }  # fmt: skip
        xray.create_sampling_rule(SamplingRule=rule)
        answers = [api.call("/order", json={}).json() for _ in range(5)]
        xray.update_sampling_rule(SamplingRuleUpdate={"RuleName": name, "FixedRate": 0.0})
        answers += [api.call("/order", json={}).json() for _ in range(5)]
        xray.delete_sampling_rule(RuleName=name)
        assert [("Sampled=1" in one) for one in answers] == [True] * 5 + [False] * 5


def call_with(account: Account, function: str, header: str) -> dict[str, str]:
    """Invoke a function as somebody who has a trace."""
    client = account.client("lambda")

    def add(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = header

    client.meta.events.register("before-sign.lambda.Invoke", add)
    try:
        answer = account.invoke(function)
    finally:
        client.meta.events.unregister("before-sign.lambda.Invoke", add)
    return {"payload": answer.payload, "log": answer.log}


def order_api(account: Account, role: str, *, tracing: bool) -> Api:
    """An API with a traced function behind its one method, which answers with its header."""
    source = (
        "import json, os\ndef handler(event, context):\n"
        "    return {'statusCode': 200, 'body': json.dumps(os.environ['_X_AMZN_TRACE_ID'])}\n"
    )
    arn = account.function_arn(source, role=role, **ACTIVE)
    api = Api(account)
    api.proxy(api.resource("order"), arn)
    api.permit(arn)
    api.deploy(tracingEnabled=tracing)
    return api


def service_map(account: Account) -> list[dict[str, Any]]:
    """The services of the last minutes."""
    now = dt.datetime.now(dt.UTC)
    answer = account.client("xray").get_service_graph(
        StartTime=now - dt.timedelta(minutes=5), EndTime=now + dt.timedelta(seconds=5)
    )
    return list(answer["Services"])
