"""A real function in the sandbox, tuned."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

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
