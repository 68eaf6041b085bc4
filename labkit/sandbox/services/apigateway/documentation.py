"""Documentation of an API: the parts of a definition, and versions.

MiniStack has parts one by one; it has no versions, and reads no definition for its documentation.
Source: API Gateway API Reference, ImportDocumentationParts, CreateDocumentationVersion and its
siblings; Developer Guide, "x-amazon-apigateway-documentation object".
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import yaml

from labkit.sandbox.gateway.errors import ResourceConflict, ResourceNotFound
from labkit.sandbox.services.apigateway import patching
from labkit.sandbox.services.apigateway.patching import Patch, bad_request
from labkit.sandbox.upstream.apigateway import apigateway_v1
from labkit.sandbox.upstream.app import responses

Members = dict[str, Any]

EXTENSION = "x-amazon-apigateway-documentation"

_versions: Any = responses.AccountRegionScopedDict()
"""By API: its versions, by their names."""


def import_parts(api_id: str, body: bytes, *, overwrite: bool) -> list[str]:
    """Put the documentation parts of a definition into an API; return their ids.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        `BadRequestException` if it is no definition.
    """
    try:
        spec = yaml.safe_load(body.decode())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise bad_request(UNREADABLE) from error
    if not isinstance(spec, dict) or not ({"swagger", "openapi"} & spec.keys()):
        raise bad_request(UNREADABLE)
    return put_parts(api_id, spec, overwrite=overwrite)


UNREADABLE = "Unable to build importer with provided input."


def put_parts(api_id: str, spec: Members, *, overwrite: bool) -> list[str]:
    """Put what a definition says of documentation into an API; return the parts' ids."""
    described = (spec.get(EXTENSION) or {}).get("documentationParts") or []
    if overwrite:
        apigateway_v1._documentation_parts[api_id] = {}
    parts = apigateway_v1._documentation_parts.setdefault(api_id, {})
    ids = []
    for one in described:
        identifier = uuid.uuid4().hex[:10]
        properties = one.get("properties")
        text = properties if isinstance(properties, str) else json.dumps(properties)
        location = located(one["location"])
        parts[identifier] = {"id": identifier, "location": location, "properties": text}
        ids.append(identifier)
    return ids


def located(location: Members) -> Members:
    """Return a part's location; what is about paths is about the root's unless it says another."""
    if location.get("type") in ("API", "AUTHORIZER", "MODEL"):
        return location
    return {"path": "/"} | location


def create_version(api_id: str, given: Members) -> Members:
    """Make a version of an API's documentation.

    Raises
    ------
    labkit.sandbox.gateway.errors.ResourceConflict
        If there is one of that name.
    """
    versions = _versions.setdefault(api_id, {})
    name = given["documentationVersion"]
    if name in versions:
        raise ResourceConflict(
            "Documentation version already exists for this REST API", "ConflictException"
        )
    versions[name] = {"version": name, "createdDate": time.time()}
    if given.get("description"):
        versions[name]["description"] = given["description"]
    if given.get("stageName") in apigateway_v1._stages_v1.get(api_id, {}):
        apigateway_v1._stages_v1[api_id][given["stageName"]]["documentationVersion"] = name
    return dict(versions[name])


def version(api_id: str, name: str) -> Members:
    """Return a version's record.

    Raises
    ------
    labkit.sandbox.gateway.errors.ResourceNotFound
        If there is none of that name.
    """
    found: Members | None = _versions.get(api_id, {}).get(name)
    if found is None:
        raise ResourceNotFound("Invalid Documentation version specified", "NotFoundException")
    return found


def versions(api_id: str) -> list[Members]:
    """Return an API's versions."""
    return list(_versions.get(api_id, {}).values())


def update_version(api_id: str, name: str, patches: list[Patch]) -> Members:
    """Change a version as patches ask; return it."""
    record = version(api_id, name)
    patching.apply("UpdateDocumentationVersion", patches, record)
    return dict(record)


def delete_version(api_id: str, name: str) -> None:
    """Delete a version."""
    version(api_id, name)
    del _versions[api_id][name]
