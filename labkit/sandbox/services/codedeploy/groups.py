"""Deployment groups: which role deploys, how fast, which alarms stop it, and what is rolled back.

Source: CodeDeploy API Reference, CreateDeploymentGroup and UpdateDeploymentGroup.
"""

from __future__ import annotations

import uuid
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.gateway.errors import Unsupported, refuse
from labkit.sandbox.services.codedeploy import configurations, records
from labkit.sandbox.services.codedeploy.configurations import NAME
from labkit.sandbox.services.codedeploy.records import Deployment, DeploymentGroup, Info

PRINCIPAL = "codedeploy.amazonaws.com"

BLUE_GREEN = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
"""The only style of a deployment to Lambda (CodeDeploy User Guide)."""

MOST_ALARMS = 10
ROLLBACK_EVENTS = frozenset(
    ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST")
)
SETTINGS = (
    "deploymentConfigName",
    "serviceRoleArn",
    "alarmConfiguration",
    "autoRollbackConfiguration",
    "deploymentStyle",
)
"""What a group of the compute platform Lambda has."""

OF_OTHER_PLATFORMS = (
    "ec2TagFilters",
    "onPremisesInstanceTagFilters",
    "autoScalingGroups",
    "loadBalancerInfo",
    "ec2TagSet",
    "ecsServices",
    "onPremisesTagSet",
    "blueGreenDeploymentConfiguration",
)


def create(given: dict[str, Any]) -> Info:
    """Make a group; return its id.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If a setting is none, its name is taken, or its role does not trust CodeDeploy.
    """
    application, name = records.application(given["applicationName"]), given["deploymentGroupName"]
    _check_name(name)
    if name in application.groups:
        text = f"Deployment Group already exists for name: {name}"
        refuse("DeploymentGroupAlreadyExistsException", text)
    info: Info = {
        "applicationName": given["applicationName"],
        "deploymentGroupId": str(uuid.uuid4()),
        "deploymentGroupName": name,
        "deploymentStyle": dict(BLUE_GREEN),
        "computePlatform": "Lambda",
        "deploymentConfigName": f"{configurations.PREFIX}LambdaAllAtOnce",
    }
    _check(given)
    _set(info, given)
    tags = {tag["Key"]: tag.get("Value", "") for tag in given.get("tags") or []}
    application.groups[name] = DeploymentGroup(info, tags)
    return {"deploymentGroupId": info["deploymentGroupId"]}


def update(given: dict[str, Any]) -> Info:
    """Change a group.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If a setting is none, or the new name is taken.
    """
    application = records.application(given["applicationName"])
    found = records.group(given["applicationName"], given["currentDeploymentGroupName"])
    _check(given)
    if new := given.get("newDeploymentGroupName"):
        _check_name(new)
        if new in application.groups:
            text = f"Deployment Group already exists for name: {new}"
            refuse("DeploymentGroupAlreadyExistsException", text)
        del application.groups[given["currentDeploymentGroupName"]]
        application.groups[new] = found
        found.info["deploymentGroupName"] = new
    _set(found.info, given)
    return {"hooksNotCleanedUp": []}


def delete(application: str, name: str) -> Info:
    """Delete a group; one that is not there is no error."""
    if application in records.applications():
        records.applications()[application].groups.pop(name, None)
    return {"hooksNotCleanedUp": []}


def describe(group: DeploymentGroup) -> Info:
    """Describe a group with its last deployments."""
    name = group.info["applicationName"], group.info["deploymentGroupName"]
    deployments = list(records.deployments_of(*name))
    succeeded = [one for one in deployments if one.info["status"] == "Succeeded"]
    described = dict(group.info)
    if deployments:
        described["lastAttemptedDeployment"] = _last(deployments[-1])
    if succeeded:
        described["lastSuccessfulDeployment"] = _last(succeeded[-1])
        described["targetRevision"] = succeeded[-1].info["revision"]
    return described


def check_alarms(alarms: Info | None) -> None:
    """Check which alarms are to stop a deployment.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If they are none, too many, or one of them is there twice.
    """
    if alarms is None:
        return
    names = [alarm.get("name") for alarm in alarms.get("alarms") or []]
    if len(names) > MOST_ALARMS:
        refuse("AlarmsLimitExceededException", f"A group can have {MOST_ALARMS} alarms.")
    if alarms.get("enabled") and not names:
        text = "Alarm configuration cannot be enabled without alarms."
        refuse("InvalidAlarmConfigException", text)
    if len(set(names)) < len(names) or not all(names):
        text = "The alarm configuration has an alarm without a name, or one alarm twice."
        refuse("InvalidAlarmConfigException", text)


def check_rollback(rollback: Info | None) -> None:
    """Check when a deployment is to be rolled back.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If that is enabled without an event, or an event is none.
    """
    if rollback is None:
        return
    events = rollback.get("events") or []
    if (rollback.get("enabled") and not events) or not set(events) <= ROLLBACK_EVENTS:
        refuse(
            "InvalidAutoRollbackConfigException",
            "The automatic rollback configuration was specified in an invalid format. For example, "
            "automatic rollback is enabled, but an invalid triggering event type or no event "
            "types were listed.",
        )


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        refuse("InvalidDeploymentGroupNameException", f"Invalid deployment group name: {name}")


def _check(given: dict[str, Any]) -> None:
    for member in OF_OTHER_PLATFORMS:
        if given.get(member):
            text = f"{member} is not for the compute platform Lambda. Nothing was done."
            refuse("InvalidInputException", text)
    if given.get("triggerConfigurations"):
        raise Unsupported(
            "The embedded sandbox has no triggers of deployment groups; a rule of EventBridge "
            "gets the same events. Nothing was done."
        )
    if (style := given.get("deploymentStyle")) is not None and style != BLUE_GREEN:
        text = "For the Lambda compute platform, the style is BLUE_GREEN and WITH_TRAFFIC_CONTROL."
        refuse("InvalidDeploymentStyleException", text)
    if name := given.get("deploymentConfigName"):
        configurations.routing_of(name)
    check_alarms(given.get("alarmConfiguration"))
    check_rollback(given.get("autoRollbackConfiguration"))
    _check_role(given.get("serviceRoleArn"))


def _check_role(role: str | None) -> None:
    if role is not None and not permissions.role_trusts(role, PRINCIPAL):
        refuse(
            "InvalidRoleException",
            f"AWS CodeDeploy does not have the permissions required to assume the role {role}.",
        )


def _set(info: Info, given: dict[str, Any]) -> None:
    info.update({key: given[key] for key in SETTINGS if given.get(key) is not None})


def _last(deployment: Deployment) -> Info:
    info = deployment.info
    return {
        "deploymentId": info["deploymentId"],
        "status": info["status"],
        "createTime": info["createTime"],
        "endTime": info.get("completeTime"),
    }
