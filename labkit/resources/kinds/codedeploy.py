"""CodeDeploy: applications with their deployment groups, and deployment configurations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labkit.resources.billing import Billing
from labkit.resources.kind import Create, Exists, Found, GetClient, Kind, each, pages, tag_map
from labkit.resources.rights import Right
from labkit.resources.run import RUN_TAG

DEPLOYMENT = "d-"
"""Begins a deployment's id (CodeDeploy API reference)."""

UNDER_WAY = ("Created", "Queued", "InProgress", "Baking", "Ready")
"""Statuses of a deployment that is not over."""

TO_LAMBDA = Billing(free="AWS asks nothing for deployments to Lambda")


class Application(Kind):
    """An application with its deployment groups and their deployments."""

    name = "CodeDeploy application"
    service = "codedeploy"
    creates = (Create("CreateApplication", "applicationName", id=None, tags="tags", longest=100),)
    parts = each(
        "applicationName",
        "CreateDeployment",
        "CreateDeploymentGroup",
        "RegisterApplicationRevision",
    )
    exists = each(Exists("DeploymentGroupAlreadyExistsException"), "CreateDeploymentGroup")
    harmless = each(
        "it tells a deployment that is there how to go on",
        "ContinueDeployment",
        "PutLifecycleEventHookExecutionStatus",
        "SkipWaitTimeForInstanceTermination",
    )
    deletes = each("applicationName", "DeleteApplication")
    missing = frozenset(["ApplicationDoesNotExistException"])
    billing = TO_LAMBDA

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client = get_client("codedeploy")
        client.get_application(applicationName=resource_id)
        return Found(resource_id, resource_id, _tags(get_client, resource_id))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = pages(get_client("codedeploy"), "list_applications", "applications[]")
        return (name for name in names if marker in name)

    def wholes(self, get_client: GetClient, part: str) -> Iterable[str]:
        if part.startswith(DEPLOYMENT):
            found = get_client("codedeploy").get_deployment(deploymentId=part)
            application = found["deploymentInfo"]["applicationName"]
            yield application
            yield _tags(get_client, application).get(RUN_TAG, "")

    def quiesce(self, get_client: GetClient, resource_id: str) -> None:
        """Have deployments that are under way give all calls to the old version again."""
        client = get_client("codedeploy")
        for deployment in _under_way(client, resource_id):
            client.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("codedeploy").delete_application(applicationName=resource_id)


class DeploymentConfiguration(Kind):
    """A deployment configuration; it cannot carry tags, so its name alone says whose it is."""

    name = "deployment configuration"
    service = "codedeploy"
    creates = (
        Create("CreateDeploymentConfig", "deploymentConfigName", id=None, tags=None, longest=100),
    )
    deletes = each("deploymentConfigName", "DeleteDeploymentConfig")
    after = ("CodeDeploy application",)
    missing = frozenset(["DeploymentConfigDoesNotExistException"])
    busy = frozenset(["DeploymentConfigInUseException"])
    billing = TO_LAMBDA

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        get_client("codedeploy").get_deployment_config(deploymentConfigName=resource_id)
        return Found(resource_id, resource_id, tags=None)

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = pages(
            get_client("codedeploy"), "list_deployment_configs", "deploymentConfigsList[]"
        )
        return (name for name in names if marker in name)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("codedeploy").delete_deployment_config(deploymentConfigName=resource_id)


def _tags(get_client: GetClient, application: str) -> dict[str, str]:
    client = get_client("codedeploy")
    account = get_client("sts").get_caller_identity()["Account"]
    arn = f"arn:aws:codedeploy:{client.meta.region_name}:{account}:application:{application}"
    return tag_map(client.list_tags_for_resource(ResourceArn=arn)["Tags"])


def _under_way(client: Any, application: str) -> list[str]:
    groups = pages(
        client, "list_deployment_groups", "deploymentGroups[]", applicationName=application
    )
    return [
        deployment
        for group in list(groups)
        for deployment in pages(
            client, "list_deployments", "deployments[]",
            applicationName=application, deploymentGroupName=group,
            includeOnlyStatuses=list(UNDER_WAY),
        )
    ]  # fmt: skip


RIGHTS = (
    Right(
        "student-pipelines",
        "HandRolesToTheLessonsServices",
        passed_to=("codedeploy.amazonaws.com",),
    ),
    Right(
        "student-pipelines",
        "Look",
        (
            "codedeploy:BatchGetDeploymentTargets",
            "codedeploy:GetDeploymentConfig",
            "codedeploy:GetDeploymentTarget",
            "codedeploy:List*",
        ),
    ),
    Right(
        "student-pipelines",
        "EndDeploymentsWhoseIdIsKnown",
        (
            "codedeploy:ContinueDeployment",
            "codedeploy:PutLifecycleEventHookExecutionStatus",
            "codedeploy:StopDeployment",
        ),
    ),
    Right(
        "student-pipelines",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("codedeploy:*",),
        ("arn:aws:codedeploy:*:*:*:lk-*",),
    ),
    Right("student-pipelines", "WriteNothingWithoutTheRunsTag", ("codedeploy:CreateApplication",)),
    Right(
        "student-boundary",
        "WhatFunctionsAndServicesOfALessonDo",
        ("cloudwatch:DescribeAlarms", "codedeploy:PutLifecycleEventHookExecutionStatus"),
    ),
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        (
            "codedeploy:CreateDeployment",
            "codedeploy:GetDeployment",
            "codedeploy:UpdateDeploymentGroup",
            "lambda:GetAlias",
            "lambda:UpdateAlias",
        ),
        ("arn:aws:codedeploy:*:*:*:lk-*", "arn:aws:lambda:*:*:function:lk-*"),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("codedeploy:Get*", "codedeploy:List*")),
    Right("sweep", "StopTheirDeployments", ("codedeploy:StopDeployment",)),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("codedeploy:DeleteApplication", "codedeploy:DeleteDeploymentConfig"),
        ("arn:aws:codedeploy:*:*:*:lk-*",),
    ),
)
