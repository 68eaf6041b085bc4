"""Patch operations whose value is of another type than what they change are refused at the door.

MiniStack stores whatever text a patch has, so that from then on no client can read the API.
Source: API Gateway API Reference, "PatchOperation" and RestApi (`minimumCompressionSize`: 0 to
10485760 bytes; none switches compression off).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.upstream.apigateway import apigateway_v1

COMPRESSION = "/minimumCompressionSize"
LARGEST_COMPRESSION = 10_485_760

Patch = dict[str, Any]

TRUTHS = ("true", "false")


def check(request: Request) -> None:
    """Check the values of a request's patch operations against what they change.

    Raises
    ------
    AwsError
        If one is of another type.
    """
    shape = request.model.output_shape
    patches = request.parameters.get("patchOperations")
    if shape is None or not isinstance(patches, list):
        return
    for patch in patches:
        if patch.get("op") in ("add", "replace") and (reason := _problem(patch, shape)):
            raise AwsError(reason, "BadRequestException")


async def update_rest_api(request: Request) -> Response:
    """Update a REST API; a size of compression is a number, and none where it is empty."""
    given: list[Patch] = request.parameters.get("patchOperations") or []
    sizes = [patch for patch in given if patch.get("path") == COMPRESSION]
    api_id = request.parameters["restApiId"]
    if not sizes or api_id not in apigateway_v1._rest_apis:
        return await request.forward()
    if others := [patch for patch in given if patch not in sizes]:
        answer = await request.forward(patchOperations=others)
        if answer.status >= 400:
            return answer
    value = sizes[-1].get("value") if sizes[-1].get("op") != "remove" else None
    api = apigateway_v1._rest_apis[api_id]
    api.pop("minimumCompressionSize", None)
    if value:
        api["minimumCompressionSize"] = int(value)
    return Response(*apigateway_v1._get_rest_api(api_id))


def _problem(patch: Patch, shape: Any) -> str:
    value, path = str(patch.get("value") or ""), str(patch.get("path", ""))
    if path == COMPRESSION:
        fits = not value or (value.isdecimal() and int(value) <= LARGEST_COMPRESSION)
        return (
            ""
            if fits
            else (f"Invalid minimum compression size, must be between 0 to {LARGEST_COMPRESSION}")
        )
    kinds = {kind.type_name for kind in _changed(path, shape)}
    if kinds == {"integer"} and not value.lstrip("-").isdecimal():
        return f"Invalid patch value '{value}' for {path}: it has to be a number"
    if kinds == {"boolean"} and value.lower() not in TRUTHS:
        return f"Invalid patch value '{value}' for {path}: it has to be true or false"
    return ""


def _changed(path: str, shape: Any) -> Iterator[Any]:
    """Yield the shape that a patch's path leads to, if the model knows it."""
    for part in path.strip("/").split("/"):
        if shape.type_name == "structure":
            shape = shape.members.get(part)
        elif shape.type_name == "map":
            shape = shape.value
        else:
            return
        if shape is None:
            return
    yield shape
