"""API Gateway: HTTP and WebSocket APIs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labkit.prices import Unit
from labkit.resources.billing import Billing, Meter
from labkit.resources.kind import Create, Exists, Found, GetClient, Kind, each, pages


class HttpApi(Kind):
    """An HTTP or WebSocket API with its routes, integrations and stages."""

    name = "HTTP API"
    service = "apigatewayv2"
    in_arns = "apigateway"
    creates = (Create("CreateApi", "Name", "ApiId", "Tags", longest=128),)
    parts = each(
        "ApiId",
        "CreateAuthorizer",
        "CreateDeployment",
        "CreateIntegration",
        "CreateIntegrationResponse",
        "CreateModel",
        "CreateRoute",
        "CreateRouteResponse",
        "CreateStage",
        "ReimportApi",
    )
    harmless = each("it only reads, or empties a cache", "ExportApi", "ResetAuthorizersCache")
    deletes = each("ApiId", "DeleteApi")
    missing = frozenset(["NotFoundException"])
    busy = frozenset(["ConflictException"])
    exists = each(
        Exists("ConflictException", "already"),
        "CreateModel",
        "CreateRoute",
        "CreateRouteResponse",
        "CreateStage",
    )
    billing = Billing(
        meters=(
            Meter(
                "api-gateway-http-request",
                "AWS/ApiGateway",
                ("Count",),
                "ApiId",
                Unit.REQUEST,
                1,
                "larger requests count as several",
                by_id=True,
            ),
        )
    )

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        api = get_client("apigatewayv2").get_api(ApiId=resource_id)
        return Found(resource_id, api["Name"], api.get("Tags", {}))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        listed: Iterable[dict[str, Any]] = pages(get_client("apigatewayv2"), "get_apis", "Items[]")
        return (api["ApiId"] for api in listed if marker in api["Name"])

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("apigatewayv2").delete_api(ApiId=resource_id)
