"""API Gateway's updates: each changes what is there by its patch operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.apigateway import (
    data_models,
    gateway_responses,
    identifiers,
    integration_rules,
    methods,
    patching,
    resource_tree,
    rest_apis,
    stage_updates,
)
from labkit.sandbox.services.apigateway.patching import Patch
from labkit.sandbox.services.provider import Provider, operation
from labkit.sandbox.upstream.apigateway import apigateway_v1

STORES = {
    "UpdateAuthorizer": ("_authorizers_v1", "authorizerId"),
    "UpdateDeployment": ("_deployments_v1", "deploymentId"),
    "UpdateDocumentationPart": ("_documentation_parts", "documentationPartId"),
    "UpdateRequestValidator": ("_request_validators", "requestValidatorId"),
}
"""Updates without rules of their own: MiniStack's store by API, and the parameter that names."""


class Updates(Provider):
    """The updates of REST APIs."""

    @operation(*STORES)
    def update_part(self, request: Request) -> Response:
        """Change what an API has by its id."""
        store, parameter = STORES[request.operation]
        given = request.parameters
        record = getattr(apigateway_v1, store)[given["restApiId"]][given[parameter]]
        for patch in _patches(request):
            if patch.get("path") == "/name" and not patch.get("value"):
                raise patching.bad_request("Request Validator name cannot be blank")
        patching.apply(request.operation, list(_patches(request)), record)
        return _answer(record)

    @operation("UpdateRestApi")
    def update_rest_api(self, request: Request) -> Response:
        """Change an API."""
        api_id = request.parameters["restApiId"]
        rest_apis.update(api_id, list(_patches(request)))
        return Response(*apigateway_v1._get_rest_api(api_id))

    @operation("UpdateResource")
    def update_resource(self, request: Request) -> Response:
        """Rename or move a resource."""
        given = request.parameters
        resource_tree.update(given["restApiId"], given["resourceId"], list(_patches(request)))
        return Response(*apigateway_v1._get_resource(given["restApiId"], given["resourceId"]))

    @operation("UpdateMethod")
    def update_method(self, request: Request) -> Response:
        """Change a method."""
        methods.update(_where(request), list(_patches(request)))
        return _answer(identifiers.method(*_where(request)))

    @operation("UpdateMethodResponse")
    def update_method_response(self, request: Request) -> Response:
        """Change a response of a method."""
        responses = identifiers.method(*_where(request))["methodResponses"]
        record = responses[request.parameters["statusCode"]]
        patching.apply(request.operation, list(_patches(request)), record)
        return _answer(record, 201)

    @operation("UpdateIntegration")
    def update_integration(self, request: Request) -> Response:
        """Change an integration to one that AWS takes."""
        record = identifiers.method(*_where(request))["methodIntegration"]
        changed = dict(record)
        patching.apply(request.operation, list(_patches(request)), changed)
        integration_rules.check(changed)
        record.update(changed)
        return _answer(record)

    @operation("UpdateIntegrationResponse")
    def update_integration_response(self, request: Request) -> Response:
        """Change a response of an integration."""
        integration = identifiers.method(*_where(request))["methodIntegration"]
        record = integration["integrationResponses"][request.parameters["statusCode"]]
        patching.apply(request.operation, list(_patches(request)), record)
        return _answer(record)

    @operation("UpdateModel")
    def update_model(self, request: Request) -> Response:
        """Change a model."""
        api_id, name = request.parameters["restApiId"], request.parameters["modelName"]
        data_models.update(api_id, name, list(_patches(request)))
        return Response(*apigateway_v1._get_model(api_id, name))

    @operation("UpdateGatewayResponse")
    def update_gateway_response(self, request: Request) -> Response:
        """Change what an API answers where it reaches no integration."""
        given = request.parameters
        patches = list(_patches(request))
        record = gateway_responses.update(given["restApiId"], given["responseType"], patches)
        return _answer(record)

    @operation("UpdateStage")
    def update_stage(self, request: Request) -> Response:
        """Change a stage."""
        api_id, name = request.parameters["restApiId"], request.parameters["stageName"]
        stage_updates.update(api_id, name, list(_patches(request)))
        return Response(*apigateway_v1._get_stage(api_id, name))


def _patches(request: Request) -> Iterator[Patch]:
    yield from request.parameters.get("patchOperations") or []


def _where(request: Request) -> tuple[str, str, str]:
    given = request.parameters
    return given["restApiId"], given["resourceId"], given["httpMethod"]


def _answer(record: dict[str, Any], status: int = 200) -> Response:
    return Response(*apigateway_v1._v1_response(record, status))
