"""Models: the two that every API has, what AWS refuses, and which methods use one.

Source: API Gateway API Reference, CreateModel, UpdateModel and DeleteModel; Developer Guide, "Data
models for REST APIs" (Empty and Error); the texts as AWS answers them.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from labkit.sandbox.gateway.errors import ResourceConflict
from labkit.sandbox.services.apigateway import patching
from labkit.sandbox.services.apigateway.patching import Patch, bad_request
from labkit.sandbox.upstream.apigateway import apigateway_v1

Members = dict[str, Any]

DRAFT = "http://json-schema.org/draft-04/schema#"
DEFAULTS: dict[str, tuple[str, Members]] = {
    "Empty": ("This is a default empty schema model", {}),
    "Error": (
        "This is a default error schema model",
        {"properties": {"message": {"type": "string"}}},
    ),
}
"""By name: the description, and what the schema has beside its title and its type."""

CONFLICT = "ConflictException"


def put_defaults(api_id: str) -> None:
    """Give a new API the models that every API begins with."""
    for name, (description, more) in DEFAULTS.items():
        schema = {"$schema": DRAFT, "title": f"{name} Schema", "type": "object"} | more
        apigateway_v1._models.setdefault(api_id, {})[name] = {
            "id": uuid.uuid4().hex[:6],
            "name": name,
            "description": description,
            "schema": json.dumps(schema, indent=2),
            "contentType": "application/json",
        }


def check_new(given: Members) -> None:
    """Check what a model is to be.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If AWS does not take it.
    """
    if not given.get("name"):
        raise bad_request("Model name must be non-empty")
    if given["name"] in apigateway_v1._models.get(given["restApiId"], {}):
        raise ResourceConflict("Model name already exists for this REST API", CONFLICT)
    _check_schema(given)


def update(api_id: str, name: str, patches: list[Patch]) -> None:
    """Change a model as patches ask.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If one cannot be applied.
    """
    model = apigateway_v1._models[api_id][name]
    changed = dict(model)
    patching.apply("UpdateModel", patches, changed)
    _check_schema(changed)
    model.update(changed)


def check_unused(api_id: str, name: str) -> None:
    """Check that no method's request has a model that is to be deleted.

    Raises
    ------
    labkit.sandbox.gateway.errors.ResourceConflict
        If one has.
    """
    for resource in apigateway_v1._resources.get(api_id, {}).values():
        for verb, method in resource["resourceMethods"].items():
            if name in (method.get("requestModels") or {}).values():
                raise ResourceConflict(
                    f"Cannot delete model '{name}', is referenced in method request: "
                    f"{resource['path']}/{verb}",
                    CONFLICT,
                )


def _check_schema(model: Members) -> None:
    if not model.get("schema"):
        raise bad_request("Model schema must have at least 1 property or array items defined")
