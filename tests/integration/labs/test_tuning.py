"""A real function in the sandbox, tuned."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from labkit.errors import LabkitError
from labkit.labs.functions.tuning import tune
from tests.support.measured_functions import make_function, measuring, remove_function


@pytest.fixture
def function(sandbox_line: str, plain: Callable[[str], Any]) -> Iterator[tuple[Any, str]]:
    client = measuring(sandbox_line)
    name = make_function(client, plain)
    yield client, name
    remove_function(client, plain, name)


def test_a_real_function_is_tuned_and_gets_its_memory_back(function: tuple[Any, str]) -> None:
    client, name = function
    found = tune(client, name, {"sleep_s": 0.05}, [128, 1024], blocks=6, calls=1, progress=False)
    assert found.best_mb == 128
    assert found.frame.groupby("memory_mb")["start"].value_counts().to_dict() == {
        (128, "cold"): 6,
        (128, "warm"): 6,
        (1024, "cold"): 6,
        (1024, "warm"): 6,
    }
    after = client.get_function_configuration(FunctionName=name)
    assert after["MemorySize"] == 512
    assert "LABKIT_COLD_START" not in after.get("Environment", {}).get("Variables", {})


def test_an_accounts_limit_is_met_before_anything_is_measured(function: tuple[Any, str]) -> None:
    client, name = function
    invoked = []
    client.meta.events.register("before-call.lambda.Invoke", lambda **_: invoked.append(1))
    client.meta.events.register("before-send.lambda.UpdateFunctionConfiguration", as_a_new_account)
    with pytest.raises(LabkitError, match="AWS refuses 4096 MB here") as caught:
        tune(client, name, {}, [128, 4096], progress=False)
    assert "less than or equal to 3008" in str(caught.value)
    assert "Nothing was measured" in str(caught.value)
    assert not invoked
    assert client.get_function_configuration(FunctionName=name)["MemorySize"] == 512


def as_a_new_account(request: Any, **_: Any) -> AWSResponse | None:
    """Answer as AWS does in a new account, whose functions have 3,008 MB at most."""
    if json.loads(request.body).get("MemorySize", 0) <= 3008:
        return None
    said = (
        "'MemorySize' value failed to satisfy constraint: Member must have value less than or "
        "equal to 3008"
    )
    body = json.dumps({"Type": "User", "message": said}).encode()
    headers = {"x-amzn-errortype": "InvalidParameterValueException"}
    raw = SimpleNamespace(stream=lambda *_, **__: iter([body]))
    return AWSResponse(request.url, 400, headers, raw)
