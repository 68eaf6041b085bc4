"""The ARNs of what CodeDeploy keeps, which IAM's policies and tags go by.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS
CodeDeploy".
"""

from __future__ import annotations

from labkit.sandbox.gateway.errors import AwsError, refuse
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.codedeploy import records

ABOUT_NOTHING = frozenset(
    [
        "BatchGetDeploymentTargets",
        "ContinueDeployment",
        "GetDeploymentTarget",
        "ListDeploymentTargets",
        "StopDeployment",
    ]
)
"""Operations on a deployment that take no resource, so that a policy can name but ``*``."""


def of_request(request: Request) -> str | None:
    """Return the ARN of what a request is about; None if it names nothing."""
    given = request.parameters
    if request.operation in ABOUT_NOTHING:
        return None
    if arn := given.get("ResourceArn"):
        return str(arn)
    start = f"arn:aws:codedeploy:{request.region}:{request.account}"
    if identifier := given.get("deploymentId"):
        found = records.deployments().get(identifier)
        if found is None:
            return f"{start}:deploymentgroup:*"
        info = found.info
        named = f"{info['applicationName']}/{info['deploymentGroupName']}"
        return f"{start}:deploymentgroup:{named}"
    application = given.get("applicationName")
    group = given.get("deploymentGroupName") or given.get("currentDeploymentGroupName")
    if application and group:
        return f"{start}:deploymentgroup:{application}/{group}"
    if application:
        return f"{start}:application:{application}"
    if name := given.get("deploymentConfigName"):
        return f"{start}:deploymentconfig:{name}"
    return None


def tags_of(arn: str) -> dict[str, str]:
    """Return the tags of what an ARN names, to be changed in place.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it names no application and no group.
    """
    *start, kind, name = arn.split(":", 6) if arn.count(":") >= 6 else ("", "", "")
    if start[:3] != ["arn", "aws", "codedeploy"]:
        refuse("InvalidArnException", f"The ARN {arn} is not valid.")
    if kind == "application":
        return records.application(name).tags
    if kind == "deploymentgroup":
        return records.group(*name.split("/", 1)).tags
    raise AwsError(f"The ARN {arn} is of nothing that has tags.", "ArnNotSupportedException")
