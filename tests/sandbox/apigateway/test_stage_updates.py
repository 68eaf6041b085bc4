"""API Gateway's stages, canaries, keys, usage plans and documentation: answers and refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from tests.sandbox.apigateway.test_control_plane import BAD, NOT_FOUND, Rest, told
from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import error


@pytest.fixture
def staged(aws: Aws) -> Rest:
    """An API of this test's own, deployed to a stage."""
    rest = Rest(aws)
    rest.mocked('{"is": "first", "v": "$stageVariables.v"}')
    rest.gateway.create_deployment(restApiId=rest.id, stageName="live", variables={"v": "one"})
    return rest


class TestStages:
    def test_has_what_aws_says(self, staged: Rest) -> None:
        stage = told(staged.gateway.get_stage(restApiId=staged.id, stageName="live"))
        assert stage.keys() == {
            *("stageName", "deploymentId", "createdDate", "lastUpdatedDate", "tracingEnabled"),
            *("cacheClusterEnabled", "cacheClusterStatus", "methodSettings", "variables"),
        }
        assert stage["cacheClusterStatus"] == "NOT_AVAILABLE"

    def test_settings_of_methods(self, staged: Rest) -> None:
        changed = staged.patched(
            "update_stage",
            ("replace", "/*/*/throttling/burstLimit", "123"),
            ("replace", "/~1orders/GET/metrics/enabled", "true"),
            stageName="live",
        )
        settings = changed["methodSettings"]
        assert settings["*/*"]["throttlingBurstLimit"] == 123
        assert settings["orders/GET"]["metricsEnabled"] is True
        assert settings["orders/GET"]["throttlingBurstLimit"] == 123
        left = staged.patched("update_stage", ("remove", "/*/*"), stageName="live")
        assert left["methodSettings"].keys() == {"orders/GET"}
        assert staged.refused("update_stage", ("remove", "/*/*"), stageName="live") == (
            BAD,
            "Cannot remove method setting */* because there is no method setting for this method ",
        )

    @pytest.mark.parametrize("path", ["/tags/one", "/*/*/caching/wishes", "/variables"])
    def test_paths_that_there_are_not(self, staged: Rest, path: str) -> None:
        code, said = staged.refused("update_stage", ("replace", path, "x"), stageName="live")
        assert code == BAD
        assert said.startswith(f"Invalid method setting path: {path}. Must be one of: [/deploymen")

    @pytest.mark.parametrize(
        ("patch", "said"),
        [
            (
                ("add", "/accessLogSettings/level", "x"),
                "Invalid accessLogSettings path. Must be one of : "
                "[/accessLogSettings/destinationArn, /accessLogSettings/format]",
            ),
            (("replace", "/accessLogSettings/format", ""), "Access Log value must not be empty"),
        ],
    )
    def test_settings_of_access_logs(self, staged: Rest, patch: tuple[str, ...], said: str) -> None:
        assert staged.refused("update_stage", patch, stageName="live") == (BAD, said)

    def test_lists_those_of_a_deployment(self, staged: Rest) -> None:
        made = staged.gateway.create_deployment(restApiId=staged.id, stageName="next")["id"]
        found = staged.gateway.get_stages(restApiId=staged.id, deploymentId=made)["item"]
        assert [one["stageName"] for one in found] == ["next"]


class TestCanaries:
    def test_serves_its_share_and_is_promoted(self, aws: Aws, staged: Rest) -> None:
        template = {"application/json": '{"is": "second", "v": "$stageVariables.v"}'}
        staged.gateway.put_integration_response(
            **staged.get, statusCode="200", responseTemplates=template
        )
        settings = {"percentTraffic": 0.0, "stageVariableOverrides": {"v": "two"}}
        canary = staged.gateway.create_deployment(
            restApiId=staged.id, stageName="live", canarySettings=settings
        )["id"]
        stage = staged.gateway.get_stage(restApiId=staged.id, stageName="live")
        assert stage["canarySettings"] == settings | {
            "deploymentId": canary,
            "useStageCache": False,
        }
        assert called(aws, staged.id, "live") == {"is": "first", "v": "one"}
        all_of_it = "replace", "/canarySettings/percentTraffic", "100.0"
        staged.patched("update_stage", all_of_it, stageName="live")
        assert called(aws, staged.id, "live") == {"is": "second", "v": "two"}
        copies = [
            {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"},
            {"op": "copy", "from": "/canarySettings/stageVariableOverrides", "path": "/variables"},
            {"op": "remove", "path": "/canarySettings"},
        ]
        promoted = staged.gateway.update_stage(
            restApiId=staged.id, stageName="live", patchOperations=copies
        )
        assert (promoted["deploymentId"], promoted["variables"]) == (canary, {"v": "two"})
        assert "canarySettings" not in promoted
        assert called(aws, staged.id, "live") == {"is": "second", "v": "two"}

    def test_refuses(self, staged: Rest) -> None:
        add = "add", "/canarySettings/deploymentId", "x"
        assert staged.refused("update_stage", add, stageName="live") == (
            BAD,
            "Invalid add operation with path: /canarySettings/deploymentId",
        )
        nowhere = "replace", "/canarySettings/deploymentId", "x"
        assert staged.refused("update_stage", nowhere, stageName="live") == (
            BAD,
            "Deployment id does not exist",
        )
        create = staged.gateway.create_deployment
        said = error(create, restApiId=staged.id, canarySettings={"percentTraffic": 1})
        assert said[1].endswith("must be provided for canary deployment. Provided value is null")


class TestKeysAndPlans:
    def test_a_key_is_disabled_and_its_value_hidden(self, aws: Aws) -> None:
        gateway = aws.client("apigateway")
        key = gateway.create_api_key(name=aws.name("key"))
        assert (key["enabled"], key["stageKeys"], len(key["value"])) == (False, [], 32)
        assert "value" not in gateway.get_api_key(apiKey=key["id"])
        assert gateway.get_api_key(apiKey=key["id"], includeValue=True)["value"] == key["value"]
        [listed] = gateway.get_api_keys(nameQuery=key["name"])["items"]
        assert "value" not in listed
        on = [{"op": "replace", "path": "/enabled", "value": "true"}]
        assert gateway.update_api_key(apiKey=key["id"], patchOperations=on)["enabled"] is True

    def test_values_that_no_key_has(self, aws: Aws) -> None:
        create = aws.client("apigateway").create_api_key
        assert error(create, name="key", value="short") == (
            BAD,
            "API Key value should be at least 20 characters",
        )
        assert error(create, name="key", value="x" * 129) == (
            BAD,
            "API Key value exceeds maximum size of 128 characters",
        )

    def test_a_plan_has_stages_that_are_there(self, aws: Aws, staged: Rest) -> None:
        gateway = staged.gateway
        plan = gateway.create_usage_plan(name=aws.name("plan"), quota={"limit": 5, "period": "DAY"})
        assert plan["quota"] == {"limit": 5, "period": "DAY", "offset": 0}

        def update(*operations: dict[str, str]) -> Any:
            return gateway.update_usage_plan(
                usagePlanId=plan["id"], patchOperations=list(operations)
            )

        change = {"op": "add", "path": "/apiStages", "value": f"{staged.id}:live"}
        limit = {"op": "replace", "path": "/throttle/rateLimit", "value": "2.5"}
        changed = update(change, limit)
        assert changed["apiStages"] == [{"apiId": staged.id, "stage": "live"}]
        assert changed["throttle"] == {"rateLimit": 2.5}
        dead = {"op": "add", "path": "/apiStages", "value": f"{staged.id}:dead"}
        given = {"usagePlanId": plan["id"], "patchOperations": [dead]}
        assert error(gateway.update_usage_plan, **given) == (
            NOT_FOUND,
            f"Invalid API Stage {{api: {staged.id}, stage: dead}} specified for usageplan "
            f"{plan['id']}",
        )
        gateway.delete_stage(restApiId=staged.id, stageName="live")
        change = {"op": "remove", "path": "/apiStages", "value": f"{staged.id}:live"}
        assert update(change)["apiStages"] == []


class TestDocumentation:
    def test_parts_of_a_definition_and_versions(self, staged: Rest) -> None:
        gateway = staged.gateway
        part = {"location": {"type": "METHOD", "method": "GET"}, "properties": {"description": "d"}}
        spec = {
            "openapi": "3.0.1",
            "x-amazon-apigateway-documentation": {"documentationParts": [part]},
        }
        body = json.dumps(spec).encode()
        ids = gateway.import_documentation_parts(restApiId=staged.id, body=body)["ids"]
        [found] = gateway.get_documentation_parts(restApiId=staged.id)["items"]
        assert found["id"] == ids[0]
        assert found["location"] == {"type": "METHOD", "method": "GET", "path": "/"}
        named = {"restApiId": staged.id, "documentationVersion": "v1"}
        gateway.create_documentation_version(**named)
        described = [{"op": "replace", "path": "/description", "value": "first"}]
        gateway.update_documentation_version(**named, patchOperations=described)
        assert gateway.get_documentation_version(**named)["description"] == "first"
        gateway.delete_documentation_version(**named)
        assert error(gateway.get_documentation_version, **named)[0] == NOT_FOUND

    def test_a_file_that_is_no_definition(self, staged: Rest) -> None:
        refused = error(
            staged.gateway.import_documentation_parts, restApiId=staged.id, body=b'{"a": 1}'
        )
        assert refused == (BAD, "Unable to build importer with provided input.")


def called(aws: Aws, api: str, stage: str) -> Any:
    """What an API's root answers."""
    url = f"{aws.endpoint}/_aws/execute-api/{api}/{stage}/"
    return requests.get(url, timeout=10).json()


class TestDefinitions:
    def test_one_operation_for_all_verbs(self, aws: Aws) -> None:
        mock = {
            "type": "mock",
            "passthroughBehavior": "when_no_match",
            "requestTemplates": {"application/json": '{"statusCode": 200}'},
            "responses": {
                "default": {
                    "statusCode": 200,
                    "responseTemplates": {"application/json": '{"all": 1}'},
                }
            },
        }
        spec = {
            "openapi": "3.0.1",
            "info": {"title": aws.name("any"), "version": "7"},
            "paths": {
                "/": {
                    "x-amazon-apigateway-any-method": {
                        "responses": {"200": {"headers": {"X-One": {}}}},
                        "x-amazon-apigateway-integration": mock,
                    }
                }
            },
        }
        gateway = aws.client("apigateway")
        made = gateway.import_rest_api(body=json.dumps(spec).encode())
        assert made["version"] == "7"
        named = {"restApiId": made["id"], "resourceId": made["rootResourceId"]}
        method = gateway.get_method(**named, httpMethod="ANY")
        assert method["methodIntegration"]["passthroughBehavior"] == "WHEN_NO_MATCH"
        assert method["methodResponses"]["200"]["responseParameters"] == {
            "method.response.header.X-One": False
        }
        gateway.create_deployment(restApiId=made["id"], stageName="live")
        assert called(aws, made["id"], "live") == {"all": 1}
