"""Measured calls of real functions in the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from distributed import LocalCluster

from labkit.aws.remote_clients import _made
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
from labkit.measure.measuring_client import measuring_client, open_connections
from tests.support.measured_functions import make_function, measuring, remove_function


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


def test_a_labs_client_measures_without_repeating(lab: Lab) -> None:
    client = lab.client("lambda", attempts=1, connections=100)
    assert measuring_client(client, concurrency=100) is client
    for measures in (client, measuring_client(lab.client("lambda"), concurrency=50)):
        config: Config = measures.meta.config
        assert config.retries["total_max_attempts"] == 1
    assert lab.client("lambda").meta.config.retries["total_max_attempts"] > 1


@pytest.mark.slow
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


def test_several_functions_share_one_schedule(lambda_client: Any, make: Callable[..., str]) -> None:
    one, other = make(), make()
    calls = calls_under_load(
        lambda_client, [one, other], [{}, {"raise": True}], [0, 0.01], progress=False
    )
    assert calls.set_index("function")["status"].to_dict() == {one: "success", other: "error"}
