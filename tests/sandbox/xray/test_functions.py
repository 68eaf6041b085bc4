"""The segments that Lambda sends of a function."""

from __future__ import annotations

import secrets
import time

import pytest

from tests.sandbox.conftest import wait_for
from tests.sandbox.delivery import Account, error
from tests.sandbox.xray.conftest import (
    ACTIVE,
    DAEMON,
    ECHO,
    FAILS,
    by_origin,
    call_with,
    read,
    trace_id,
)


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
