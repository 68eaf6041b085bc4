"""What a stage serves is what its deployment captured, not what the API looks like now.

CreateDeployment takes a snapshot of the resources, methods, integrations, models, validators and
authorizers. A change shows only after the next deployment, and pointing a stage at an older
deployment rolls it back. MiniStack serves the live API; the seams are the stores it reads while a
stage answers, and the making and deleting of deployments.
Source: API Gateway Developer Guide, "Deploy REST APIs in API Gateway".
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, request_scope
from ministack.services import apigateway_v1

from labkit.sandbox.upstream import seams

Response = tuple[int, dict[str, Any], bytes]
Snapshot = dict[str, Any]

MODULE = apigateway_v1.__name__

CAPTURED = ("_resources", "_models", "_request_validators", "_authorizers_v1")
"""MiniStack's stores, keyed by API, that a deployment captures."""

_snapshots: Any = AccountRegionScopedDict()
_serving: ContextVar[tuple[str, Snapshot] | None] = ContextVar("serving", default=None)


class DeployedStore(AccountRegionScopedDict):  # type: ignore[misc]
    """A store of the API under construction that shows a snapshot while a stage answers."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def get(self, key: str, default: Any = None) -> Any:
        """Return what the serving deployment captured of API `key`, otherwise the live state."""
        serving = _serving.get()
        if serving is not None and serving[0] == key:
            return serving[1].get(self.name, default)
        return super().get(key, default)


def install() -> None:
    """Take the captured stores, the making and deleting of deployments, and the early look-up."""
    for name in CAPTURED:
        seams.replace(MODULE, name, DeployedStore(name), like="AccountRegionScopedDict")
    _capture_when_deploying()
    _keep_what_a_stage_uses()
    _authorize_by_what_is_deployed()


def _capture_when_deploying() -> None:
    def create(api_id: str, data: dict[str, Any]) -> Response:
        if refusal := _incomplete(api_id):
            return _bad_request(refusal)
        response: Response = upstream(api_id, data)
        if response[0] == 201:
            _capture(api_id, json.loads(response[2])["id"])
        return response

    upstream = seams.replace(MODULE, "_create_deployment", create, like="(api_id, data)")


def _keep_what_a_stage_uses() -> None:
    def delete(api_id: str, deployment_id: str) -> Response:
        if any(s["deploymentId"] == deployment_id for s in _stages(api_id).values()):
            return _bad_request(
                "Active stages pointing to this deployment must be moved or deleted"
            )
        _snapshots.get(api_id, {}).pop(deployment_id, None)
        response: Response = upstream(api_id, deployment_id)
        return response

    upstream = seams.replace(MODULE, "_delete_deployment", delete, like="(api_id, deployment_id)")


def _authorize_by_what_is_deployed() -> None:
    def authorization_type(api_id: str, stage_name: str, method: str, path: str) -> str | None:
        owner = apigateway_v1.find_api_scope(api_id)
        if owner is None:
            return None
        with request_scope(*owner), serving(api_id, stage_name):
            found: str | None = upstream(api_id, stage_name, method, path)
            return found

    upstream = seams.replace(
        MODULE,
        "method_authorization_type",
        authorization_type,
        like="(api_id, stage_name, method, path)",
    )


@contextmanager
def serving(api_id: str, stage_name: str) -> Iterator[None]:
    """Let every store show what the stage's deployment captured of `api_id`, in this context."""
    deployment = _stages(api_id).get(stage_name, {}).get("deploymentId")
    token = _serving.set((api_id, _snapshots.get(api_id, {}).get(deployment, {})))
    try:
        yield
    finally:
        _serving.reset(token)


def _capture(api_id: str, deployment_id: str) -> None:
    captured = {
        name: copy.deepcopy(getattr(apigateway_v1, name).get(api_id, {})) for name in CAPTURED
    }
    _snapshots.setdefault(api_id, {})[deployment_id] = captured


def _incomplete(api_id: str) -> str | None:
    """Return why AWS would not deploy the API as it is now, or None."""
    resources = apigateway_v1._resources.get(api_id)
    if resources is None:
        return None
    methods = [m for r in resources.values() for m in r["resourceMethods"].values()]
    if not methods:
        return "The REST API doesn't contain any methods"
    if not all(method.get("methodIntegration") for method in methods):
        return "No integration defined for method"
    return None


def _stages(api_id: str) -> dict[str, dict[str, Any]]:
    stages: dict[str, dict[str, Any]] = apigateway_v1._stages_v1.get(api_id, {})
    return stages


def _bad_request(message: str) -> Response:
    response: Response = apigateway_v1._v1_error("BadRequestException", message, 400)
    return response
