"""What is sent of a trace, and what becomes of it."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.sandbox.delivery import Account, error
from tests.sandbox.xray.conftest import by_origin, ids, put, read, search, segment, trace_id


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
            ({"start_time": 1e300}, "MissingStartTime"),
            ({"end_time": "now", "in_progress": True}, "InvalidEndTime"),
            ({"fault": "yes"}, "InvalidFault"),
            ({"annotations": ["a"]}, "InvalidAnnotations"),
            ({"http": {"response": [500]}}, "InvalidHttp"),
            ({"aws": {"table_name": 7}}, "InvalidAws"),
            ({"links": [{"trace_id": 7}]}, "InvalidLinks"),
            ({"subsegments": ["cook"]}, "InvalidSubsegments"),
            ({"subsegments": [{"name": "cook"}]}, "MissingId"),
        ],
    )
    def test_one_that_is_none_is_named_and_holds_up_no_other(
        self, account: Account, wrong: dict[str, Any], code: str
    ) -> None:
        good, bad = segment(trace_id()), segment(trace_id()) | wrong
        (refused,) = put(account, bad, good)
        assert (refused["ErrorCode"], refused["Id"]) == (code, bad["id"])
        assert read(account, good["trace_id"]) == [good]
        assert good["trace_id"] in ids(account, "ok")
        account.client("xray").get_trace_graph(TraceIds=[good["trace_id"], bad["trace_id"]])

    def test_text_that_is_no_json(self, account: Account) -> None:
        (refused,) = put(account, "{")
        assert refused["ErrorCode"] == "ParseError"

    def test_parts_within_parts_have_an_end(self, account: Account) -> None:
        part = segment("")
        for _ in range(150):
            part = segment("", id=secrets.token_hex(8), subsegments=[part])
        (refused,) = put(account, segment(trace_id(), subsegments=[part]))
        assert refused["ErrorCode"] == "InvalidSubsegments"

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
