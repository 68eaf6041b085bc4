"""API Gateway: REST APIs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labkit.resources.kind import Create, Found, GetClient, Kind, each, pages


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
    missing = frozenset(["NotFoundException"])
    busy = frozenset(["ConflictException", "TooManyRequestsException"])
    pace_s = 30.0
    """AWS takes one DeleteRestApi per 30 s from an account (API Gateway quotas)."""
    patience_s = 1800.0
    """Thirty learners of one account are through after 15 minutes; doubled."""
    visible_within_s = 2.0

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        api = get_client("apigateway").get_rest_api(restApiId=resource_id)
        return Found(resource_id, api["name"], api.get("tags", {}))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        listed: Iterable[dict[str, Any]] = pages(
            get_client("apigateway"), "get_rest_apis", "items[]"
        )
        return (api["id"] for api in listed if marker in api["name"])

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("apigateway").delete_rest_api(restApiId=resource_id)
