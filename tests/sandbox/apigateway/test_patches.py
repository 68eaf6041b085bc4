"""A patch of a wrong type is refused, and can never make a later answer unreadable."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import error


@pytest.fixture(scope="module")
def api(aws: Aws) -> str:
    """A REST API."""
    return str(aws.client("apigateway").create_rest_api(name=aws.name("api"))["id"])


def patch(path: str, value: str) -> list[dict[str, Any]]:
    """One operation that replaces something."""
    return [{"op": "replace", "path": path, "value": value}]


def test_compression_goes_on_and_off(aws: Aws, api: str) -> None:
    gateway = aws.client("apigateway")
    size = "/minimumCompressionSize"
    on = gateway.update_rest_api(restApiId=api, patchOperations=patch(size, "100"))
    assert on["minimumCompressionSize"] == 100
    off = gateway.update_rest_api(restApiId=api, patchOperations=patch(size, ""))
    assert "minimumCompressionSize" not in off
    gateway.get_rest_apis()


@pytest.mark.parametrize("value", ["abc", "-5", "10485761", "1.5"])
def test_a_size_that_is_none(aws: Aws, api: str, value: str) -> None:
    gateway = aws.client("apigateway")
    given = {"restApiId": api, "patchOperations": patch("/minimumCompressionSize", value)}
    assert error(gateway.update_rest_api, **given) == (
        "BadRequestException",
        "Invalid minimum compression size, must be between 0 and 10485760",
    )
    gateway.get_rest_apis()


def test_truths_and_numbers_of_other_things(aws: Aws, api: str) -> None:
    gateway = aws.client("apigateway")
    given = {"restApiId": api, "patchOperations": patch("/disableExecuteApiEndpoint", "perhaps")}
    assert gateway.update_rest_api(**given)["disableExecuteApiEndpoint"] is False
    plan = gateway.create_usage_plan(name=aws.name("plan"), throttle={"burstLimit": 1})["id"]
    given = {"usagePlanId": plan, "patchOperations": patch("/throttle/burstLimit", "many")}
    assert error(gateway.update_usage_plan, **given)[0] == "BadRequestException"
    assert gateway.get_usage_plan(usagePlanId=plan)["throttle"]["burstLimit"] == 1
