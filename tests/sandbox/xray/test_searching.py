"""Traces are found by filter expressions, summed up, and drawn as a map of services."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from typing import Any

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import Account, error
from tests.sandbox.xray.conftest import ids, put, search, segment, trace_id


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


def service_map(account: Account) -> list[dict[str, Any]]:
    """The services of the last minutes."""
    now = dt.datetime.now(dt.UTC)
    answer = account.client("xray").get_service_graph(
        StartTime=now - dt.timedelta(minutes=5), EndTime=now + dt.timedelta(seconds=5)
    )
    return list(answer["Services"])
