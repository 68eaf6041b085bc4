"""API Gateway: REST APIs, their stages, and what stands behind them."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from labkit.sandbox.gateway.errors import ResourceNotFound
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.apigateway import (
    api_keys,
    authorizers,
    definition_parts,
    definitions,
    deployments,
    integrations,
    patches,
    scope,
    stages,
    test_invoke_method,
)
from labkit.sandbox.services.provider import Output, Provider, around, instead, operation
from labkit.sandbox.upstream.apigateway import apigateway_v1


class ApiGateway(Provider):
    """API Gateway, version 1."""

    hooks = (
        *(
            instead(apigateway_v1, name, deployments.DeployedStore(name))
            for name in deployments.CAPTURED
        ),
        around(apigateway_v1, "_create_deployment", deployments.create),
        around(apigateway_v1, "_delete_deployment", deployments.delete),
        around(apigateway_v1, "_execute_in_scope", stages.execute),
        around(apigateway_v1, "_invoke_authorizer_lambda", authorizers.invoke),
        around(apigateway_v1, "_invoke_http_proxy_v1", integrations.http_backend),
        around(apigateway_v1, "_put_integration", integrations.put),
        around(apigateway_v1, "_update_api_key", api_keys.update),
        around(apigateway_v1, "_update_integration", integrations.update),
        around(apigateway_v1, "method_authorization_type", deployments.authorization_type),
        instead(apigateway_v1, "_check_passthrough_behavior", integrations.mapped_later),
        instead(apigateway_v1, "_import_operation", definitions.import_operation),
        instead(apigateway_v1, "_import_rest_api", definitions.import_api),
        instead(apigateway_v1, "_invoke_lambda_custom_v1", integrations.service_backend),
        instead(apigateway_v1, "_invoke_lambda_proxy_v1", integrations.service_backend),
        instead(apigateway_v1, "_invoke_mock_v1", integrations.mock_backend),
        instead(apigateway_v1, "_invoke_sqs_v1", integrations.service_backend),
        instead(apigateway_v1, "find_api_scope", scope.owner_of),
    )

    async def answer(self, request: Request) -> Output:
        """Answer a request whose patches are of the types of what they change."""
        patches.check(request)
        return await super().answer(request)

    @operation("UpdateRestApi")
    async def update_rest_api(self, request: Request) -> Response:
        """Update a REST API."""
        return await patches.update_rest_api(request)

    @operation("ImportRestApi")
    def import_rest_api(self, request: Request) -> Response:
        """Make an API of an OpenAPI definition."""
        api_id = definitions.import_api(definition_parts.read(request.body))
        return Response(*apigateway_v1._get_rest_api(api_id))._replace(status=201)

    @operation("PutRestApi")
    def put_rest_api(self, request: Request) -> Response:
        """Put an OpenAPI definition into an API, beside what it has or in its place."""
        api_id = request.parameters["restApiId"]
        if api_id not in apigateway_v1._rest_apis:
            raise ResourceNotFound("Invalid API identifier specified", "NotFoundException")
        in_its_place = request.parameters.get("mode") == "overwrite"
        put = definitions.overwrite if in_its_place else definitions.merge
        put(api_id, definition_parts.read(request.body))
        return Response(*apigateway_v1._get_rest_api(api_id))

    @operation("DeleteDeployment")
    def delete_deployment(self, request: Request) -> Awaitable[Response]:
        """Delete a deployment that no stage uses."""
        given = request.parameters
        deployments.check_unused(given["restApiId"], given["deploymentId"])
        return request.forward()

    @operation("TestInvokeMethod")
    async def test_invoke_method(self, request: Request) -> dict[str, Any]:
        """Run a method as it is now, and say what happened."""
        given = request.parameters
        where = given["restApiId"], given["resourceId"], given["httpMethod"]
        return await test_invoke_method.run(*where, given)


PROVIDER = ApiGateway()
