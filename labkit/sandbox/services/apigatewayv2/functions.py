"""HTTP and WebSocket APIs, which are MiniStack's: they call only functions that let them.

MiniStack asks no function; a request whose function may not be called is answered 500.
Source: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs".
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.services.apigateway.authorizers import function_arn, may_invoke
from labkit.sandbox.upstream.apigateway import apigateway
from labkit.sandbox.upstream.app import responses

REFUSED = (
    500,
    {"Content-Type": "application/json"},
    json.dumps({"message": "Internal Server Error"}).encode(),
)

Data = dict[str, Any]


async def invoke_of_route(
    upstream: Any, integration: Data, api: str, stage: str, *more: Any, **named: Any
) -> Any:
    """Call the function of a route, if that lets API Gateway."""
    route = more[5] if len(more) > 5 else named.get("route_key", "$default")
    account, region = named["owner_account_id"], named["owner_region"]
    if not _may_invoke(integration, (api, stage, route), account, region):
        return REFUSED
    return await upstream(integration, api, stage, *more, **named)


async def invoke_of_socket(
    upstream: Any, api: str, account: str, region: str, route: Data, stage: str,
    *more: Any, **named: Any,
) -> Any:  # fmt: skip
    """Call the function of a WebSocket's route, if that lets API Gateway."""
    with responses.request_scope(account, region):
        integration = _integration(api, route)
    place = (api, stage, route.get("routeKey", "$default"))
    closed = "AWS" in integration.get("integrationType", "") and not _may_invoke(
        integration, place, account, region
    )
    if closed:
        return {"statusCode": 500}
    return await upstream(api, account, region, route, stage, *more, **named)


async def invoke_of_authorizer(
    upstream: Any, authorizer: Data, event: Data, account: str, region: str
) -> Any:
    """Call the function of an authorizer, if that lets API Gateway."""
    if not may_invoke(authorizer, event["requestContext"]["apiId"], account, region):
        return None
    return await upstream(authorizer, event, account, region)


def _integration(api: str, route: Data) -> Data:
    name = str(route.get("target", "")).rpartition("/")[2]
    found: Data = apigateway._integrations.get(api, {}).get(name) or {}
    return found


def _may_invoke(integration: Data, place: tuple[str, str, str], account: str, region: str) -> bool:
    uri = integration.get("integrationUri", "")
    reference = apigateway._extract_lambda_ref_from_integration_uri(uri)
    function = function_arn(reference, account, region)
    if role := integration.get("credentialsArn"):
        return permissions.role_may(role, permissions.API_GATEWAY, permissions.INVOKE, function)
    api, stage, route = place
    path = route.replace(" /", "/").replace(" ", "/")
    source = f"arn:aws:execute-api:{region}:{account}:{api}/{stage}/{path}"
    return permissions.resource_allows(
        permissions.API_GATEWAY, permissions.INVOKE, function, source
    )
