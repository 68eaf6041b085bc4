"""Measured calls: of real functions in the sandbox, and of answers recorded on AWS."""

from __future__ import annotations

import base64
import io
import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from botocore.stub import Stubber
from distributed import LocalCluster

from labkit.aws.remote_clients import ClientDescription, _made
from labkit.errors import LabkitError
from labkit.lab import Lab
from labkit.labs.functions import deploy
from labkit.measure.calls import (
    CALL_COLUMNS,
    call_frame,
    call_repeatedly,
    calls_under_load,
    measured_call,
)
from labkit.measure.cold import force_cold, proof_of_cold
from labkit.measure.load import burst
from labkit.measure.measuring_client import measuring_client, measuring_config, open_connections
from tests.unit.measured_functions import make_function, measuring, remove_function

ID = "8f507cfc-57a9-4b63-9cf1-3f0d8e5b2c11"


@pytest.fixture(scope="module")
def lambda_client(sandbox_line: str) -> Any:
    return measuring(sandbox_line)


@pytest.fixture
def make(lambda_client: Any, plain: Callable[[str], Any]) -> Iterator[Callable[..., str]]:
    made = []

    def make_one(*args: Any, **settings: Any) -> str:
        made.append(make_function(lambda_client, plain, *args, **settings))
        return made[-1]

    yield make_one
    for name in made:
        remove_function(lambda_client, plain, name)


def test_one_call_is_one_row_whatever_became_of_it(
    lambda_client: Any, make: Callable[..., str]
) -> None:
    payloads = [{}, {}, {"raise": True}, {"exit": True}, {}, {"sleep_s": 5}, {}]
    calls = call_repeatedly(lambda_client, make(timeout_s=1), payloads)
    assert list(calls.columns) == list(CALL_COLUMNS)
    assert {name: str(kind) for name, kind in calls.dtypes.items()} == CALL_COLUMNS
    assert calls["start"].tolist() == [
        "cold",
        "warm",
        "warm",
        "warm",
        "suppressed",
        "warm",
        "suppressed",
    ]
    assert calls["status"].tolist() == [
        "success",
        "success",
        "error",
        "error",
        "success",
        "timeout",
        "success",
    ]
    assert calls["error_type"].dropna().tolist() == [
        "ValueError",
        "Runtime.ExitError",
        "Sandbox.Timedout",
    ]
    assert calls["environment"].nunique() == 1
    assert calls["instance"].nunique() == 3
    assert (calls["residual_ms"] > 0).all()
    assert calls["billed_ms"].tolist() == calls["recomputed_billed_ms"].tolist()
    assert json.loads(calls["answer"].iloc[0]) == {"slept_s": 0}


def test_forced_cold_starts_are_proven_cold(lambda_client: Any, make: Callable[..., str]) -> None:
    name = make()
    rows = []
    for _ in range(3):
        force_cold(lambda_client, name)
        rows += [measured_call(lambda_client, name, {}) for _ in range(2)]
    proof = proof_of_cold(call_frame(rows))
    assert proof["proven"].tolist() == [True, False] * 3
    assert proof["start"].tolist() == ["cold", "warm"] * 3


def test_forcing_a_cold_start_leaves_other_settings_alone(
    lambda_client: Any, make: Callable[..., str]
) -> None:
    name = make()
    force_cold(lambda_client, name, Environment={"Variables": {"STAGE": "test"}}, MemorySize=256)
    force_cold(lambda_client, name)
    found = lambda_client.get_function_configuration(FunctionName=name)
    assert found["MemorySize"] == 256
    assert found["Environment"]["Variables"]["STAGE"] == "test"


def test_throttled_calls_are_rows(lambda_client: Any, make: Callable[..., str]) -> None:
    name = make(timeout_s=10)
    lambda_client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=2)
    open_connections(lambda_client, name, 6)
    calls = calls_under_load(lambda_client, name, [{"sleep_s": 2}] * 6, burst(6), progress=False)
    assert calls["start"].value_counts().to_dict() == {"throttled": 4, "cold": 2}
    throttled = calls[calls["start"] == "throttled"]
    assert set(throttled["error_type"]) == {"ReservedFunctionConcurrentInvocationLimitExceeded"}
    assert throttled["duration_ms"].isna().all()
    assert (calls["latency_ms"] >= calls["client_ms"]).all()


def test_a_call_of_no_function_is_a_mistake_and_no_row(lambda_client: Any) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        measured_call(lambda_client, "no-such-function")


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


def test_a_labs_client_measures_without_repeating(lab: Lab) -> None:
    client = lab.client("lambda", attempts=1, connections=100)
    assert measuring_client(client, concurrency=100) is client
    for measures in (client, measuring_client(lab.client("lambda"), concurrency=50)):
        config: Config = measures.meta.config
        assert config.retries["total_max_attempts"] == 1
    assert lab.client("lambda").meta.config.retries["total_max_attempts"] > 1


def test_a_dask_cluster_takes_the_load_with_no_other_change(lab: Lab, tmp_path: Path) -> None:
    """Calls that are alike are calls of their own, and each worker makes itself a client."""
    source = "import os\n\n\ndef handler(event, context):\n    return os.getpid()\n"
    (lab.folder / "who.py").write_text(source)
    name = deploy(lab, "who", "who.py")
    client = lab.client("lambda", attempts=1, connections=20)
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=4,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=str(tmp_path),
        ) as cluster,
        cluster.get_client() as dask,
    ):
        there = calls_under_load(
            client, name, [{}] * 8, burst(8), executor=dask.get_executor(), progress=False
        )
        senders = dask.run(made_clients)
    here = calls_under_load(client, name, [{}] * 8, burst(8), progress=False)
    assert list(there) == list(here)
    assert there["status"].tolist() == here["status"].tolist() == ["success"] * 8
    assert there["request_id"].nunique() == 8
    assert set(senders.values()) == {1}


def made_clients() -> int:
    """How many clients this process has made from a description."""
    return _made.cache_info().currsize


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


def test_several_functions_share_one_schedule(lambda_client: Any, make: Callable[..., str]) -> None:
    one, other = make(), make()
    calls = calls_under_load(
        lambda_client, [one, other], [{}, {"raise": True}], [0, 0.01], progress=False
    )
    assert calls.set_index("function")["status"].to_dict() == {one: "success", other: "error"}
