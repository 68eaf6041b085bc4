"""What CodeDeploy asks of other services, with the role of the deployment group.

Source: CodeDeploy User Guide, "Create a service role for CodeDeploy" (AWSCodeDeployRoleForLambda).
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.as_role import FailedError
from labkit.sandbox.gateway.errors import AccessDenied, AwsError
from labkit.sandbox.gateway.internal import OnBehalfOf, call
from labkit.sandbox.services.codedeploy.groups import PRINCIPAL
from labkit.sandbox.services.codedeploy.records import Deployment


async def ask(
    deployment: Deployment, service: str, operation: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    """Call another service for a deployment.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If the role does not allow it.
    labkit.sandbox.gateway.errors.AwsError
        If the service refuses it.
    """
    account, region = deployment.place
    application, group = (
        deployment.info[key] for key in ("applicationName", "deploymentGroupName")
    )
    source = f"arn:aws:codedeploy:{region}:{account}:deploymentgroup:{application}/{group}"
    caller = OnBehalfOf(PRINCIPAL, source, deployment.role, deployment.id)
    try:
        return await call(service, operation, parameters, caller, account=account, region=region)
    except AccessDenied:
        name = {"lambda": "AWSLambda", "cloudwatch": "AmazonCloudWatch"}.get(service, service)
        raise FailedError(
            "IAM_ROLE_PERMISSIONS",
            f"The IAM role {deployment.role} does not give you permission to perform operations in "
            f"the following AWS service: {name}. It has to allow {operation}.",
        ) from None


async def move_alias(deployment: Deployment, version: str, weights: dict[str, float]) -> None:
    """Have an alias's calls meet a version, and others by their weights.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If the role does not allow it, or Lambda refuses it.
    """
    spec = deployment.spec
    change = {
        "FunctionName": spec.function,
        "Name": spec.alias,
        "FunctionVersion": version,
        "RoutingConfig": {"AdditionalVersionWeights": weights},
    }
    try:
        await ask(deployment, "lambda", "UpdateAlias", change)
    except AwsError as error:
        raise FailedError("INVALID_LAMBDA_CONFIGURATION", error.message) from None


async def alias(deployment: Deployment) -> dict[str, Any]:
    """Return a deployment's alias as it is now.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If there is none, or the role does not allow it.
    """
    spec = deployment.spec
    named = {"FunctionName": spec.function, "Name": spec.alias}
    try:
        return await ask(deployment, "lambda", "GetAlias", named)
    except AwsError:
        raise FailedError(
            "INVALID_LAMBDA_FUNCTION",
            f"The Lambda function {spec.function} or its alias {spec.alias} does not exist.",
        ) from None


async def active_alarms(deployment: Deployment) -> list[str]:
    """Return those of a deployment's alarms that are in the state ALARM.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If they cannot be read, and that does not have to be ignored.
    """
    watched = deployment.info.get("overrideAlarmConfiguration") or {}
    names = [alarm["name"] for alarm in watched.get("alarms") or []]
    if not watched.get("enabled") or not names:
        return []
    wanted = {"AlarmNames": names, "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    try:
        found = await ask(deployment, "cloudwatch", "DescribeAlarms", wanted)
    except (AwsError, FailedError) as error:
        if watched.get("ignorePollAlarmFailure"):
            return []
        if isinstance(error, FailedError):
            raise
        raise FailedError("IAM_ROLE_PERMISSIONS", error.message) from None
    alarms = [*(found.get("MetricAlarms") or []), *(found.get("CompositeAlarms") or [])]
    states = {alarm["AlarmName"]: alarm["StateValue"] for alarm in alarms}
    return [name for name in names if states.get(name) == "ALARM"]
