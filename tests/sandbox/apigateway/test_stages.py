"""A stage's access log, its API keys and usage plans, and the validation of requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.conftest import Aws, wait_for
from tests.sandbox.delivery import Account, Api

pytestmark = pytest.mark.contract(18)

ANSWER = "def handler(event, context): return {'statusCode': 201, 'body': 'thanks'}"


@pytest.fixture(scope="module")
def function(aws: Aws) -> str:
    """A function that answers."""
    return Account.of(aws).function_arn(ANSWER)


def order_api(account: Account, function: str, **method: Any) -> Api:
    """Return an API with POST /order, not deployed yet."""
    api = Api(account)
    resource = api.resource("order")
    ids = {"restApiId": api.id, "resourceId": resource, "httpMethod": "POST"}
    api.gateway.put_method(**ids, authorizationType="NONE", **method)
    api.gateway.put_integration(
        **ids,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{account.region}:lambda:path/2015-03-31/functions/{function}"
        "/invocations",
    )
    api.permit(function)
    return api


def logged(account: Account, group: str) -> Callable[[], list[str]]:
    """Return what reads a log group's lines."""
    return lambda: [line for lines in account.log(group).values() for line in lines]


def test_each_request_is_a_line_of_the_access_log(account: Account, function: str) -> None:
    api, group = order_api(account, function), account.name("access")
    account.client("logs").create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:{account.region}:{account.account}:log-group:{group}"
    api.deploy()
    names = ("requestId", "httpMethod", "resourcePath", "status", "responseLength", "nothing",
             "identity.sourceIp", "responseLatency", "integrationLatency")  # fmt: skip
    text = json.dumps({name: f"$context.{name}" for name in names})
    api.gateway.update_stage(
        restApiId=api.id,
        stageName="test",
        patchOperations=[
            {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": arn},
            {"op": "replace", "path": "/accessLogSettings/format", "value": text},
        ],
    )
    answers = [api.call("/order"), api.call("/nowhere")]
    lines = [json.loads(line) for line in wait_for(logged(account, group))]
    for line, answer in zip(lines, answers, strict=True):
        assert line["requestId"] == answer.headers["x-amzn-requestid"]
        assert line["status"] == str(answer.status_code)
        assert line["responseLength"] == str(len(answer.content))
        assert line["nothing"] == "-"
    assert (lines[0]["httpMethod"], lines[0]["resourcePath"]) == ("POST", "/order")
    assert int(lines[0]["responseLatency"]) >= int(lines[0]["integrationLatency"]) >= 0
    assert lines[1]["integrationLatency"] == "-"


def test_without_a_setting_nothing_is_written(account: Account, function: str) -> None:
    api, group = order_api(account, function), account.name("access")
    account.client("logs").create_log_group(logGroupName=group)
    api.deploy()
    assert api.call("/order").status_code == 201
    assert account.log(group) == {}


def test_a_key_of_a_usage_plan_opens_the_stage(account: Account, function: str) -> None:
    api = order_api(account, function, apiKeyRequired=True)
    api.deploy()
    gateway = api.gateway
    key = gateway.create_api_key(name=account.name("key"), enabled=True)
    assert api.call("/order").status_code == 403
    assert api.call("/order").json() == {"message": "Forbidden"}
    opened = {"headers": {"x-api-key": key["value"]}}
    assert api.call("/order", **opened).status_code == 403
    plan = gateway.create_usage_plan(
        name=account.name("plan"), apiStages=[{"apiId": api.id, "stage": "test"}]
    )["id"]
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    assert api.call("/order", **opened).status_code == 201
    assert api.call("/order", headers={"x-api-key": "wrong"}).status_code == 403
    patch = [{"op": "replace", "path": "/enabled", "value": "false"}]
    gateway.update_api_key(apiKey=key["id"], patchOperations=patch)
    assert api.call("/order", **opened).status_code == 403


def statuses_with_a_key(
    account: Account, function: str, calls: int, **limits: Any
) -> tuple[list[int], str]:
    """Call an API under a usage plan with limits; return the statuses and the last message."""
    api = order_api(account, function, apiKeyRequired=True)
    api.deploy()
    gateway = api.gateway
    key = gateway.create_api_key(name=account.name("key"), enabled=True)
    plan = gateway.create_usage_plan(
        name=account.name("plan"), apiStages=[{"apiId": api.id, "stage": "test"}], **limits
    )["id"]
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    answers = [api.call("/order", headers={"x-api-key": key["value"]}) for _ in range(calls)]
    return [answer.status_code for answer in answers], answers[-1].json()["message"]


def test_a_usage_plan_throttles(account: Account, function: str) -> None:
    throttle = {"rateLimit": 0.01, "burstLimit": 2}
    statuses, message = statuses_with_a_key(account, function, 4, throttle=throttle)
    assert statuses == [201, 201, 429, 429]
    assert message == "Too Many Requests"


def test_a_usage_plans_quota_ends(account: Account, function: str) -> None:
    quota = {"limit": 2, "period": "DAY"}
    statuses, message = statuses_with_a_key(account, function, 3, quota=quota)
    assert statuses == [201, 201, 429]
    assert message == "Limit Exceeded"


def test_a_request_that_breaks_its_model_is_a_400(account: Account, function: str) -> None:
    api = Api(account)
    gateway, resource = api.gateway, api.resource("order")
    schema = {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "type": "object",
        "required": ["id"],
        "properties": {"id": {"type": "string"}, "krw": {"type": "integer", "minimum": 1}},
    }
    gateway.create_model(
        restApiId=api.id, name="Order", contentType="application/json", schema=json.dumps(schema)
    )
    validator = gateway.create_request_validator(
        restApiId=api.id, name="all", validateRequestBody=True, validateRequestParameters=True
    )["id"]
    ids = {"restApiId": api.id, "resourceId": resource, "httpMethod": "POST"}
    gateway.put_method(
        **ids, authorizationType="NONE", requestValidatorId=validator,
        requestModels={"application/json": "Order"},
        requestParameters={"method.request.querystring.shop": True},
    )  # fmt: skip
    gateway.put_integration(
        **ids, type="AWS_PROXY", integrationHttpMethod="POST",
        uri=f"arn:aws:apigateway:{account.region}:lambda:path/2015-03-31/functions/{function}"
        "/invocations",
    )  # fmt: skip
    api.permit(function)
    api.deploy()
    assert api.call("/order?shop=a", json={"id": "1", "krw": 5}).status_code == 201
    for body in ({}, {"id": 1}, {"id": "1", "krw": 0}):
        answer = api.call("/order?shop=a", json=body)
        assert (answer.status_code, answer.json()) == (400, {"message": "Invalid request body"})
    missing = api.call("/order", json={"id": "1"})
    assert missing.status_code == 400
    assert missing.json() == {"message": "Missing required request parameters: [shop]"}
