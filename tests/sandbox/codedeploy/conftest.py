"""A function with two versions, an alias of the first, and what CodeDeploy needs to shift it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.sandbox.conftest import Aws, aws_of, running_sandbox, wait_for, zipped

MINUTE_SECONDS = 1.0
"""How long a minute of a deployment takes in these tests."""

GOOD = "def handler(event, context):\n    return context.function_version\n"
BAD = "def handler(event, context):\n    raise ValueError(context.function_version)\n"

ALL_ROLLBACKS = {
    "enabled": True,
    "events": [
        "DEPLOYMENT_FAILURE",
        "DEPLOYMENT_STOP_ON_ALARM",
        "DEPLOYMENT_STOP_ON_REQUEST",
    ],
}


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """A sandbox whose deployments take seconds."""
    with running_sandbox(LABKIT_SANDBOX_DEPLOYMENT_MINUTE=str(MINUTE_SECONDS)) as sandbox:
        yield aws_of(sandbox)


@dataclass
class Shift:
    """A function, its alias `live`, and a deployment group that shifts it."""

    aws: Aws
    function: str
    application: str
    group: str = "orders"
    versions: list[str] = field(default_factory=list)

    @property
    def codedeploy(self) -> Any:
        """A client of CodeDeploy."""
        return self.aws.client("codedeploy")

    def publish(self, source: str) -> str:
        """Publish a version of other code; return its number."""
        lambda_ = self.aws.client("lambda")
        lambda_.update_function_code(
            FunctionName=self.function, ZipFile=zipped({"index.py": source})
        )
        wait_for(
            lambda: (
                lambda_.get_function_configuration(FunctionName=self.function)["LastUpdateStatus"]
                == "Successful"
            )
        )
        version = lambda_.publish_version(FunctionName=self.function)["Version"]
        self.versions.append(version)
        return str(version)

    def deploy(self, current: str, target: str, *, hooks: Any = (), **settings: Any) -> str:
        """Begin a deployment; return its id."""
        properties = {
            "Name": self.function,
            "Alias": "live",
            "CurrentVersion": current,
            "TargetVersion": target,
        }
        spec = {
            "version": 0.0,
            "Resources": [{"fn": {"Type": "AWS::Lambda::Function", "Properties": properties}}],
            "Hooks": list(hooks),
        }
        revision = {
            "revisionType": "AppSpecContent",
            "appSpecContent": {"content": json.dumps(spec)},
        }
        request = {
            "applicationName": self.application,
            "deploymentGroupName": self.group,
            "revision": revision,
        }
        return str(self.codedeploy.create_deployment(**request | settings)["deploymentId"])

    def info(self, deployment: str) -> dict[str, Any]:
        """What GetDeployment tells."""
        found: dict[str, Any] = self.codedeploy.get_deployment(deploymentId=deployment)
        return dict(found["deploymentInfo"])

    def end(self, deployment: str) -> dict[str, Any]:
        """Wait for a deployment's end; return what GetDeployment tells then."""
        found: dict[str, Any] = wait_for(
            lambda: (
                (info := self.info(deployment))["status"] in ("Succeeded", "Failed", "Stopped")
                and info
            )
        )
        return found

    def rolled_back(self, deployment: str) -> dict[str, Any]:
        """Wait for the deployment that undoes another one; return what GetDeployment tells."""
        identifier = wait_for(
            lambda: self.info(deployment).get("rollbackInfo", {}).get("rollbackDeploymentId")
        )
        return self.end(identifier)

    def target(self, deployment: str) -> dict[str, Any]:
        """What GetDeploymentTarget tells of the alias."""
        ids = self.codedeploy.list_deployment_targets(deploymentId=deployment)["targetIds"]
        found = self.codedeploy.batch_get_deployment_targets(deploymentId=deployment, targetIds=ids)
        return dict(found["deploymentTargets"][0]["lambdaTarget"])

    def events(self, deployment: str) -> dict[str, str]:
        """The status of each lifecycle event."""
        events = self.target(deployment)["lifecycleEvents"]
        return {event["lifecycleEventName"]: event["status"] for event in events}

    def alias(self) -> tuple[str, dict[str, float]]:
        """The alias's main version, and the weights of others."""
        found = self.aws.client("lambda").get_alias(FunctionName=self.function, Name="live")
        weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        return found["FunctionVersion"], weights


def new_shift(
    aws: Aws,
    *,
    deploys: list[str] | None = None,
    source: str = GOOD,
    settings: dict[str, Any] | None = None,
    **group: Any,
) -> Shift:
    """Make a function with an alias of its first version, and a group; `deploys` are its rights."""
    function = aws.function(source, **settings or {})
    shift = Shift(aws, function, aws.name("application"))
    lambda_, codedeploy = aws.client("lambda"), shift.codedeploy
    first = lambda_.publish_version(FunctionName=function)["Version"]
    shift.versions.append(first)
    lambda_.create_alias(FunctionName=function, Name="live", FunctionVersion=first)
    may = deploys if deploys is not None else ["lambda:*", "cloudwatch:DescribeAlarms"]
    policy = {"Effect": "Allow", "Action": may, "Resource": "*"}
    role = aws.role(service="codedeploy.amazonaws.com", policy=policy)
    codedeploy.create_application(applicationName=shift.application, computePlatform="Lambda")
    grouped = {
        "deploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
        "serviceRoleArn": role,
        "autoRollbackConfiguration": ALL_ROLLBACKS,
    }
    codedeploy.create_deployment_group(
        applicationName=shift.application, deploymentGroupName=shift.group, **grouped | group
    )
    return shift
