"""API Gateway's keys, usage plans and documentation."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.apigateway import api_keys, documentation, usage_plans
from labkit.sandbox.services.provider import Provider, operation
from labkit.sandbox.upstream.apigateway import apigateway_v1

Members = dict[str, Any]


class Accounts(Provider):
    """What belongs to an account, and the documentation of its APIs."""

    @operation("CreateApiKey")
    def create_api_key(self, request: Request) -> Awaitable[Response]:
        """Make a key, which is disabled unless it is asked for."""
        given = request.parameters
        api_keys.check_new(given)
        changed: Members = {"enabled": given.get("enabled", False)}
        return request.with_parameters(
            {name: one for name, one in given.items() if name != "value" or one} | changed
        ).forward()

    @operation("UpdateApiKey")
    def update_api_key(self, request: Request) -> Response:
        """Change a key."""
        key_id = request.parameters["apiKey"]
        api_keys.update(key_id, request.parameters.get("patchOperations") or [])
        return Response(*apigateway_v1._get_api_key(key_id))

    @operation("DeleteApiKey")
    async def delete_api_key(self, request: Request) -> Response:
        """Delete a key, which its usage plans have no longer, too."""
        answer = await request.forward()
        if answer.status < 400:
            usage_plans.forget_key(request.parameters["apiKey"])
        return answer

    @operation("UpdateUsagePlan")
    def update_usage_plan(self, request: Request) -> Response:
        """Change a usage plan."""
        plan_id = request.parameters["usagePlanId"]
        usage_plans.update(plan_id, request.parameters.get("patchOperations") or [])
        return Response(*apigateway_v1._get_usage_plan(plan_id))

    @operation("GetUsagePlanKeys")
    def get_usage_plan_keys(self, request: Request) -> Response:
        """List the keys of a usage plan; there are none of a plan that there is not."""
        given = request.parameters
        keys = usage_plans.keys_of(given["usagePlanId"], given.get("nameQuery") or "")
        return Response(*apigateway_v1._v1_paginated_response(keys, request.query))

    @operation("GetApiKeys")
    def get_api_keys(self, request: Request) -> Response:
        """List an account's keys, the newest first."""
        name = request.parameters.get("nameQuery") or ""
        keys = [one for one in apigateway_v1._api_keys.values() if one["name"].startswith(name)]
        return Response(*apigateway_v1._v1_paginated_response(keys[::-1], request.query))

    @operation("CreateDocumentationPart")
    def create_documentation_part(self, request: Request) -> Awaitable[Response]:
        """Make a part of an API's documentation."""
        return request.forward(location=documentation.located(request.parameters["location"]))

    @operation("ImportDocumentationParts")
    def import_documentation_parts(self, request: Request) -> Members:
        """Put the documentation parts of a definition into an API."""
        given = request.parameters
        overwrite = given.get("mode") == "overwrite"
        ids = documentation.import_parts(given["restApiId"], request.body, overwrite=overwrite)
        return {"ids": ids}

    @operation("CreateDocumentationVersion")
    def create_documentation_version(self, request: Request) -> Members:
        """Make a version of an API's documentation."""
        return documentation.create_version(request.parameters["restApiId"], request.parameters)

    @operation("GetDocumentationVersion")
    def get_documentation_version(self, request: Request) -> Members:
        """Describe a version."""
        given = request.parameters
        return documentation.version(given["restApiId"], given["documentationVersion"])

    @operation("GetDocumentationVersions")
    def get_documentation_versions(self, request: Request) -> Members:
        """List the versions of an API's documentation."""
        return {"items": documentation.versions(request.parameters["restApiId"])}

    @operation("UpdateDocumentationVersion")
    def update_documentation_version(self, request: Request) -> Members:
        """Change a version."""
        given = request.parameters
        named = given["restApiId"], given["documentationVersion"]
        return documentation.update_version(*named, given.get("patchOperations") or [])

    @operation("DeleteDocumentationVersion")
    def delete_documentation_version(self, request: Request) -> None:
        """Delete a version."""
        given = request.parameters
        documentation.delete_version(given["restApiId"], given["documentationVersion"])
