"""HTTP and WebSocket APIs, which are MiniStack's: they call only functions that let them.

MiniStack asks no function; a request whose function may not be called is answered 500. The seams
are the calls of functions: of a route, of a WebSocket's route, and of an authorizer.
Source: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs".
"""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import apigateway

from labkit.sandbox.gateway import permissions
from labkit.sandbox.services.apigateway.authorizers import function_arn, may_invoke
from labkit.sandbox.upstream import seams

MODULE = apigateway.__name__

REFUSED = (
    500,
    {"Content-Type": "application/json"},
    json.dumps({"message": "Internal Server Error"}).encode(),
)

ROUTE = (
    "(integration, api_id, stage, path, method, headers, body, query_params, route_key='$default', "
    "path_params=None, *, authorizer_claims=None, authorizer_scopes=None, "
    "authorizer_lambda_context=None, authorizer_iam=None, owner_account_id=None, "
    "owner_region=None, raw_query_string=None)"
)
SOCKET = (
    "(api_id, account_id, region, route, stage, connection_id, event_type, message_id, body_text, "
    "source_ip, headers, query_params=None, **kwargs)"
)

Data = dict[str, Any]


def install() -> None:
    """Take the calls of functions."""
    _of_routes()
    _of_sockets()
    _of_authorizers()


def _of_routes() -> None:
    async def invoke(integration: Data, api: str, stage: str, *more: Any, **named: Any) -> Any:
        route = more[5] if len(more) > 5 else named.get("route_key", "$default")
        account, region = named["owner_account_id"], named["owner_region"]
        if not _may_invoke(integration, (api, stage, route), account, region):
            return REFUSED
        return await upstream(integration, api, stage, *more, **named)

    upstream = seams.replace(MODULE, "_invoke_lambda_proxy", invoke, like=ROUTE)


def _of_sockets() -> None:
    async def invoke(
        api: str, account: str, region: str, route: Data, stage: str, *more: Any, **named: Any
    ) -> Any:
        with request_scope(account, region):
            integration = _integration(api, route)
        place = (api, stage, route.get("routeKey", "$default"))
        closed = "AWS" in integration.get("integrationType", "") and not _may_invoke(
            integration, place, account, region
        )
        if closed:
            return {"statusCode": 500}
        return await upstream(api, account, region, route, stage, *more, **named)

    upstream = seams.replace(MODULE, "_invoke_ws_lambda", invoke, like=SOCKET)


def _of_authorizers() -> None:
    async def invoke(authorizer: Data, event: Data, account: str, region: str) -> Any:
        if not may_invoke(authorizer, event["requestContext"]["apiId"], account, region):
            return None
        return await upstream(authorizer, event, account, region)

    upstream = seams.replace(
        MODULE,
        "_invoke_request_authorizer_lambda",
        invoke,
        like="(authorizer, event, account_id, region)",
    )


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
