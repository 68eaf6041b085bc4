"""API Gateway, version 2: HTTP and WebSocket APIs, which are MiniStack's."""

from __future__ import annotations

from labkit.sandbox.services.apigatewayv2 import functions
from labkit.sandbox.services.provider import Provider, around
from labkit.sandbox.upstream.apigateway import apigateway


class ApiGatewayV2(Provider):
    """API Gateway, version 2."""

    hooks = (
        around(apigateway, "_invoke_lambda_proxy", functions.invoke_of_route),
        around(apigateway, "_invoke_request_authorizer_lambda", functions.invoke_of_authorizer),
        around(apigateway, "_invoke_ws_lambda", functions.invoke_of_socket),
    )


PROVIDER = ApiGatewayV2()
