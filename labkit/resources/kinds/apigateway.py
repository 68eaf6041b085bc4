"""API Gateway: REST APIs, usage plans and API keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labkit.prices import Unit
from labkit.resources.billing import FREE, Billing, Meter
from labkit.resources.kind import Create, Exists, Found, GetClient, Kind, each, pages
from labkit.resources.rights import Right

MISSING = frozenset(["NotFoundException"])
BUSY = frozenset(["ConflictException", "TooManyRequestsException"])
EXISTS = Exists("ConflictException", "already")
"""API Gateway uses the code for another change that is under way, too."""
EXECUTION_LOGS = "API-Gateway-Execution-Logs_"
"""How the log group begins that API Gateway makes for a stage; API's id and stage follow."""


class RestApi(Kind):
    """A REST API with its resources, methods, integrations, deployments and stages."""

    name = "REST API"
    service = "apigateway"
    creates = (Create("CreateRestApi", "name", "id", "tags", longest=1024),)
    parts = each(
        "restApiId",
        "CreateAuthorizer",
        "CreateDeployment",
        "CreateDocumentationPart",
        "CreateDocumentationVersion",
        "CreateModel",
        "CreateRequestValidator",
        "CreateResource",
        "CreateStage",
        "ImportDocumentationParts",
        "PutGatewayResponse",
        "PutIntegration",
        "PutIntegrationResponse",
        "PutMethod",
        "PutMethodResponse",
        "PutRestApi",
    )
    harmless = each(
        "a test call, or an emptied cache",
        "FlushStageAuthorizersCache",
        "FlushStageCache",
        "TestInvokeAuthorizer",
        "TestInvokeMethod",
    )
    deletes = each("restApiId", "DeleteRestApi")
    after = ("usage plan",)
    missing = MISSING
    busy = BUSY
    pace_s = 30.0
    """AWS takes one DeleteRestApi per 30 s from an account (API Gateway quotas)."""
    deletion_timeout_s = 1800.0
    """Thirty learners of one account are through after 15 minutes; doubled."""
    exists = each(
        EXISTS,
        "CreateDocumentationPart",
        "CreateDocumentationVersion",
        "CreateModel",
        "CreateResource",
        "CreateStage",
        "PutMethod",
        "PutMethodResponse",
    )
    billing = Billing(
        meters=(
            Meter(
                "api-gateway-rest-request",
                "AWS/ApiGateway",
                ("Count",),
                "ApiName",
                Unit.REQUEST,
                1,
                "calls without a deployed stage are not counted",
            ),
        )
    )

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        api = get_client("apigateway").get_rest_api(restApiId=resource_id)
        return Found(resource_id, api["name"], api.get("tags", {}))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        return _ids(get_client, "get_rest_apis", marker)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("apigateway").delete_rest_api(restApiId=resource_id)

    def implied_by_part(self, params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        api, stage = params.get("restApiId"), params.get("stageName")
        if api and stage:  # made when a stage's execution logging is turned on
            yield "log group", f"{EXECUTION_LOGS}{api}/{stage}"

    def alongside(self, get_client: GetClient, resource_id: str) -> Iterable[tuple[str, str]]:
        names = "logGroups[].logGroupName"
        own = {"logGroupNamePrefix": f"{EXECUTION_LOGS}{resource_id}/"}
        for name in pages(get_client("logs"), "describe_log_groups", names, **own):
            yield "log group", name


class UsagePlan(Kind):
    """A usage plan with the stages and keys it joins."""

    name = "usage plan"
    service = "apigateway"
    creates = (Create("CreateUsagePlan", "name", "id", "tags", longest=1024),)
    parts = each("usagePlanId", "CreateUsagePlanKey")
    deletes = each("usagePlanId", "DeleteUsagePlan")
    missing = MISSING
    busy = BUSY
    exists = each(EXISTS, "CreateUsagePlanKey")
    billing = FREE

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        plan = get_client("apigateway").get_usage_plan(usagePlanId=resource_id)
        return Found(resource_id, plan["name"], plan.get("tags", {}))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        return _ids(get_client, "get_usage_plans", marker)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client, plan = get_client("apigateway"), {"usagePlanId": resource_id}
        stages = client.get_usage_plan(**plan).get("apiStages", [])
        leave = [
            {"op": "remove", "path": "/apiStages", "value": f"{one['apiId']}:{one['stage']}"}
            for one in stages
        ]
        if leave:  # API Gateway keeps a plan that a stage uses
            client.update_usage_plan(patchOperations=leave, **plan)
        client.delete_usage_plan(**plan)


class ApiKey(Kind):
    """An API key."""

    name = "API key"
    service = "apigateway"
    creates = (Create("CreateApiKey", "name", "id", "tags", longest=1024),)
    deletes = each("apiKey", "DeleteApiKey")
    after = ("usage plan",)
    missing = MISSING
    busy = BUSY
    billing = FREE

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        key = get_client("apigateway").get_api_key(apiKey=resource_id)
        return Found(resource_id, key["name"], key.get("tags", {}))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        return _ids(get_client, "get_api_keys", marker)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("apigateway").delete_api_key(apiKey=resource_id)


def _ids(get_client: GetClient, listing: str, marker: str) -> Iterable[str]:
    listed: Iterable[dict[str, Any]] = pages(get_client("apigateway"), listing, "items[]")
    return (one["id"] for one in listed if marker in one["name"])


RIGHTS = (
    Right("student", "HandRolesToTheLessonsServices", passed_to=("apigateway.amazonaws.com",)),
    Right("student", "Look", ("apigateway:GET",)),
    Right(
        "student",
        "MakeApis",
        ("apigateway:POST",),
        (
            "arn:aws:apigateway:*::/apis",
            "arn:aws:apigateway:*::/apikeys",
            "arn:aws:apigateway:*::/restapis",
            "arn:aws:apigateway:*::/usageplans",
        ),
    ),
    Right(
        "student",
        "WorkOnApisWithARunsTag",
        ("apigateway:DELETE", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT"),
        (
            "arn:aws:apigateway:*::/apikeys/*",
            "arn:aws:apigateway:*::/apis/*",
            "arn:aws:apigateway:*::/restapis/*",
            "arn:aws:apigateway:*::/usageplans/*",
        ),
    ),
    Right(
        "student",
        "WorkOnWhatInheritsNoTag",
        ("apigateway:DELETE", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT"),
        ("arn:aws:apigateway:*::/apis/*/*", "arn:aws:apigateway:*::/tags/*"),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("apigateway:GET",)),
    Right("sweep", "DeleteWhatHasNoNameByItsTag", ("apigateway:DELETE", "apigateway:PATCH")),
)
