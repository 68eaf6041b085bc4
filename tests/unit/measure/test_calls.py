"""Measured calls, of answers recorded on AWS."""

from __future__ import annotations

import base64
import io
import json
import pickle
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from labkit.aws.remote_clients import ClientDescription
from labkit.errors import LabkitError
from labkit.measure.calls import (
    call_frame,
    measured_call,
)
from labkit.measure.measuring_client import measuring_client, measuring_config

ID = "8f507cfc-57a9-4b63-9cf1-3f0d8e5b2c11"


def test_an_unreachable_service_is_a_failed_call() -> None:
    unreachable = boto3.Session("a", "b", region_name="ap-northeast-2").client(
        "lambda", endpoint_url="http://127.0.0.1:9", config=measuring_config(1)
    )
    calls = call_frame([measured_call(unreachable, "f")])
    assert calls["status"].tolist() == ["failed"]
    assert calls["error_type"].tolist() == ["EndpointConnectionError"]
    assert calls["start"].isna().all()


def recorded(tail: str, payload: Any, function_error: str | None = None) -> dict[str, Any]:
    """Measure a call that gets an answer as AWS gave it."""
    client = boto3.Session("a", "b", region_name="ap-northeast-2").client("lambda")
    body = json.dumps(payload).encode()
    answer = {
        "StatusCode": 200,
        "LogResult": base64.b64encode(tail.encode()).decode(),
        "Payload": StreamingBody(io.BytesIO(body), len(body)),
        "ResponseMetadata": {"RequestId": ID},
    }
    answer |= {"FunctionError": function_error} if function_error else {}
    with Stubber(client) as stub:
        stub.add_response("invoke", answer)
        return measured_call(client, "f")


def report(fields: str) -> str:
    return f"START RequestId: {ID} Version: $LATEST\nEND RequestId: {ID}\n" + (
        f"REPORT RequestId: {ID}\t{fields}\t\n"
    )


@pytest.mark.parametrize(
    ("fields", "billed"),
    [
        ("Duration: 133.61 ms\tBilled Duration: 214 ms\tInit Duration: 80.00 ms", 214),
        ("Duration: 3016.78 ms\tBilled Duration: 3101 ms\tInit Duration: 84.00 ms", 3101),
        ("Duration: 61.09 ms\tBilled Duration: 4048 ms\tInit Duration: 3986.50 ms", 4048),
        (
            "Duration: 306.34 ms\tBilled Duration: 610 ms\tRestore Duration: 511.25 ms\t"
            "Billed Restore Duration: 303 ms",
            610,
        ),
    ],
)
def test_the_bill_is_recomputed_as_aws_reckons_it(fields: str, billed: int) -> None:
    row = recorded(report(f"{fields}\tMemory Size: 128 MB\tMax Memory Used: 36 MB"), {})
    assert row["billed_ms"] == row["recomputed_billed_ms"] == billed


@pytest.mark.parametrize(
    "payload",
    [
        {
            "errorType": "Sandbox.Timedout",
            "errorMessage": f"RequestId: {ID} Error: Task timed out after 1.00 seconds",
        },
        {"errorMessage": f"2024-04-10T10:00:00.000Z {ID} Task timed out after 1.00 seconds"},
    ],
)
def test_a_timeout_is_known_in_either_of_its_forms(payload: dict[str, str]) -> None:
    tail = report(
        "Duration: 1000.00 ms\tBilled Duration: 1000 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 36 MB"
    )
    row = recorded(tail, payload, "Unhandled")
    assert (row["status"], row["error_type"]) == ("timeout", "Sandbox.Timedout")


def test_running_out_of_memory_is_a_row() -> None:
    tail = report(
        "Duration: 714.30 ms\tBilled Duration: 1192 ms\tMemory Size: 1024 MB\t"
        "Max Memory Used: 1035 MB\tInit Duration: 476.75 ms\tStatus: error\t"
        "Error Type: Runtime.OutOfMemory"
    )
    row = recorded(tail, {"errorType": "Runtime.ExitError", "errorMessage": "x"}, "Unhandled")
    assert (row["status"], row["error_type"]) == ("error", "Runtime.OutOfMemory")
    assert row["max_memory_mb"] == 1035


def test_a_tail_without_a_report_leaves_its_columns_empty() -> None:
    calls = call_frame([recorded(f"START RequestId: {ID} Version: $LATEST\n", {})])
    assert calls["duration_ms"].isna().all()
    assert calls["start"].isna().all()
    assert calls["status"].tolist() == ["success"]


def test_a_client_that_hides_throttling_is_refused() -> None:
    repeats = boto3.Session("a", "b", region_name="ap-northeast-2").client("lambda")
    with pytest.raises(LabkitError, match="repeats throttled calls"):
        measuring_client(repeats)


def test_a_client_with_too_few_connections_is_refused() -> None:
    narrow = boto3.Session("a", "b", region_name="ap-northeast-2").client(
        "lambda", config=measuring_config(10)
    )
    assert measuring_client(narrow, 10) is narrow
    with pytest.raises(LabkitError, match="20 calls at once, but this client has 10 connections"):
        measuring_client(narrow, 20)


def test_a_plain_client_is_made_anew_with_the_workers_own_credentials() -> None:
    here = boto3.Session("a", "b", region_name="ap-northeast-2").client(
        "lambda", endpoint_url="http://127.0.0.1:9", config=measuring_config(30)
    )
    described = pickle.loads(pickle.dumps(ClientDescription.of(here)))
    assert described.credentials == (None, None, None)
    there = described.client()
    assert there is described.client()
    assert there.meta.endpoint_url == "http://127.0.0.1:9"
    assert there.meta.config.max_pool_connections == 30
    assert measuring_client(there, 30) is there
