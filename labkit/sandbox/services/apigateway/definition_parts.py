"""What a definition of an API says beside its integrations: models, validators, parameters.

OpenAPI 3 keeps schemas under `components`, Swagger 2 under `definitions`; a method's request has
parameters and, for each type of content, a model.
Source: API Gateway Developer Guide, "OpenAPI extensions for API Gateway" and "Data models for REST
APIs".
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

import yaml

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.upstream.apigateway import apigateway_v1

VALIDATORS = "x-amazon-apigateway-request-validators"
VALIDATOR = "x-amazon-apigateway-request-validator"
BINARY_TYPES = "x-amazon-apigateway-binary-media-types"

SCHEMA = re.compile(r"^#/(?:components/schemas|definitions)/")
MODELS = "https://apigateway.amazonaws.com/restapis"
"""Where a model refers to another one (Developer Guide, "Data models for REST APIs")."""

PLACES = {"header": "header", "path": "path", "query": "querystring"}
"""How OpenAPI calls the place of a parameter, and how API Gateway does."""

Spec = dict[str, Any]


def read(body: bytes) -> Spec:
    """Read a definition that is JSON or YAML.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        `BadRequestException` if it is neither, or no definition.
    """
    try:
        spec = yaml.safe_load(body.decode())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise AwsError("Invalid OpenAPI input.", BAD) from error
    if not isinstance(spec, dict) or not ({"swagger", "openapi"} & spec.keys()):
        raise AwsError("Invalid OpenAPI input.", BAD)
    return spec


BAD = "BadRequestException"


def put_models(api_id: str, spec: Spec) -> None:
    """Put a definition's schemas into an API; what they refer to is models of the API, too."""
    for name, schema in schemas(spec).items():
        model = {
            "id": uuid.uuid4().hex[:6],
            "name": name,
            "contentType": "application/json",
            "schema": json.dumps(_of_api(schema, api_id)),
        }
        if description := schema.get("description"):
            model["description"] = description
        apigateway_v1._models.setdefault(api_id, {})[name] = model


def put_validators(api_id: str, spec: Spec) -> dict[str, str]:
    """Put a definition's request validators into an API; return their ids by their names."""
    ids = {}
    for name, rules in (spec.get(VALIDATORS) or {}).items():
        ids[name] = uuid.uuid4().hex[:6]
        apigateway_v1._request_validators.setdefault(api_id, {})[ids[name]] = {
            "id": ids[name],
            "name": name,
            "validateRequestBody": bool(rules.get("validateRequestBody")),
            "validateRequestParameters": bool(rules.get("validateRequestParameters")),
        }
    return ids


def binary_types(spec: Spec) -> list[str]:
    """Return the binary media types that a definition names."""
    return list(spec.get(BINARY_TYPES) or [])


def request_settings(
    spec: Spec, item: Spec, operation: Spec, validators: dict[str, str]
) -> dict[str, Any]:
    """Return what PutMethod is to be told of an operation's request.

    Parameters
    ----------
    spec, item, operation
        The definition, the path's item and the operation.
    validators
        The ids of the API's validators by their names.

    Raises
    ------
    ValueError
        If the operation names a validator that the definition has not.
    """
    settings: dict[str, Any] = {
        "requestModels": dict(_models_of(operation)),
        "requestParameters": dict(_parameters_of(item, operation)),
    }
    name = operation.get(VALIDATOR, spec.get(VALIDATOR))
    if name is not None and name not in validators:
        raise ValueError(f"Invalid request validator specified: {name}")
    if name is not None:
        settings["requestValidatorId"] = validators[name]
    if operation.get("operationId"):
        settings["operationName"] = operation["operationId"]
    return settings


def response_settings(operation: Spec, response: Spec) -> dict[str, Any]:
    """Return what PutMethodResponse is to be told of one of an operation's responses."""
    headers = response.get("headers") or {}
    models = {
        kind: name
        for kind, described in (response.get("content") or {}).items()
        if (name := _named(described.get("schema")))
    }
    if name := _named(response.get("schema")):  # Swagger 2
        models |= dict.fromkeys(operation.get("produces") or ["application/json"], name)
    found: dict[str, Any] = {}
    if headers:
        found["responseParameters"] = {f"method.response.header.{one}": False for one in headers}
    if models:
        found["responseModels"] = models
    return found


def _parameters_of(item: Spec, operation: Spec) -> Iterator[tuple[str, bool]]:
    for parameter in (*(item.get("parameters") or []), *(operation.get("parameters") or [])):
        if place := PLACES.get(str(parameter.get("in"))):
            where = f"method.request.{place}.{parameter.get('name')}"
            yield where, bool(parameter.get("required"))


def _models_of(operation: Spec) -> Iterator[tuple[str, str]]:
    for parameter in operation.get("parameters") or []:  # Swagger 2
        if parameter.get("in") == "body" and (name := _named(parameter.get("schema"))):
            for kind in operation.get("consumes") or ["application/json"]:
                yield kind, name
    content = (operation.get("requestBody") or {}).get("content") or {}
    for kind, described in content.items():
        if name := _named(described.get("schema")):
            yield kind, name


def _named(schema: Any) -> str | None:
    reference = (schema or {}).get("$ref")
    return str(reference).rpartition("/")[2] if reference else None


def schemas(spec: Spec) -> dict[str, Any]:
    """Return a definition's schemas by their names."""
    found: dict[str, Any] = (
        spec.get("definitions") or (spec.get("components") or {}).get("schemas") or {}
    )
    return found


def _of_api(node: Any, api_id: str) -> Any:
    """Let references to schemas of a definition lead to models of an API."""
    if isinstance(node, dict):
        return {
            key: SCHEMA.sub(f"{MODELS}/{api_id}/models/", str(value))
            if key == "$ref"
            else _of_api(value, api_id)
            for key, value in node.items()
        }
    return [_of_api(one, api_id) for one in node] if isinstance(node, list) else node
