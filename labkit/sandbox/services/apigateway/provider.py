"""API Gateway: REST APIs, their stages, and what stands behind them.

| where | what |
|---|---|
| `stages.py` | a request to a stage: answered, counted, logged |
| `access_denied.py` | what is a 403: resource policies, authorizers, API keys |
| `authorizers.py`, `roles.py` | what an authorizer and an integration may call |
| `failures.py` | what is a 500, a 502 or a 504 |
| `integrations.py`, `lambda_integration.py`, … | what stands behind a method |
| `integration_mapping.py`, `mapping_templates.py`, `velocity/` | how it is mapped to that |
| `definitions.py`, `definition_parts.py` | APIs out of OpenAPI |
| `access_logs.py`, `stage_trace.py` | what is written of a request |
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.apigateway import (
    access_denied,
    answers,
    authorizers,
    canaries,
    data_models,
    definition_parts,
    definitions,
    deployments,
    gateway_responses,
    identifiers,
    integration_rules,
    integrations,
    methods,
    model_patterns,
    request_validation,
    resource_tree,
    rest_apis,
    scope,
    stages,
    test_invoke_method,
    wording,
)
from labkit.sandbox.services.apigateway.accounts_provider import Accounts
from labkit.sandbox.services.apigateway.updates_provider import Updates
from labkit.sandbox.services.provider import Output, around, instead, operation
from labkit.sandbox.upstream.apigateway import apigateway_v1


class ApiGateway(Accounts, Updates):
    """API Gateway, version 1."""

    hooks = (
        *(
            instead(apigateway_v1, name, deployments.DeployedStore(name))
            for name in deployments.CAPTURED
        ),
        around(apigateway_v1, "_check_request_validation", request_validation.check),
        instead(apigateway_v1, "_regex_search", model_patterns.is_in),
        around(apigateway_v1, "_create_deployment", deployments.create),
        around(apigateway_v1, "_create_rest_api", definitions.create_api),
        around(apigateway_v1, "_delete_deployment", deployments.delete),
        around(apigateway_v1, "_execute_in_scope", stages.execute),
        around(apigateway_v1, "_gateway_response_for_type", gateway_responses.in_effect),
        around(apigateway_v1, "_invoke_authorizer_lambda", authorizers.invoke),
        around(apigateway_v1, "_invoke_http_proxy_v1", integrations.http_backend),
        around(apigateway_v1, "_put_integration", integrations.put),
        around(apigateway_v1, "_put_integration_response", methods.as_given),
        around(apigateway_v1, "_put_method", methods.put),
        around(apigateway_v1, "_put_method_response", methods.as_given),
        around(apigateway_v1, "method_authorization_type", deployments.authorization_type),
        instead(apigateway_v1, "_anonymous_policy_error", access_denied.by_resource_policy),
        instead(apigateway_v1, "_check_api_key", access_denied.by_api_key),
        instead(apigateway_v1, "_check_passthrough_behavior", integrations.mapped_later),
        instead(apigateway_v1, "_deny_error", access_denied.by_authorizer),
        instead(apigateway_v1, "_import_operation", definitions.import_operation),
        instead(apigateway_v1, "_import_rest_api", definitions.import_api),
        instead(apigateway_v1, "_invoke_lambda_custom_v1", integrations.service_backend),
        instead(apigateway_v1, "_invoke_lambda_proxy_v1", integrations.service_backend),
        instead(apigateway_v1, "_invoke_mock_v1", integrations.mock_backend),
        instead(apigateway_v1, "_invoke_sqs_v1", integrations.service_backend),
        instead(apigateway_v1, "find_api_scope", scope.owner_of),
    )

    async def answer(self, request: Request) -> Output:
        """Answer a request that names what is there, with the members that AWS sends."""
        wording.check(request)
        identifiers.check(request)
        output = await super().answer(request)
        return answers.shaped(request, output) if isinstance(output, Response) else output

    @operation("CreateRestApi")
    def create_rest_api(self, request: Request) -> Awaitable[Response]:
        """Make an API."""
        rest_apis.check_new(request.parameters)
        return request.forward()

    @operation("ImportRestApi")
    def import_rest_api(self, request: Request) -> Response:
        """Make an API of an OpenAPI definition."""
        spec, basepath = definition_parts.read(request.body), _basepath(request)
        api_id = definitions.import_api(spec, basepath=basepath)
        return Response(*apigateway_v1._get_rest_api(api_id))._replace(status=201)

    @operation("PutRestApi")
    def put_rest_api(self, request: Request) -> Response:
        """Put an OpenAPI definition into an API, beside what it has or in its place."""
        api_id = request.parameters["restApiId"]
        in_its_place = request.parameters.get("mode") == "overwrite"
        spec = definition_parts.read(request.body)
        definitions.put_api(api_id, spec, in_its_place=in_its_place, basepath=_basepath(request))
        return Response(*apigateway_v1._get_rest_api(api_id))

    @operation("CreateResource")
    def create_resource(self, request: Request) -> Awaitable[Response]:
        """Make a resource below another."""
        given = request.parameters
        resource_tree.check_new(given["restApiId"], given["parentId"], given["pathPart"])
        return request.forward()

    @operation("DeleteResource")
    def delete_resource(self, request: Request) -> Response:
        """Delete a resource, with all that is below it."""
        given = request.parameters
        resource_tree.delete(given["restApiId"], given["resourceId"])
        return Response(202, {}, b"")

    @operation("PutMethod")
    def put_method(self, request: Request) -> Awaitable[Response]:
        """Put a method of a resource."""
        methods.check_new(request.parameters)
        return request.forward()

    @operation("PutIntegrationResponse")
    def put_integration_response(self, request: Request) -> Awaitable[Response]:
        """Put a response of an integration."""
        integration_rules.check_response(request.parameters)
        return request.forward()

    @operation("CreateModel")
    def create_model(self, request: Request) -> Awaitable[Response]:
        """Make a model."""
        data_models.check_new(request.parameters)
        return request.forward()

    @operation("DeleteModel")
    def delete_model(self, request: Request) -> Awaitable[Response]:
        """Delete a model that no method's request has."""
        given = request.parameters
        data_models.check_unused(given["restApiId"], given["modelName"])
        return request.forward()

    @operation("DeleteGatewayResponse")
    def delete_gateway_response(self, request: Request) -> Awaitable[Response]:
        """Delete the response that an API has of its own."""
        given = request.parameters
        gateway_responses.check_set(given["restApiId"], given["responseType"])
        return request.forward()

    @operation("DeleteDeployment")
    def delete_deployment(self, request: Request) -> Awaitable[Response]:
        """Delete a deployment that no stage uses."""
        given = request.parameters
        deployments.check_unused(given["restApiId"], given["deploymentId"])
        return request.forward()

    @operation("CreateStage")
    async def create_stage(self, request: Request) -> Response:
        """Make a stage, with a canary if it is to have one."""
        given = request.parameters
        canary = canaries.of_new_stage(given["restApiId"], given)
        answer = await request.forward()
        if canary is None or answer.status >= 400:
            return answer
        stage = apigateway_v1._stages_v1[given["restApiId"]][given["stageName"]]
        stage[canaries.SETTINGS] = canary
        return Response(*apigateway_v1._get_stage(given["restApiId"], given["stageName"]))._replace(
            status=201
        )

    @operation("GetStages")
    def get_stages(self, request: Request) -> Response:
        """List the stages of an API, or of one of its deployments."""
        wanted = request.parameters.get("deploymentId")
        found = apigateway_v1._stages_v1.get(request.parameters["restApiId"], {}).values()
        return Response(
            *apigateway_v1._v1_response(
                {"item": [s for s in found if wanted in (None, s["deploymentId"])]}
            )
        )

    @operation("DeleteRequestValidator")
    async def delete_request_validator(self, request: Request) -> Response:
        """Delete a validator; it is gone after the answer, not with it."""
        return (await request.forward())._replace(status=202)

    @operation("TestInvokeMethod")
    async def test_invoke_method(self, request: Request) -> dict[str, Any]:
        """Run a method as it is now, and say what happened."""
        given = request.parameters
        where = given["restApiId"], given["resourceId"], given["httpMethod"]
        return await test_invoke_method.run(*where, given)


def _basepath(request: Request) -> str:
    """Return what is to be done with the base path of a definition."""
    return str((request.parameters.get("parameters") or {}).get("basepath", "ignore"))


PROVIDER = ApiGateway()
