"""However many calls there are: no error, no zombie, level memory, and exact metrics."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest

from tests.sandbox.conftest import Aws, aws_of, running_sandbox

PRINTING = "def handler(event, context):\n    print('order', event)\n    return event\n"


@pytest.mark.contract(32)
def test_two_thousand_calls_at_fifty_at_a_time() -> None:
    with running_sandbox() as sandbox:
        aws = aws_of(sandbox)
        fill_the_log(aws)
        lambda_, name = aws.client("lambda"), aws.function(PRINTING)
        server = psutil.Process(sandbox["server_pid"])

        def call(number: int) -> bool:
            answer = lambda_.invoke(FunctionName=name, Payload=str(number))
            return bool(answer["Payload"].read() == str(number).encode())

        held = []
        with ThreadPoolExecutor(50) as threads:
            for calls in (500, 2000):
                assert all(threads.map(call, range(calls)))
                held.append(server.memory_info().rss / 1e6)
        states = [child.status() for child in server.children()]
    assert psutil.STATUS_ZOMBIE not in states
    assert len(states) <= 50
    assert held[1] - held[0] < 5, held


def fill_the_log(aws: Aws) -> None:
    """Write as many events as the sandbox keeps, so that further ones take the place of old."""
    logs, place = aws.client("logs"), {"logGroupName": "filled", "logStreamName": "filled"}
    logs.create_log_group(logGroupName="filled")
    logs.create_log_stream(**place)
    now = int(datetime.now(UTC).timestamp() * 1000)
    events = [{"timestamp": now, "message": f"order {n:0120}"} for n in range(100)]
    for _ in range(160):
        logs.put_log_events(**place, logEvents=events)


def statistics(aws: Aws, namespace: str, metric: str) -> dict[str, Any]:
    """All statistics of the last hour, the minutes taken together."""
    cloudwatch, now = aws.client("cloudwatch"), datetime.now(UTC)
    points = cloudwatch.get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
        Period=60,
        Statistics=["Sum", "SampleCount", "Minimum", "Maximum"],
    )["Datapoints"]
    return {
        "Sum": sum(point["Sum"] for point in points),
        "SampleCount": sum(point["SampleCount"] for point in points),
        "Minimum": min(point["Minimum"] for point in points),
        "Maximum": max(point["Maximum"] for point in points),
    }


@pytest.mark.parametrize("values", [[3.0] * 500, [float(n) for n in range(9000)]])
def test_no_value_of_a_metric_is_lost(aws: Aws, values: list[float]) -> None:
    namespace = aws.name("Orders")
    for start in range(0, len(values), 100):
        data = [{"MetricName": "Total", "Value": v} for v in values[start : start + 100]]
        aws.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=data)
    assert statistics(aws, namespace, "Total") == {
        "Sum": sum(values),
        "SampleCount": len(values),
        "Minimum": min(values),
        "Maximum": max(values),
    }
