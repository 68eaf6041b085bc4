"""A REST API from its OpenAPI definition.

MiniStack takes an operation's integration without its role, templates, parameters and responses,
and leaves a part of an API whose import fails.
Source: API Gateway Developer Guide, "x-amazon-apigateway-integration object".
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.upstream.apigateway import apigateway_v1

TAKEN = (
    "cacheKeyParameters",
    "cacheNamespace",
    "connectionType",
    "contentHandling",
    "credentials",
    "httpMethod",
    "passthroughBehavior",
    "requestParameters",
    "requestTemplates",
    "timeoutInMillis",
    "uri",
)
"""What an integration holds under the same name in the definition and in PutIntegration."""


def import_operation(
    api_id: str,
    resource_id: str,
    http_method: str,
    operation: dict[str, Any],
    scheme_map: dict[str, Any] | None = None,
    default_security: Any = None,
) -> None:
    """Put one operation of a definition, with its integration, into an API.

    Raises
    ------
    ValueError
        With API Gateway's reason, if it does not take the integration.
    """
    security = operation.get("security", default_security)
    method = apigateway_v1._method_security(security, scheme_map or {})
    where = (api_id, resource_id, http_method)
    _check(apigateway_v1._put_method(*where, method))
    for status in operation.get("responses") or {}:
        _check(apigateway_v1._put_method_response(*where, str(status), {}))
    integration = operation.get("x-amazon-apigateway-integration")
    if not integration:
        return
    taken = {name: integration[name] for name in TAKEN if name in integration}
    kind = str(integration.get("type", "")).upper()
    _check(apigateway_v1._put_integration(*where, taken | {"type": kind}))
    for pattern, response in (integration.get("responses") or {}).items():
        status = str(response.get("statusCode", "200"))
        mapping = response | {"selectionPattern": "" if pattern == "default" else pattern}
        _check(apigateway_v1._put_integration_response(*where, status, mapping))


def _check(answer: tuple[int, Any, bytes]) -> None:
    status, _, body = answer
    if status >= 400:
        raise ValueError(json.loads(body).get("message", ""))


def import_api(upstream: Any, spec: dict[str, Any], base_data: dict[str, Any] | None = None) -> str:
    """Import a definition, and leave nothing of one that fails; return the API's id."""
    before = set(apigateway_v1._rest_apis)
    try:
        api_id: str = upstream(spec, base_data)
    except (AwsError, ValueError):
        for left in set(apigateway_v1._rest_apis) - before:
            apigateway_v1._delete_rest_api(left)
        raise
    return api_id


def overwrite(api_id: str, spec: dict[str, Any]) -> None:
    """Put a definition in the place of everything the API under construction has."""
    resources = apigateway_v1._resources[api_id]
    for resource_id, resource in list(resources.items()):
        if resource["path"] == "/":
            resource["resourceMethods"] = {}
        else:
            del resources[resource_id]
    apigateway_v1._authorizers_v1.pop(api_id, None)
    schemes = apigateway_v1._import_security_schemes(api_id, spec)
    for path, item in (spec.get("paths") or {}).items():
        apigateway_v1._import_path_item(api_id, path, item, schemes, spec.get("security"))
