"""API Gateway, version 2: HTTP and WebSocket APIs, which are MiniStack's."""

from __future__ import annotations

from collections.abc import Awaitable

from labkit.sandbox.gateway.errors import Unsupported
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.apigateway import scope
from labkit.sandbox.services.apigatewayv2 import functions
from labkit.sandbox.services.provider import Provider, around, instead, operation
from labkit.sandbox.upstream.apigateway import apigateway


class ApiGatewayV2(Provider):
    """API Gateway, version 2."""

    hooks = (
        around(apigateway, "_invoke_lambda_proxy", functions.invoke_of_route),
        around(apigateway, "_invoke_request_authorizer_lambda", functions.invoke_of_authorizer),
        around(apigateway, "_invoke_ws_lambda", functions.invoke_of_socket),
        instead(apigateway, "find_api_scope", scope.owner_of_http_api),
    )

    @operation("CreateApi")
    def create_api(self, request: Request) -> Awaitable[Response]:
        """Make an API, without the route, integration and stage of a quick create."""
        if request.parameters.get("Target"):
            raise Unsupported(
                "The sandbox has no quick create: leave Target out, and call CreateIntegration, "
                "CreateRoute and CreateStage. Nothing was created."
            )
        return request.forward()


PROVIDER = ApiGatewayV2()
