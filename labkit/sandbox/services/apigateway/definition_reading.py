"""A definition as it is imported: references followed, schemas named, the base path in its place.

A request's or response's schema that a definition writes where it is used becomes a model with a
name that API Gateway makes up.
Source: API Gateway Developer Guide, "Set the OpenAPI basePath property", "API Gateway OpenAPI
import" and "Data models for REST APIs"; which part of a base path `split` leaves out is that page's
example.
"""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import urlsplit

from labkit.sandbox.gateway.errors import AwsError

BAD = "BadRequestException"

PREPEND, SPLIT = "prepend", "split"
BASE_PATHS = ("ignore", PREPEND, SPLIT)

Spec = dict[str, Any]


def prepared(spec: Spec, basepath: str = "ignore") -> Spec:
    """Return a definition whose schemas all have names, and which refers to schemas alone.

    Parameters
    ----------
    basepath
        What is done with the definition's base path: `ignore`, `prepend` or `split`.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it refers to what it has not, or a path is none.
    """
    if basepath not in BASE_PATHS:
        text = f"Invalid value for basepath: {basepath}. Valid options are {', '.join(BASE_PATHS)}"
        raise AwsError(text, BAD)
    copied: Spec = json.loads(json.dumps(spec, default=str))
    paths = copied.get("paths") or {}
    for path, item in paths.items():
        if not path.startswith("/") or not isinstance(item, dict):
            raise import_error(f"Invalid path '{path}'")
        for operation in item.values():
            if isinstance(operation, dict):
                _prepare(copied, operation)
        item["parameters"] = _followed(copied, item.get("parameters") or [])
    before = _base_path(copied, basepath)
    copied["paths"] = {_below(before, path): item for path, item in paths.items()}
    return copied


def import_error(text: str) -> AwsError:
    """Return the error of a definition that cannot be imported."""
    return AwsError(f"Errors found during import:\n\t{text}", BAD)


def _prepare(spec: Spec, operation: Spec) -> None:
    """Let an operation refer to nothing but schemas."""
    operation["parameters"] = _followed(spec, operation.get("parameters") or [])
    if "requestBody" in operation:
        operation["requestBody"] = _follow(spec, operation["requestBody"])
    responses = operation.get("responses") or {}
    operation["responses"] = {code: _follow(spec, one) for code, one in responses.items()}
    bodies = [one for one in operation["parameters"] if one.get("in") == "body"]
    answers = [one or {} for one in operation["responses"].values()]
    for holder in (operation.get("requestBody") or {}, *answers):
        for described in (holder.get("content") or {}).values():
            _name_schema(spec, described)
    for holder in (*bodies, *answers):
        _name_schema(spec, holder)


def _followed(spec: Spec, parameters: list[Any]) -> list[Any]:
    return [_follow(spec, one) for one in parameters]


def _follow(spec: Spec, node: Any) -> Any:
    """Return what a reference within the definition names; anything else as it is."""
    if not isinstance(node, dict) or "$ref" not in node:
        return node
    found: Any = spec
    for part in str(node["$ref"]).removeprefix("#/").split("/"):
        found = found.get(part.replace("~1", "/")) if isinstance(found, dict) else None
    if found is None:
        raise import_error(f"Unable to resolve the reference '{node['$ref']}'")
    return found


def _name_schema(spec: Spec, holder: Spec) -> None:
    schema = holder.get("schema")
    if not isinstance(schema, dict) or not schema or "$ref" in schema:
        return
    name = f"MODEL{uuid.uuid4().hex[:6]}"
    if "swagger" in spec:
        spec.setdefault("definitions", {})[name] = schema
        holder["schema"] = {"$ref": f"#/definitions/{name}"}
    else:
        spec.setdefault("components", {}).setdefault("schemas", {})[name] = schema
        holder["schema"] = {"$ref": f"#/components/schemas/{name}"}


def _base_path(spec: Spec, basepath: str) -> str:
    """Return what stands before each path."""
    if basepath not in (PREPEND, SPLIT):
        return ""
    given = str(spec.get("basePath") or _of_servers(spec)).strip("/")
    if basepath == SPLIT:
        given = given.partition("/")[2]
    return f"/{given}" if given else ""


def _of_servers(spec: Spec) -> str:
    """Return OpenAPI 3's base path: that of the first server, its variables at their defaults."""
    (server, *_) = spec.get("servers") or [{}]
    path = urlsplit(str(server.get("url", ""))).path
    for name, variable in (server.get("variables") or {}).items():
        path = path.replace(f"{{{name}}}", str(variable.get("default", "")).strip("/"))
    return path


def _below(before: str, path: str) -> str:
    return before if before and path == "/" else before + path
