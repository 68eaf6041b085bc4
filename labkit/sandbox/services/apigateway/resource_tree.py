"""The resources of an API as a tree: where one may stand, and what goes with it.

MiniStack lets a greedy path variable have children and two variables be siblings, and deletes a
resource without what is below it.
Source: API Gateway API Reference, CreateResource, UpdateResource and DeleteResource; Developer
Guide, "Set up a proxy resource"; the texts as AWS answers them.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import ResourceConflict, ResourceNotFound
from labkit.sandbox.services.apigateway import patching
from labkit.sandbox.services.apigateway.patching import Patch, bad_request
from labkit.sandbox.upstream.apigateway import apigateway_v1

Members = dict[str, Any]


def check_new(api_id: str, parent_id: str, part: str) -> None:
    """Check that a resource may stand below another.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it may not.
    """
    resources = _resources(api_id)
    above = resources[parent_id].get("pathPart") or ""
    if above.endswith("+}"):
        raise bad_request(
            f"Cannot create a child of a resource with a greedy path variable: {above}"
        )
    siblings = [one["pathPart"] for one in _children(api_id, parent_id)]
    other = next((one for one in siblings if one.startswith("{")), None)
    if part.startswith("{") and other is not None and other != part:
        raise bad_request(
            f"A sibling ({other}) of this resource already has a variable path part -- only one "
            "is allowed"
        )


def update(api_id: str, resource_id: str, patches: list[Patch]) -> None:
    """Rename or move a resource, with all that is below it.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it cannot be.
    """
    resource = _resources(api_id)[resource_id]
    changed: Members = {name: resource.get(name) for name in ("parentId", "pathPart")}
    patching.apply("UpdateResource", patches, changed)
    if resource["path"] == "/":
        for name in ("pathPart", "parentId"):
            if any(patch["path"] == f"/{name}" for patch in patches):
                raise bad_request(f"Root resource cannot update its {name}.")
        return
    _check_place(api_id, resource_id, changed["parentId"], changed["pathPart"])
    resource.update(changed)
    for one in (resource, *_below(api_id, resource_id)):
        one["path"] = apigateway_v1._compute_path(api_id, one["id"])


def delete(api_id: str, resource_id: str) -> None:
    """Delete a resource, with all that is below it."""
    resources = _resources(api_id)
    for one in _below(api_id, resource_id):
        del resources[one["id"]]
    del resources[resource_id]


def _check_place(api_id: str, resource_id: str, parent_id: str, part: str) -> None:
    if parent_id not in _resources(api_id):
        raise ResourceNotFound("Invalid Resource identifier specified", "NotFoundException")
    if parent_id in {resource_id, *(one["id"] for one in _below(api_id, resource_id))}:
        raise bad_request("Resources cannot be cyclical.")
    siblings = _children(api_id, parent_id)
    if any(one["pathPart"] == part and one["id"] != resource_id for one in siblings):
        raise ResourceConflict(
            f"Another resource with the same parent already has this name: {part}",
            "ConflictException",
        )


def _resources(api_id: str) -> dict[str, Members]:
    found: dict[str, Members] = apigateway_v1._resources[api_id]
    return found


def _children(api_id: str, parent_id: str) -> list[Members]:
    return [one for one in _resources(api_id).values() if one.get("parentId") == parent_id]


def _below(api_id: str, resource_id: str) -> list[Members]:
    children = _children(api_id, resource_id)
    return [*children, *(one for child in children for one in _below(api_id, child["id"]))]
