"""What a stage serves is what its deployment captured, not what the API looks like now.

CreateDeployment takes a snapshot of the resources, methods, integrations, models, validators and
authorizers. A change shows only after the next deployment, and pointing a stage at an older
deployment rolls it back. MiniStack serves the live API; here the stores
that it reads show what was deployed while a stage answers.
Source: API Gateway Developer Guide, "Deploy REST APIs in API Gateway".
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.apigateway import canaries
from labkit.sandbox.upstream.apigateway import apigateway_v1
from labkit.sandbox.upstream.app import responses

Response = tuple[int, dict[str, Any], bytes]
Snapshot = dict[str, Any]

BAD_REQUEST = "BadRequestException"

CAPTURED = ("_resources", "_models", "_request_validators", "_authorizers_v1")
"""MiniStack's stores, keyed by API, that a deployment captures."""

_snapshots: Any = responses.AccountRegionScopedDict()
_serving: ContextVar[tuple[str, Snapshot] | None] = ContextVar("serving", default=None)


class DeployedStore(responses.AccountRegionScopedDict):  # type: ignore[misc, name-defined]
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


def create(upstream: Any, api_id: str, data: dict[str, Any]) -> Response:
    """Make a deployment of an API that is complete, and capture the API as it is now."""
    canary = data.get(canaries.SETTINGS)
    if canary is not None:
        canaries.check_new(api_id, data)
    if problem := _incomplete(api_id):
        raise AwsError(problem, BAD_REQUEST)
    alone = data | {"stageName": None} if canary is not None else data
    response: Response = upstream(api_id, alone)
    if response[0] == 201:
        deployment = json.loads(response[2])["id"]
        _capture(api_id, deployment)
        if canary is not None:
            canaries.put(api_id, data["stageName"], canary, deployment)
        if "tracingEnabled" in data and (stage := _stages(api_id).get(data.get("stageName", ""))):
            stage["tracingEnabled"] = bool(data["tracingEnabled"])
    return response


def check_unused(api_id: str, deployment_id: str) -> None:
    """Check that no stage uses a deployment that is to be deleted.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If one does.
    """
    if any(s["deploymentId"] == deployment_id for s in _stages(api_id).values()):
        raise AwsError(
            "Active stages pointing to this deployment must be moved or deleted", BAD_REQUEST
        )


def delete(upstream: Any, api_id: str, deployment_id: str) -> Response:
    """Delete a deployment, with what it has captured."""
    _snapshots.get(api_id, {}).pop(deployment_id, None)
    response: Response = upstream(api_id, deployment_id)
    return response


def authorization_type(
    upstream: Any, api_id: str, stage_name: str, method: str, path: str
) -> str | None:
    """Return the authorization of a method as it is deployed; None if there is no such method."""
    owner = apigateway_v1.find_api_scope(api_id)
    if owner is None:
        return None
    with responses.request_scope(*owner), serving(api_id, _deployment_of(api_id, stage_name)):
        found: str | None = upstream(api_id, stage_name, method, path)
        return found


@contextmanager
def serving(api_id: str, deployment: str | None) -> Iterator[None]:
    """Let every store show what a deployment captured of `api_id`, in this context."""
    token = _serving.set((api_id, _snapshots.get(api_id, {}).get(deployment, {})))
    try:
        yield
    finally:
        _serving.reset(token)


def _deployment_of(api_id: str, stage_name: str) -> str | None:
    deployment: str | None = _stages(api_id).get(stage_name, {}).get("deploymentId")
    return deployment


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
