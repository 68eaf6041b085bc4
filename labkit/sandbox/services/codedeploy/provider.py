"""CodeDeploy for Lambda: an alias's calls are shifted from one version to the other, and back.

| where | what |
|---|---|
| `applications.py`, `groups.py`, `configurations.py` | what a deployment is made by |
| `appspec.py` | what a deployment is to do |
| `deployments.py` | deployments: made, stopped, rolled back, described |
| `lifecycle.py` | the lifecycle events of one: hooks, traffic shifting, alarms |
| `as_role.py` | what CodeDeploy asks of Lambda and CloudWatch, with the group's role |
| `notices.py` | what EventBridge is told |
| `records.py` | what is kept |

MiniStack has no CodeDeploy. What is not here, deployments to EC2 and ECS among it, is refused.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.codedeploy import (
    applications,
    arns,
    configurations,
    deployments,
    groups,
    records,
)
from labkit.sandbox.services.codedeploy.records import Info
from labkit.sandbox.services.provider import Provider, operation


class CodeDeploy(Provider):
    """CodeDeploy."""

    def resource(self, request: Request) -> str | None:
        """Return the ARN of what a request is about."""
        return arns.of_request(request)

    @operation("CreateApplication")
    def create_application(self, request: Request) -> Info:
        """Make an application."""
        return applications.create(request.parameters)

    @operation("GetApplication")
    def get_application(self, request: Request) -> Info:
        """Describe an application."""
        return {"application": records.application(request.parameters["applicationName"]).info}

    @operation("BatchGetApplications")
    def batch_get_applications(self, request: Request) -> Info:
        """Describe several applications."""
        names = request.parameters["applicationNames"]
        return {"applicationsInfo": [records.application(name).info for name in names]}

    @operation("ListApplications")
    def list_applications(self, request: Request) -> Info:
        """List the names of all applications."""
        return {"applications": list(records.applications())}

    @operation("UpdateApplication")
    def update_application(self, request: Request) -> None:
        """Give an application another name."""
        given = request.parameters
        applications.rename(given["applicationName"], given["newApplicationName"])

    @operation("DeleteApplication")
    def delete_application(self, request: Request) -> None:
        """Delete an application with its groups."""
        applications.delete(request.parameters["applicationName"])

    @operation("CreateDeploymentGroup")
    def create_deployment_group(self, request: Request) -> Info:
        """Make a deployment group."""
        return groups.create(request.parameters)

    @operation("UpdateDeploymentGroup")
    def update_deployment_group(self, request: Request) -> Info:
        """Change a deployment group."""
        return groups.update(request.parameters)

    @operation("GetDeploymentGroup")
    def get_deployment_group(self, request: Request) -> Info:
        """Describe a deployment group."""
        given = request.parameters
        found = records.group(given["applicationName"], given["deploymentGroupName"])
        return {"deploymentGroupInfo": groups.describe(found)}

    @operation("BatchGetDeploymentGroups")
    def batch_get_deployment_groups(self, request: Request) -> Info:
        """Describe several groups of an application."""
        given = request.parameters
        found = [
            records.group(given["applicationName"], name) for name in given["deploymentGroupNames"]
        ]
        return {"deploymentGroupsInfo": [groups.describe(one) for one in found]}

    @operation("ListDeploymentGroups")
    def list_deployment_groups(self, request: Request) -> Info:
        """List the names of an application's groups."""
        name = request.parameters["applicationName"]
        return {
            "applicationName": name,
            "deploymentGroups": list(records.application(name).groups),
        }

    @operation("DeleteDeploymentGroup")
    def delete_deployment_group(self, request: Request) -> Info:
        """Delete a deployment group."""
        given = request.parameters
        return groups.delete(given["applicationName"], given["deploymentGroupName"])

    @operation("CreateDeploymentConfig")
    def create_deployment_config(self, request: Request) -> Info:
        """Make a deployment configuration."""
        return configurations.create(request.parameters)

    @operation("GetDeploymentConfig")
    def get_deployment_config(self, request: Request) -> Info:
        """Describe a deployment configuration."""
        return configurations.get(request.parameters["deploymentConfigName"])

    @operation("ListDeploymentConfigs")
    def list_deployment_configs(self, request: Request) -> Info:
        """List the names of all deployment configurations."""
        return configurations.names()

    @operation("DeleteDeploymentConfig")
    def delete_deployment_config(self, request: Request) -> None:
        """Delete a deployment configuration."""
        configurations.delete(request.parameters["deploymentConfigName"])

    @operation("CreateDeployment")
    def create_deployment(self, request: Request) -> Info:
        """Make a deployment, which begins at once."""
        return {"deploymentId": deployments.create(request.parameters).id}

    @operation("GetDeployment")
    def get_deployment(self, request: Request) -> Info:
        """Describe a deployment."""
        found = records.deployment(request.parameters["deploymentId"])
        return {"deploymentInfo": deployments.describe(found)}

    @operation("BatchGetDeployments")
    def batch_get_deployments(self, request: Request) -> Info:
        """Describe several deployments."""
        found = map(records.deployment, request.parameters["deploymentIds"])
        return {"deploymentsInfo": [deployments.describe(one) for one in found]}

    @operation("ListDeployments")
    def list_deployments(self, request: Request) -> Info:
        """List the ids of deployments, the newest first."""
        return {"deployments": [one.id for one in _chosen(request.parameters)]}

    @operation("StopDeployment")
    def stop_deployment(self, request: Request) -> Info:
        """Stop a deployment."""
        given = request.parameters
        return deployments.stop(given["deploymentId"], given.get("autoRollbackEnabled"))

    @operation("ListDeploymentTargets")
    def list_deployment_targets(self, request: Request) -> Info:
        """List the id of a deployment's one target."""
        found = records.deployment(request.parameters["deploymentId"])
        return {"targetIds": [deployments.target_id(found)]}

    @operation("GetDeploymentTarget")
    def get_deployment_target(self, request: Request) -> Info:
        """Describe a target of a deployment."""
        given = request.parameters
        return {"deploymentTarget": _target(given["deploymentId"], given["targetId"])}

    @operation("BatchGetDeploymentTargets")
    def batch_get_deployment_targets(self, request: Request) -> Info:
        """Describe targets of a deployment."""
        given = request.parameters
        found = [_target(given["deploymentId"], one) for one in given["targetIds"]]
        return {"deploymentTargets": found}

    @operation("PutLifecycleEventHookExecutionStatus")
    def put_lifecycle_event_hook_execution_status(self, request: Request) -> Info:
        """Take the result of a hook's function."""
        return deployments.answer_hook(request.parameters)

    @operation("ListTagsForResource")
    def list_tags_for_resource(self, request: Request) -> Info:
        """List the tags of an application or a group."""
        tags = arns.tags_of(request.parameters["ResourceArn"])
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    @operation("TagResource")
    def tag_resource(self, request: Request) -> None:
        """Put tags on an application or a group."""
        tags = arns.tags_of(request.parameters["ResourceArn"])
        tags.update({tag["Key"]: tag.get("Value", "") for tag in request.parameters["Tags"]})

    @operation("UntagResource")
    def untag_resource(self, request: Request) -> None:
        """Take tags from an application or a group."""
        tags = arns.tags_of(request.parameters["ResourceArn"])
        for key in request.parameters["TagKeys"]:
            tags.pop(key, None)


def _chosen(given: dict[str, Any]) -> list[records.Deployment]:
    """Return the deployments that a request to list them is about, the newest first."""
    application, group = given.get("applicationName"), given.get("deploymentGroupName")
    if application and group:
        records.group(application, group)
        found = list(records.deployments_of(application, group))
    elif application or group:
        missing = "DeploymentGroup" if application else "Application"
        text = "An application and a deployment group are named together, or none of them."
        refuse(f"{missing}NameRequiredException", text)
    else:
        found = list(records.deployments().values())
    statuses = given.get("includeOnlyStatuses")
    period = given.get("createTimeRange") or {}
    start, end = _seconds(period.get("start")), _seconds(period.get("end"))
    return [
        one
        for one in reversed(found)
        if (not statuses or one.info["status"] in statuses)
        and (start is None or one.info["createTime"] >= start)
        and (end is None or one.info["createTime"] <= end)
    ]


def _seconds(given: Any) -> float | None:
    return None if given is None else float(given)


def _target(identifier: str, target: str) -> Info:
    found = records.deployment(identifier)
    if target != deployments.target_id(found):
        text = f"The deployment target {target} could not be found"
        refuse("DeploymentTargetDoesNotExistException", text)
    return deployments.target(found)


PROVIDER = CodeDeploy()
