"""A REST API from an OpenAPI definition: methods, models, validators, parameters.

Source: API Gateway Developer Guide, "Develop REST APIs using OpenAPI in API Gateway".
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import Account, Api, error

pytestmark = pytest.mark.contract(18)

MOCK = {
    "x-amazon-apigateway-integration": {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200"}},
    },
    "responses": {"200": {"description": "taken"}},
}
ORDER = {
    "type": "object",
    "required": ["dish", "to"],
    "properties": {
        "dish": {"type": "string"},
        "year": {"type": "integer", "minimum": 2010},
        "to": {"$ref": "#/components/schemas/Address"},
    },
}
ADDRESS = {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}}
VALIDATORS = {
    "x-amazon-apigateway-request-validators": {
        "all": {"validateRequestBody": True, "validateRequestParameters": True}
    },
    "x-amazon-apigateway-request-validator": "all",
}

OPENAPI: dict[str, Any] = VALIDATORS | {
    "openapi": "3.0.1",
    "info": {"title": "orders", "version": "7"},
    "components": {"schemas": {"Order": ORDER, "Address": ADDRESS}},
    "paths": {
        "/order": {
            "post": MOCK
            | {
                "parameters": [{"name": "coupon", "in": "query", "required": True}],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Order"}}
                    }
                },
            }
        }
    },
}

SWAGGER = VALIDATORS | {
    "swagger": "2.0",
    "info": {"title": "orders", "version": "7"},
    "definitions": json.loads(
        json.dumps(OPENAPI["components"]["schemas"]).replace("components/schemas", "definitions")
    ),
    "paths": {
        "/order": {
            "post": MOCK
            | {
                "parameters": [
                    {"name": "coupon", "in": "query", "required": True},
                    {"name": "Order", "in": "body", "schema": {"$ref": "#/definitions/Order"}},
                ]
            }
        }
    },
}


@pytest.fixture(scope="module")
def gateway(aws: Aws) -> Account:
    """The account to test with."""
    return Account.of(aws)


def served(account: Account, api_id: str) -> Api:
    """Deploy an API that is there."""
    api = Api.__new__(Api)
    api.account, api.gateway, api.id = account, account.client("apigateway"), api_id
    api.deploy()
    return api


@pytest.mark.parametrize("spec", [OPENAPI, SWAGGER], ids=["OpenAPI 3", "Swagger 2"])
@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump], ids=["JSON", "YAML"])
def test_what_is_imported_validates(gateway: Account, spec: dict[str, Any], write: Any) -> None:
    client = gateway.client("apigateway")
    made = client.import_rest_api(body=write(spec).encode())
    assert (made["name"], made["version"]) == ("orders", "7")
    assert {m["name"] for m in client.get_models(restApiId=made["id"])["items"]} == {
        "Order", "Address",
    }  # fmt: skip
    api = served(gateway, made["id"])
    good = {"dish": "tea", "year": 2011, "to": {"city": "Seoul"}}
    assert api.call("/order?coupon=1", json=good).status_code == 200
    for path, body in (
        ("/order", good),
        ("/order?coupon=1", good | {"year": 2009}),
        ("/order?coupon=1", good | {"to": {}}),
        ("/order?coupon=1", {"dish": "tea"}),
    ):
        assert api.call(path, json=body).status_code == 400


def test_a_definition_goes_beside_what_is_there_or_in_its_place(gateway: Account) -> None:
    api = Api(gateway)
    api.resource("menu")
    for mode, paths in (("merge", {"/", "/menu", "/order"}), ("overwrite", {"/", "/order"})):
        api.gateway.put_rest_api(restApiId=api.id, mode=mode, body=json.dumps(OPENAPI).encode())
        found = api.gateway.get_resources(restApiId=api.id)["items"]
        assert {one["path"] for one in found} == paths


def test_what_is_no_definition_is_refused(gateway: Account) -> None:
    client = gateway.client("apigateway")
    before = len(client.get_rest_apis(limit=500)["items"])
    for body in (b"{", b"[]", b"{}", b"\xff"):
        code, _ = error(client.import_rest_api, body=body)
        assert code == "BadRequestException"
    assert len(client.get_rest_apis(limit=500)["items"]) == before
    code, _ = error(client.put_rest_api, restApiId="nope", body=json.dumps(OPENAPI).encode())
    assert code == "NotFoundException"


@pytest.mark.parametrize(
    ("basepath", "paths"),
    [("ignore", {"/", "/order"}), ("prepend", {"/", "/v1", "/v1/shop", "/v1/shop/order"}),
     ("split", {"/", "/shop", "/shop/order"})],
)  # fmt: skip
@pytest.mark.parametrize(
    "spec",
    [SWAGGER | {"basePath": "/v1/shop"},
     OPENAPI | {"servers": [{"url": "https://x/{p}", "variables": {"p": {"default": "v1/shop"}}}]}],
    ids=["Swagger 2", "OpenAPI 3"],
)  # fmt: skip
def test_a_base_path_is_put_where_it_is_asked_for(
    gateway: Account, spec: dict[str, Any], basepath: str, paths: set[str]
) -> None:
    client = gateway.client("apigateway")
    body, options = json.dumps(spec).encode(), {"basepath": basepath}
    made = client.import_rest_api(body=body, parameters=options)
    found = client.get_resources(restApiId=made["id"])["items"]
    assert {one["path"] for one in found} == paths


def test_a_schema_without_a_name_validates_too(gateway: Account) -> None:
    coupon = {"name": "coupon", "in": "query", "required": True}
    body = {"content": {"application/json": {"schema": ORDER["properties"]["dish"]}}}
    spec = json.loads(json.dumps(OPENAPI))
    spec["components"] |= {"parameters": {"Coupon": coupon}, "requestBodies": {"Dish": body}}
    spec["paths"]["/order"]["post"] |= {
        "parameters": [{"$ref": "#/components/parameters/Coupon"}],
        "requestBody": {"$ref": "#/components/requestBodies/Dish"},
    }
    made = gateway.client("apigateway").import_rest_api(body=json.dumps(spec).encode())
    api = served(gateway, made["id"])
    for path, given, status in (
        ("/order?coupon=1", "tea", 200), ("/order?coupon=1", 5, 400), ("/order", "tea", 400),
    ):  # fmt: skip
        assert api.call(path, json=given).status_code == status


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        ({"x-amazon-apigateway-integration": {"type": "nope"}},
         "Invalid integration type specified: nope"),
        ({"x-amazon-apigateway-request-validator": "nope"},
         "Invalid request validator specified: nope"),
        ({"requestBody": {"$ref": "#/components/requestBodies/Nope"}},
         "Unable to resolve the reference '#/components/requestBodies/Nope'"),
        ({"requestBody": {"content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Nope"}}}}},
         "Unable to put method 'POST' on /order: Invalid model identifier specified: Nope"),
    ],
)  # fmt: skip
def test_an_import_that_fails_changes_nothing(gateway: Account, wrong: Any, text: str) -> None:
    api = Api(gateway)
    api.resource("menu")
    spec = json.loads(json.dumps(OPENAPI))
    spec["paths"]["/order"]["post"] |= wrong
    body = json.dumps(spec).encode()
    before = len(api.gateway.get_rest_apis(limit=500)["items"])
    for call in (
        lambda: api.gateway.import_rest_api(body=body),
        lambda: api.gateway.put_rest_api(restApiId=api.id, mode="overwrite", body=body),
    ):
        assert error(call) == ("BadRequestException", f"Errors found during import:\n\t{text}")
    assert len(api.gateway.get_rest_apis(limit=500)["items"]) == before
    found = api.gateway.get_resources(restApiId=api.id)["items"]
    assert {one["path"] for one in found} == {"/", "/menu"}


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [("application/json", "{}", 400), ("Application/JSON; charset=utf-8", "{}", 400),
     ("text/plain", "{}", 200), ("application/json", '{"dish": NaN}', 400)],
)  # fmt: skip
def test_a_body_without_a_model_of_its_type_is_not_looked_at(
    gateway: Account, kind: str, body: str, status: int
) -> None:
    made = gateway.client("apigateway").import_rest_api(body=json.dumps(OPENAPI).encode())
    api = served(gateway, made["id"])
    headers = {"Content-Type": kind}
    answer = api.call("/order?coupon=1", data=body, headers=headers)
    # The mock has a template for JSON alone, and hands what is not JSON to no template.
    assert (answer.status_code == 400) == (status == 400), answer.text
