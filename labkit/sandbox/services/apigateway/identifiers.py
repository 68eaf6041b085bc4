"""What a request names has to be there; which of its names is asked first, and what AWS then says.

MiniStack answers every API that is not there alike, and most deletions of nothing with success.
Source: API Gateway API Reference, NotFoundException of each operation; the texts as AWS answers
them.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import AwsError, ResourceNotFound
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.upstream.apigateway import apigateway_v1

Members = dict[str, Any]
Names = dict[str, Any]

NOT_FOUND = "NotFoundException"

WITHIN = {
    "authorizerId": ("_authorizers_v1", "Invalid Authorizer identifier specified"),
    "deploymentId": ("_deployments_v1", "Invalid Deployment identifier specified"),
    "documentationPartId": (
        "_documentation_parts",
        "Invalid Documentation part identifier specified",
    ),
    "modelName": ("_models", "Invalid model name specified: {}"),
    "requestValidatorId": (
        "_request_validators",
        "Invalid Request Validator identifier specified",
    ),
    "stageName": ("_stages_v1", "Invalid stage identifier specified"),
}
"""By parameter of the path: MiniStack's store by API, and what AWS says if it is not there."""

OTHERWISE = {
    "CreateAuthorizer": (
        "Unable to complete operation due to concurrent modification. Please try again later.",
        "ConflictException",
        409,
    ),
    "CreateRequestValidator": ("Invalid REST API identifier specified", "BadRequestException", 400),
}
"""Operations that answer an API that is not there in a way of their own."""

API_FIRST = {"DeleteDocumentationPart"}
"""Operations that name something within an API and yet look for the API first."""

INTEGRATION_ALONE = {"DeleteIntegrationResponse"}
"""Operations that do not tell a method that is not there from one without an integration."""


def check(request: Request) -> None:
    """Check that what a request names is there.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If something is not.
    """
    names = _names(request)
    if "restApiId" not in names:
        return
    if "resourceId" in names or "parentId" in names:
        _check_resource(request.operation, names)
        return
    inner = next((name for name in names if name in WITHIN), None)
    if inner is None or request.operation in API_FIRST:
        _check_api(request, names["restApiId"])
    if inner is not None:
        store, text = WITHIN[inner]
        if names[inner] not in getattr(apigateway_v1, store).get(names["restApiId"], {}):
            raise ResourceNotFound(text.format(names[inner]), NOT_FOUND)


def method(api_id: str, resource_id: str, http_method: str) -> Members:
    """Return a method of a resource.

    Raises
    ------
    labkit.sandbox.gateway.errors.ResourceNotFound
        If it is not there.
    """
    resource = apigateway_v1._resources.get(api_id, {}).get(resource_id)
    if resource is None:
        raise ResourceNotFound("Invalid Resource identifier specified", NOT_FOUND)
    found: Members | None = resource["resourceMethods"].get(http_method)
    if found is None:
        raise ResourceNotFound("Invalid Method identifier specified", NOT_FOUND)
    return found


def _names(request: Request) -> Names:
    """Return the parameters of a request's path."""
    shape = request.model.input_shape
    if shape is None:
        return {}
    return {
        name: request.parameters[name]
        for name, member in shape.members.items()
        if member.serialization.get("location") == "uri" and name in request.parameters
    }


def _check_api(request: Request, api_id: str) -> None:
    if api_id in apigateway_v1._rest_apis:
        return
    if request.operation in OTHERWISE:
        text, code, status = OTHERWISE[request.operation]
        raise AwsError(text, code, status=status)
    raise ResourceNotFound(
        f"Invalid API identifier specified {request.account}:{api_id}", NOT_FOUND
    )


def _check_resource(operation: str, names: Names) -> None:
    """Check a resource, and what of its method an operation is about."""
    api_id, resource_id = names["restApiId"], names.get("resourceId") or names["parentId"]
    if resource_id not in apigateway_v1._resources.get(api_id, {}):
        raise ResourceNotFound("Invalid Resource identifier specified", NOT_FOUND)
    if "httpMethod" not in names or operation == "PutMethod":
        return
    found = _method_of(operation, api_id, resource_id, names["httpMethod"])
    within: Members | None = None
    if "Integration" in operation and operation != "PutIntegration":
        integration = found.get("methodIntegration")
        if integration is None:
            raise ResourceNotFound("Invalid Integration identifier specified", NOT_FOUND)
        within = integration["integrationResponses"]
    elif "MethodResponse" in operation:
        within = found["methodResponses"]
    named = "statusCode" in names and not operation.startswith("Put")
    if named and within is not None and str(names["statusCode"]) not in within:
        raise ResourceNotFound("Invalid Response status code specified", NOT_FOUND)


def _method_of(operation: str, api_id: str, resource_id: str, http_method: str) -> Members:
    try:
        return method(api_id, resource_id, http_method)
    except ResourceNotFound:
        if operation in INTEGRATION_ALONE:
            raise ResourceNotFound("Invalid Integration identifier specified", NOT_FOUND) from None
        raise
