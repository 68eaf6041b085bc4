"""Canaries: a second deployment that a part of a stage's requests meets, with variables of its own.

MiniStack drops what CreateStage and CreateDeployment are told of a canary, and never serves one.
Source: API Gateway Developer Guide, "Set up an API Gateway canary release deployment"; API
Reference, CanarySettings, DeploymentCanarySettings and "Patch operations" (Stage); the texts as AWS
answers them.
"""

from __future__ import annotations

import random
from typing import Any

from labkit.sandbox.services.apigateway import stage_paths
from labkit.sandbox.services.apigateway.patch_paths import RATE, TEXT, TRUTH
from labkit.sandbox.services.apigateway.patching import Patch, bad_request, converted
from labkit.sandbox.upstream.apigateway import apigateway_v1

Members = dict[str, Any]

SETTINGS = "canarySettings"
KINDS = {"deploymentId": TEXT, "percentTraffic": RATE, "useStageCache": TRUTH}
PROMOTIONS = {
    "/deploymentId": "/canarySettings/deploymentId",
    "/variables": "/canarySettings/stageVariableOverrides",
}
"""By path of a copy: where it has to be from."""


def check_deployment(api_id: str, deployment_id: str | None) -> None:
    """Check that an API has a deployment.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it has not.
    """
    if deployment_id not in apigateway_v1._deployments_v1.get(api_id, {}):
        raise bad_request("Deployment id does not exist")


def of_new_stage(api_id: str, given: Members) -> Members | None:
    """Return the canary that a new stage is to have; None if it is to have none."""
    settings = given.get(SETTINGS)
    if settings is None:
        return None
    check_deployment(api_id, settings.get("deploymentId"))
    return _complete(settings)


def check_new(api_id: str, given: Members) -> None:
    """Check that a canary deployment has a stage to be in.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it has none.
    """
    name = given.get("stageName")
    if not name:
        raise bad_request(
            "Invalid deployment content specified.Non null and non empty stageName must be "
            f"provided for canary deployment. Provided value is {'null' if name is None else name}"
        )
    if name not in apigateway_v1._stages_v1.get(api_id, {}):
        raise bad_request(
            f"Invalid deployment content specified.Stage {name} must already be created before "
            "making a canary release deployment"
        )


def put(api_id: str, stage_name: str, settings: Members, deployment_id: str) -> None:
    """Let a deployment be the canary of a stage."""
    stage = apigateway_v1._stages_v1[api_id][stage_name]
    stage[SETTINGS] = _complete(settings | {"deploymentId": deployment_id})


def patch(api_id: str, stage: Members, within: list[str], change: Patch) -> None:
    """Change a stage's canary as a patch asks.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it cannot be applied.
    """
    op, path, value = change.get("op"), change["path"], change.get("value")
    if op == "add":
        raise bad_request(f"Invalid add operation with path: {path}")
    if op == "remove":
        if within or SETTINGS not in stage:
            raise stage_paths.no_setting(path.lstrip("/"))
        del stage[SETTINGS]
        return
    settings = stage.get(SETTINGS) or {"deploymentId": stage.get("deploymentId")}
    if within[:1] == ["stageVariableOverrides"] and len(within) == 2:
        settings.setdefault(within[0], {})[within[1]] = value
    elif len(within) == 1 and within[0] in KINDS:
        settings[within[0]] = converted(KINDS[within[0]], value, path)
        check_deployment(api_id, settings["deploymentId"])
    else:
        raise stage_paths.unknown(path)
    stage[SETTINGS] = _complete(settings)


def promote(stage: Members, change: Patch) -> None:
    """Let a stage have what its canary has: its deployment, or its variables.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If something else is to be copied, or there is no canary.
    """
    path, source = change.get("path"), change.get("from")
    if PROMOTIONS.get(str(path)) != source:
        raise bad_request(
            f"Invalid copy operation with path: {path} and from {source}. Valid copy:path are "
            f"[{', '.join(PROMOTIONS)}] and valid copy:from are "
            f"[{', '.join(PROMOTIONS.values())}]"
        )
    canary = stage.get(SETTINGS)
    if canary is None:
        raise bad_request("Promotion not available. Canary does not exist.")
    if path == "/deploymentId":
        stage["deploymentId"] = canary["deploymentId"]
    elif overrides := canary.get("stageVariableOverrides"):
        stage["variables"] = (stage.get("variables") or {}) | overrides


def choose(stage: Members) -> tuple[str | None, Members | None]:
    """Choose which of a stage's deployments a request meets.

    Returns
    -------
    tuple
        The deployment's id, and the variables of the canary; None if it does not meet the canary.
    """
    canary = stage.get(SETTINGS)
    if canary is None or random.random() * 100 >= canary["percentTraffic"]:
        return stage.get("deploymentId"), None
    return canary["deploymentId"], canary.get("stageVariableOverrides") or {}


def _complete(settings: Members) -> Members:
    return {"percentTraffic": 0.0, "useStageCache": False} | settings
