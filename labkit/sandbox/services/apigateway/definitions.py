"""A REST API from its OpenAPI definition.

MiniStack takes an operation's integration without its role, templates, parameters and responses,
and neither models nor validators; it leaves a part of an API whose import fails.
Source: API Gateway Developer Guide, "x-amazon-apigateway-integration object" and "Develop REST APIs
using OpenAPI".
"""

from __future__ import annotations

import copy
import json
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.apigateway import (
    data_models,
    definition_parts,
    definition_reading,
    documentation,
)
from labkit.sandbox.upstream.apigateway import apigateway_v1

SETTINGS = "x-labkit-request-settings"
"""Where an operation carries what PutMethod is to be told of its request."""

KINDS = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK")
"""The types of integrations, which a definition may write in small letters."""

ANY_METHOD = "x-amazon-apigateway-any-method"
"""Where a path has the operation that answers every verb without one of its own."""

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
    method |= operation.get(SETTINGS) or {}
    where = (api_id, resource_id, http_method)
    _check(apigateway_v1._put_method(*where, method))
    for status, response in (operation.get("responses") or {}).items():
        described = definition_parts.response_settings(operation, response or {})
        _check(apigateway_v1._put_method_response(*where, str(status), described))
    integration = operation.get("x-amazon-apigateway-integration")
    if not integration:
        return
    taken = {name: integration[name] for name in TAKEN if name in integration}
    for name in ("passthroughBehavior", "connectionType", "contentHandling"):
        if name in taken:
            taken[name] = str(taken[name]).upper()
    kind = str(integration.get("type", "")).upper()
    if kind not in KINDS:
        raise ValueError(f"Invalid integration type specified: {integration.get('type')}")
    _check(apigateway_v1._put_integration(*where, taken | {"type": kind}))
    for pattern, response in (integration.get("responses") or {}).items():
        status = str(response.get("statusCode", "200"))
        mapping = {name: one for name, one in response.items() if name != "statusCode"}
        if pattern != "default":
            mapping["selectionPattern"] = pattern
        _check(apigateway_v1._put_integration_response(*where, status, mapping))


def _check(answer: tuple[int, Any, bytes]) -> None:
    status, _, body = answer
    if status >= 400:
        raise ValueError(json.loads(body).get("message", ""))


def create_api(upstream: Any, data: dict[str, Any]) -> Any:
    """Make an API with the endpoint and the models that AWS begins with."""
    if not data.get("endpointConfiguration"):
        data = data | {"endpointConfiguration": {"types": ["EDGE"]}}
    answer = upstream(data)
    if answer[0] == 201:
        data_models.put_defaults(json.loads(answer[2])["id"])
    return answer


def import_api(
    spec: dict[str, Any], base_data: dict[str, Any] | None = None, basepath: str = "ignore"
) -> str:
    """Make an API of a definition, and leave nothing of one that fails; return the API's id.

    Parameters
    ----------
    base_data
        What the API has beside the definition.
    basepath
        What is done with the definition's base path.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        With API Gateway's reason, if it does not take the definition.
    """
    read = definition_reading.prepared(spec, basepath)
    _, _, body = apigateway_v1._create_rest_api({**_about(read), **(base_data or {})})
    api_id: str = json.loads(body)["id"]
    try:
        overwrite(api_id, read)
    except (AwsError, ValueError) as error:
        apigateway_v1._delete_rest_api(api_id)
        raise _as_import_error(error) from error
    return api_id


def put_api(
    api_id: str, spec: dict[str, Any], *, in_its_place: bool, basepath: str = "ignore"
) -> None:
    """Put a definition into an API, beside what it has or in its place; it gets its name, too.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        With API Gateway's reason, if it does not take the definition; the API stays as it is.
    """
    read = definition_reading.prepared(spec, basepath)
    before = [(store, copy.deepcopy(store.get(api_id))) for store in _stores()]
    apigateway_v1._rest_apis[api_id].update(_about(read))
    try:
        (overwrite if in_its_place else merge)(api_id, read)
    except (AwsError, ValueError) as error:
        for store, there in before:
            store.pop(api_id, None)
            if there is not None:
                store[api_id] = there
        raise _as_import_error(error) from error


def _stores() -> tuple[Any, ...]:
    """Return where the parts of an API are that a definition changes."""
    return (
        apigateway_v1._rest_apis,
        apigateway_v1._resources,
        apigateway_v1._models,
        apigateway_v1._request_validators,
        apigateway_v1._authorizers_v1,
        apigateway_v1._documentation_parts,
    )


def _as_import_error(error: Exception) -> AwsError:
    return error if isinstance(error, AwsError) else definition_reading.import_error(str(error))


def _about(spec: dict[str, Any]) -> dict[str, str]:
    """Return what a definition says of its API."""
    info = spec.get("info") or {}
    about = {"name": info.get("title"), "version": info.get("version")}
    about |= {"description": info.get("description")}
    return {name: str(text) for name, text in about.items() if text}


def overwrite(api_id: str, spec: dict[str, Any]) -> None:
    """Put a definition in the place of everything the API under construction has."""
    resources = apigateway_v1._resources[api_id]
    for resource_id, resource in list(resources.items()):
        if resource["path"] == "/":
            resource["resourceMethods"] = {}
        else:
            del resources[resource_id]
    for store in (apigateway_v1._authorizers_v1, apigateway_v1._request_validators):
        store.pop(api_id, None)
    apigateway_v1._models[api_id] = {}
    if definition_parts.BINARY_TYPES in spec:
        apigateway_v1._rest_apis[api_id]["binaryMediaTypes"] = []
    documentation.put_parts(api_id, {}, overwrite=True)
    merge(api_id, spec)


def merge(api_id: str, spec: dict[str, Any]) -> None:
    """Put a definition into an API under construction, beside what is there."""
    definition_parts.put_models(api_id, spec)
    validators = definition_parts.put_validators(api_id, spec)
    api = apigateway_v1._rest_apis[api_id]
    api["binaryMediaTypes"] = list(
        dict.fromkeys([*(api.get("binaryMediaTypes") or []), *definition_parts.binary_types(spec)])
    )
    documentation.put_parts(api_id, spec, overwrite=False)
    resources = apigateway_v1._resources[api_id]
    schemes = apigateway_v1._import_security_schemes(api_id, spec)
    for path, item in (spec.get("paths") or {}).items():
        described = {
            name: _with_settings(spec, item, operation, validators, f"'{name.upper()}' on {path}")
            for name, operation in item.items()
        }
        apigateway_v1._import_path_item(api_id, path, described, schemes, spec.get("security"))
        if any_method := described.get(ANY_METHOD):
            resource = next(r for r in resources.values() if r["path"] == path)
            import_operation(
                api_id, resource["id"], "ANY", any_method, schemes, spec.get("security")
            )


def _with_settings(
    spec: dict[str, Any],
    item: dict[str, Any],
    operation: Any,
    validators: dict[str, str],
    where: str,
) -> Any:
    if not isinstance(operation, dict):
        return operation
    settings = definition_parts.request_settings(spec, item, operation, validators)
    schemas = definition_parts.schemas(spec)
    for name in settings["requestModels"].values():
        if name not in schemas:
            raise ValueError(
                f"Unable to put method {where}: Invalid model identifier specified: {name}"
            )
    return {**operation, SETTINGS: settings}
