"""Deployments: made, stopped, rolled back and described.

Source: CodeDeploy API Reference, CreateDeployment, StopDeployment, GetDeploymentTarget,
PutLifecycleEventHookExecutionStatus; User Guide, "Redeploy and roll back a deployment".
"""

from __future__ import annotations

import random
import string
import time
from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.process import loop
from labkit.sandbox.services.codedeploy import (
    appspec,
    configurations,
    groups,
    lifecycle,
    notices,
    records,
)
from labkit.sandbox.services.codedeploy.appspec import AppSpec
from labkit.sandbox.services.codedeploy.records import Deployment, Info, LifecycleEvent
from labkit.sandbox.services.place import here

EVENTS = ("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic")
"""The lifecycle events of a deployment to Lambda, in their order."""


def create(given: dict[str, Any], creator: str = "user") -> Deployment:
    """Make a deployment and begin it.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If a setting is none, or the group's last deployment is not over yet.
    """
    application = given["applicationName"]
    records.application(application)
    if not (name := given.get("deploymentGroupName")):
        refuse("DeploymentGroupNameRequiredException", "A deployment group name is required.")
    group = records.group(application, name)
    content = appspec.content_of(given.get("revision") or {})
    spec = appspec.parse(content)
    groups.check_alarms(given.get("overrideAlarmConfiguration"))
    groups.check_rollback(given.get("autoRollbackConfiguration"))
    routing = given.get("deploymentConfigName") or group.info["deploymentConfigName"]
    configurations.routing_of(routing)
    _check_that_none_is_under_way(application, name)
    info = _info(group.info, routing, content, creator)
    info |= {
        key: given[key]
        for key in ("description", "autoRollbackConfiguration", "overrideAlarmConfiguration")
        if given.get(key) is not None
    }
    return _begin(group.info, info, spec)


def stop(identifier: str, roll_back: bool | None) -> Info:
    """Stop a deployment.

    Parameters
    ----------
    identifier
        Its id.
    roll_back
        Whether the old version is to get all calls again; None for what the group says.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is none, or it is over.
    """
    deployment = records.deployment(identifier)
    if deployment.is_over:
        text = f"The deployment {identifier} is already completed."
        refuse("DeploymentAlreadyCompletedException", text)
    if roll_back is not None:
        events = ["DEPLOYMENT_STOP_ON_REQUEST"] if roll_back else []
        deployment.info["autoRollbackConfiguration"] = {"enabled": roll_back, "events": events}
    deployment.stopped.set()
    return {"status": "Pending", "statusMessage": "The deployment is being stopped."}


def answer_hook(given: dict[str, Any]) -> Info:
    """Take what a hook's function tells.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is no result, or nobody waits for it.
    """
    if not given.get("deploymentId"):
        refuse("DeploymentIdRequiredException", "At least one deployment ID must be specified.")
    deployment = records.deployment(given["deploymentId"])
    status = given.get("status")
    if status not in ("Succeeded", "Failed"):
        text = f"The status {status} is not valid: it has to be Succeeded or Failed."
        refuse("InvalidLifecycleEventHookExecutionStatusException", text)
    identifier = given.get("lifecycleEventHookExecutionId")
    event = next((one for one in deployment.events if one.execution_id == identifier), None)
    if event is None or not identifier:
        text = f"The lifecycle event hook execution id {identifier} is not valid."
        refuse("InvalidLifecycleEventHookExecutionIdException", text)
    if event.status != "InProgress":
        text = f"The lifecycle event {event.name} has been completed already."
        refuse("LifecycleEventAlreadyCompletedException", text)
    event.end(status)
    return {"lifecycleEventHookExecutionId": identifier}


def describe(deployment: Deployment) -> Info:
    """Describe a deployment."""
    status = deployment.info["status"]
    counted = {"Created": "Pending", "Queued": "Pending", "Stopped": "Skipped"}.get(status, status)
    overview = dict.fromkeys(("Pending", "InProgress", "Succeeded", "Failed", "Skipped"), 0)
    return deployment.info | {"deploymentOverview": overview | {counted: 1, "Ready": 0}}


def target_id(deployment: Deployment) -> str:
    """Return the id of a deployment's one target."""
    return f"{deployment.spec.function}:{deployment.spec.alias}"


def target(deployment: Deployment) -> Info:
    """Describe a deployment's one target: the alias, and how far its calls are shifted."""
    account, region = deployment.place
    spec, status = deployment.spec, deployment.info["status"]
    described = {
        "deploymentId": deployment.id,
        "targetId": target_id(deployment),
        "targetArn": f"arn:aws:lambda:{region}:{account}:function:{spec.function}:{spec.alias}",
        "status": {"Created": "Pending", "Stopped": "Failed"}.get(status, status),
        "lastUpdatedAt": deployment.updated,
        "lifecycleEvents": [_event(event) for event in deployment.events],
        "lambdaFunctionInfo": {
            "functionName": spec.function,
            "functionAlias": spec.alias,
            "currentVersion": spec.current,
            "targetVersion": spec.target,
            "targetVersionWeight": deployment.weight,
        },
    }
    return {"deploymentTargetType": "LambdaTarget", "lambdaTarget": described}


def _event(event: LifecycleEvent) -> Info:
    described: Info = {"lifecycleEventName": event.name, "status": event.status}
    return described | {"startTime": event.began, "endTime": event.ended}


def _check_that_none_is_under_way(application: str, group: str) -> None:
    for other in records.deployments_of(application, group):
        if not other.is_over:
            refuse(
                "DeploymentLimitExceededException",
                f"The Deployment Group '{group}' already has an active Deployment '{other.id}'",
            )


def _info(group: Info, routing: str, content: str, creator: str) -> Info:
    info = {
        "deploymentId": "d-" + "".join(random.choices(string.ascii_uppercase + string.digits, k=9)),
        "applicationName": group["applicationName"],
        "deploymentGroupName": group["deploymentGroupName"],
        "deploymentConfigName": routing,
        "revision": appspec.revision(content),
        "status": "Created",
        "createTime": time.time(),
        "creator": creator,
        "ignoreApplicationStopFailures": False,
        "updateOutdatedInstancesOnly": False,
        "deploymentStyle": group["deploymentStyle"],
        "computePlatform": "Lambda",
        "deploymentStatusMessages": [configurations.pace()],
    }
    inherited = {
        "autoRollbackConfiguration": group.get("autoRollbackConfiguration"),
        "overrideAlarmConfiguration": group.get("alarmConfiguration"),
    }
    return info | {key: value for key, value in inherited.items() if value is not None}


def _begin(group: Info, info: Info, spec: AppSpec) -> Deployment:
    events = [LifecycleEvent(name, spec.hooks.get(name, "")) for name in EVENTS]
    routing = configurations.routing_of(info["deploymentConfigName"])
    role = group["serviceRoleArn"]
    deployment = Deployment(here(), info, spec, routing, role, events)
    before = [
        one
        for one in records.deployments_of(info["applicationName"], info["deploymentGroupName"])
        if one.info["status"] == "Succeeded"
    ]
    if before:
        info["previousRevision"] = before[-1].info["revision"]
    records.deployments()[deployment.id] = deployment
    loop.start(_run(deployment, group))
    return deployment


async def _run(deployment: Deployment, group: Info) -> None:
    """Take a deployment to its end, and begin the one that undoes it, if that is asked for."""
    try:
        await lifecycle.go(deployment)
    finally:
        if _is_to_be_rolled_back(deployment):
            _roll_back(deployment, group)
        deployment.ended.set()
    await notices.tell(deployment)


def _is_to_be_rolled_back(deployment: Deployment) -> bool:
    info = deployment.info
    rollback = info.get("autoRollbackConfiguration") or {}
    if deployment.is_rollback or not deployment.engaged or not rollback.get("enabled"):
        return False
    code = (info.get("errorInformation") or {}).get("code")
    event = {
        "ALARM_ACTIVE": "DEPLOYMENT_STOP_ON_ALARM",
        "MANUAL_STOP": "DEPLOYMENT_STOP_ON_REQUEST",
    }.get(str(code), "DEPLOYMENT_FAILURE")
    return info["status"] in ("Failed", "Stopped") and event in rollback["events"]


def _roll_back(deployment: Deployment, group: Info) -> None:
    """Begin the deployment that gives all calls to the old version again."""
    spec = deployment.spec
    back = AppSpec(spec.function, spec.alias, spec.target, spec.current, {})
    all_at_once = f"{configurations.PREFIX}LambdaAllAtOnce"
    info = _info(group, all_at_once, appspec.write(back), "codeDeployRollback")
    info["rollbackInfo"] = {
        "rollbackTriggeringDeploymentId": deployment.id,
        "rollbackMessage": f"Deployment {info['deploymentId']} is triggered to roll back "
        f"deployment {deployment.id}.",
    }
    deployment.info["rollbackInfo"] = {
        "rollbackDeploymentId": info["deploymentId"],
        "rollbackMessage": f"Deployment {deployment.id} terminated. Automatic rollback is "
        f"triggered with a DeploymentId {info['deploymentId']}.",
    }
    _begin(group, info, back)
