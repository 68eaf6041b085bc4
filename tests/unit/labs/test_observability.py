"""Traces as rows and as a waterfall, the map of services, dashboards' metrics, error budgets."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pandas as pd
import pytest

from labkit.labs.observability.dashboard_drawing import queries_of
from labkit.labs.observability.faults import FAULTS, WHAT, WHERE
from labkit.labs.observability.service_map import service_map
from labkit.labs.observability.slo import budget, burn_down, burn_rate
from labkit.labs.observability.state_history import state_history
from labkit.measure.traces import as_frame, trace_of
from labkit.polling import NotInTime
from labkit.show.measurements.trace_waterfall import trace_waterfall

NOON = dt.datetime(2026, 3, 6, 12, 0, tzinfo=dt.UTC)
CHILD = {"aws.xray.reserved.reference_type": "child"}


def segment(name: str, begin: float, seconds: float, **more: Any) -> dict[str, Any]:
    """A segment of the trace `t`."""
    place = {"id": name, "trace_id": "t", "start_time": 100 + begin}
    return {"name": name, "end_time": 100 + begin + seconds} | place | more


def part(name: str, begin: float, seconds: float, **more: Any) -> dict[str, Any]:
    """A subsegment."""
    return {k: v for k, v in segment(name, begin, seconds, **more).items() if k != "trace_id"}


FRONT = segment(
    "lk-observ-0a1b2c3d-front", 0, 0.2, origin="AWS::Lambda::Function", id="f",
    subsegments=[part("SQS", 0.05, 0.1, namespace="aws")],
)  # fmt: skip
QUEUE = segment(
    "SQS", 0.05, 0.1, id="q", parent_id="SQS", origin="AWS::SQS::Queue", inferred=True,
    links=[{"trace_id": "u", "id": "k", "attributes": CHILD}],
)  # fmt: skip
KITCHEN = segment(
    "lk-observ-0a1b2c3d-kitchen", 1.15, 0.5, id="k", trace_id="u", fault=True,
    origin="AWS::Lambda::Function", subsegments=[part("Init", 0.9, 0.25)],
)  # fmt: skip


class FakeXRay:
    """Gives the traces of this module."""

    def batch_get_traces(self, TraceIds: list[str]) -> dict[str, Any]:  # noqa: N803
        found = {"t": [FRONT, QUEUE], "u": [KITCHEN]}.get(TraceIds[0])
        documents = [{"Id": one["id"], "Document": json.dumps(one)} for one in found or ()]
        return {"Traces": [{"Segments": documents}] if found else []}


def test_a_trace_is_rows_in_the_order_of_the_calls_linked_ones_last() -> None:
    frame = trace_of(FakeXRay(), "t", [KITCHEN["name"]])
    assert frame["id"].tolist() == ["f", "SQS", "q", "k", "Init"]
    assert frame["depth"].tolist() == [0, 1, 2, 0, 1]
    assert frame["linked"].tolist() == [False, False, False, True, True]
    assert frame["kind"].tolist() == ["segment", "subsegment", "inferred", "segment", "subsegment"]
    assert frame["start_s"].round(2).tolist() == [0, 0.05, 0.05, 1.15, 0.9]


def test_a_service_that_sends_nothing_is_waited_for_and_named() -> None:
    with pytest.raises(NotInTime, match="saga"):
        trace_of(FakeXRay(), "t", ["saga"], seconds=0.2)


def test_the_waterfall_tells_the_wait_in_the_queue_and_the_fault() -> None:
    alt = trace_waterfall(as_frame([[FRONT, QUEUE], [KITCHEN]])).alt
    assert alt.startswith("A trace of 6 bars over 1.65 s. front · function from under 1 ms for 200")
    assert "in the queue from 150 ms for 1.00 s" in alt
    assert "kitchen · function from 1.15 s for 500 ms, a fault" in alt


def test_an_empty_trace_is_not_drawn() -> None:
    with pytest.raises(ValueError, match="nothing to draw"):
        trace_waterfall(as_frame([[FRONT]]).head(0))


def services() -> list[dict[str, Any]]:
    """A client, a function as X-Ray shows it, and a queue with a consumer."""

    def one(number: int, name: str, kind: str, faults: int, *edges: Any) -> dict[str, Any]:
        faulty = {"FaultStatistics": {"TotalCount": faults}}
        statistics = {"TotalCount": 4, "TotalResponseTime": 2.0} | faulty
        after = [{"ReferenceId": to, "EdgeType": how} for to, how in edges]
        shown = {"ReferenceId": number, "Name": name, "Type": kind, "Edges": after}
        return shown | {"SummaryStatistics": statistics}

    client = {"ReferenceId": 9, "Type": "client", "Edges": [{"ReferenceId": 1}]}
    return [
        client,
        one(1, "front", "AWS::Lambda", 0, (2, "")),
        one(2, "front", "AWS::Lambda::Function", 1, (3, "")),
        one(3, "orders", "AWS::SQS::Queue", 0, (4, "link")),
        one(4, "kitchen", "AWS::Lambda", 0),
    ]


def test_the_map_shows_a_function_once() -> None:
    alt = service_map(services()).alt
    assert alt.startswith("A map of 4 services. customer: 0 calls")
    assert "front: 4 calls, 500 ms each, 1 fault; calls orders" in alt
    assert "orders: 4 calls, 500 ms each; calls kitchen (linked)" in alt


def test_a_map_of_nothing_is_not_drawn() -> None:
    with pytest.raises(ValueError, match="no trace was recorded"):
        service_map([])


def test_a_widgets_metrics_become_queries() -> None:
    metrics = [
        ["AWS/SQS", "Sent", "QueueName", "q", {"stat": "Sum", "id": "a", "visible": False}],
        [".", "Deleted", ".", "."],
        [{"expression": "a / 2", "label": "half", "id": "e"}],
    ]
    sent, deleted, half = queries_of(metrics, {"period": 10, "stat": "Maximum"})
    assert sent["MetricStat"]["Stat"] == "Sum"
    assert sent["ReturnData"] is False
    assert deleted["MetricStat"]["Metric"] == {
        "Namespace": "AWS/SQS",
        "MetricName": "Deleted",
        "Dimensions": [{"Name": "QueueName", "Value": "q"}],
    }
    assert (deleted["MetricStat"]["Stat"], deleted["MetricStat"]["Period"]) == ("Maximum", 10)
    assert (half["Expression"], half["Label"]) == ("a / 2", "half")


@pytest.mark.parametrize(
    ("bad", "total", "goal", "rate"), [(5, 100, 0.95, 1), (50, 100, 0.95, 10), (0, 0, 0.95, 0)]
)
def test_the_burn_rate(bad: float, total: float, goal: float, rate: float) -> None:
    assert burn_rate(bad, total, goal) == pytest.approx(rate)


@pytest.mark.parametrize("goal", [0, 1, 95])
def test_a_goal_is_a_share(goal: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        burn_rate(1, 2, goal)


def test_the_budget_is_that_of_all_that_came() -> None:
    at = [NOON + dt.timedelta(seconds=10 * n) for n in range(3)]
    frame = pd.DataFrame({"at": at, "bad": [0, 1, 1], "total": [10, 10, 20]})
    found = budget(frame, 0.95)
    assert found["left"].tolist() == pytest.approx([1, 0.5, 0])
    assert found["burn"].tolist() == pytest.approx([0, 2, 1])
    assert "0% is left. 2 of 40 were bad" in burn_down(frame, 0.95).alt


class FakeCloudWatch:
    """An alarm that went off, and came back."""

    def describe_alarms(self, **_: Any) -> dict[str, Any]:
        alarm = {"AlarmName": "lk-x-dead", "AlarmConfigurationUpdatedTimestamp": NOON}
        return {"MetricAlarms": [alarm]}

    def describe_alarm_history(self, **_: Any) -> dict[str, Any]:
        def item(second: int, state: str) -> dict[str, Any]:
            data = json.dumps({"newState": {"stateValue": state}})
            return {"Timestamp": NOON + dt.timedelta(seconds=second), "HistoryData": data}

        return {"AlarmHistoryItems": [item(30, "OK"), item(10, "ALARM")]}


def test_an_alarms_states_over_time() -> None:
    alt = state_history(FakeCloudWatch(), ["lk-x-dead"]).alt
    assert "dead: insufficient data for 10.0 s, then ALARM for 20.0 s, then OK for" in alt


def test_there_are_six_faults_at_least_and_no_two_are_one_diagnosis() -> None:
    diagnoses = {(fault.where, fault.what) for fault in FAULTS}
    assert len(diagnoses) == len(FAULTS) >= 6
    assert {where for where, _ in diagnoses} <= set(WHERE)
    assert {what for _, what in diagnoses} <= set(WHAT)
