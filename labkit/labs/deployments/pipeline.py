"""The pipeline of the delivery service: its build, its stages, and what an execution came to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from labkit.labs.delivery.handler_tests import NO_PLUGINS
from labkit.labs.deployments.pipeline_roles import ROLES, make_role
from labkit.labs.deployments.working_copy import REPORTS
from labkit.labs.lab_run import LabRun
from labkit.measure.frames import TEXT, UTC_TIME, typed_frame
from labkit.polling import wait_until

SOURCE = "source.zip"
CHANGE_SET = "pipeline"
SHIFT = "canary-then-full"
"""The action that shifts the calls: one deployment of CodeDeploy, so one action."""
OVER = ("Succeeded", "Failed", "Stopped", "Superseded", "Cancelled")
LONGEST_S = 1_800

STATE_COLUMNS = {
    "stage": TEXT,
    "action": TEXT,
    "status": TEXT,
    "changed": UTC_TIME,
    "error": TEXT,
}


@dataclass(frozen=True)
class DeliveryPipeline:
    """A pipeline and what belongs to it.

    Attributes
    ----------
    name, bucket, project, stack
        What they are called.
    """

    lab: LabRun
    name: str
    bucket: str
    project: str
    stack: str

    @property
    def report_group(self) -> str:
        """The ARN of the group that the build's test reports go to."""
        group = f"report-group/{self.project}-{REPORTS}"
        return f"arn:aws:codebuild:{self.lab.region}:{self.lab.account}:{group}"

    def release(self, source: bytes) -> str:
        """Put a source into the bucket and start the pipeline; return the execution's id."""
        self.lab.client("s3").put_object(Bucket=self.bucket, Key=SOURCE, Body=source)
        codepipeline = self.lab.client("codepipeline")
        begun = codepipeline.start_pipeline_execution(name=self.name)
        return str(begun["pipelineExecutionId"])

    def status(self, execution: str) -> str:
        """Return the status of an execution."""
        found = self.lab.client("codepipeline").get_pipeline_execution(
            pipelineName=self.name, pipelineExecutionId=execution
        )
        return str(found["pipelineExecution"]["status"])

    def is_over(self, execution: str) -> bool:
        """Tell whether an execution has come to its end."""
        return self.status(execution) in OVER

    def wait(self, execution: str) -> str:
        """Wait for the end of an execution; return its status."""

        def ended() -> str | None:
            status = self.status(execution)
            return status if status in OVER else None

        found = wait_until(ended, seconds=LONGEST_S, what=f"the pipeline's execution {execution}")
        return str(found)

    def actions(self, execution: str) -> pd.DataFrame:
        """Return the actions of an execution, in their order, with those that it never came to.

        Returns
        -------
        pandas.DataFrame
            ``stage``, ``action``, ``status`` ("Succeeded", "Failed", "InProgress", "Abandoned", or
            "not reached"), ``changed`` (UTC), ``error`` (why it failed).
        """
        client = self.lab.client("codepipeline")
        runs = client.list_action_executions(
            pipelineName=self.name, filter={"pipelineExecutionId": execution}
        )["actionExecutionDetails"]
        last = {(one["stageName"], one["actionName"]): one for one in reversed(runs)}
        declared = client.get_pipeline(name=self.name)["pipeline"]["stages"]
        return typed_frame(
            (
                _row(stage["name"], action["name"], last.get((stage["name"], action["name"])))
                for stage in declared
                for action in sorted(stage["actions"], key=lambda one: one.get("runOrder", 1))
            ),
            STATE_COLUMNS,
        )

    def build_log(self) -> list[str]:
        """Return what the last build has printed."""
        codebuild, logs = self.lab.client("codebuild"), self.lab.client("logs")
        ids = codebuild.list_builds_for_project(projectName=self.project)["ids"]
        [build] = codebuild.batch_get_builds(ids=ids[:1])["builds"]
        place = build["logs"]
        events = logs.get_log_events(
            logGroupName=place["groupName"],
            logStreamName=place["streamName"],
            startFromHead=True,
        )["events"]
        return [event["message"].rstrip() for event in events]


def delivery_pipeline(lab: LabRun, stack: str) -> DeliveryPipeline:
    """Make the pipeline of a stack that is there, with its bucket, its build and its roles.

    Parameters
    ----------
    lab
        The run.
    stack
        The stack's name.

    Returns
    -------
    DeliveryPipeline
        Its bucket is the one that `first_version` has made. It has not run yet: the first
        execution, which CodePipeline begins by itself, is stopped.
    """
    made = DeliveryPipeline(
        lab, lab.name("pipeline"), lab.name("artifacts"), lab.name("build"), stack
    )
    roles = {
        name: make_role(lab, name, bucket=made.bucket, project=made.project, stack=stack)
        for name in ROLES
    }
    _project(lab, made, roles["build"])
    _report_group(lab, made)
    _create(lab, made, roles)
    return made


def _row(stage: str, action: str, run: dict[str, Any] | None) -> dict[str, Any]:
    if run is None:
        return {"stage": stage, "action": action, "status": "not reached"}
    error = run.get("output", {}).get("executionResult", {}).get("errorDetails", {})
    return {
        "stage": stage,
        "action": action,
        "status": run["status"],
        "changed": run["lastUpdateTime"],
        "error": error.get("message"),
    }


def _project(lab: LabRun, made: DeliveryPipeline, role: str) -> None:
    lab.client("codebuild").create_project(
        name=made.project,
        source={"type": "CODEPIPELINE"},
        artifacts={"type": "CODEPIPELINE"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [
                {"name": "ARTIFACTS", "value": made.bucket},
                {"name": "CODEBUILD_CONFIG_AUTO_DISCOVER", "value": "false"},
                *({"name": name, "value": value} for name, value in NO_PLUGINS.items()),
            ],
        },
        serviceRole=role,
    )


def _report_group(lab: LabRun, made: DeliveryPipeline) -> None:
    """Make the group of test reports, so that it is the run's: a build would make it otherwise."""
    lab.client("codebuild").create_report_group(
        name=made.report_group.rpartition("/")[2],
        type="TEST",
        exportConfig={"exportConfigType": "NO_EXPORT"},
    )


def _create(lab: LabRun, made: DeliveryPipeline, roles: dict[str, str]) -> None:
    codepipeline = lab.client("codepipeline")
    codepipeline.create_pipeline(
        pipeline={
            "name": made.name,
            "roleArn": roles["pipeline"],
            "artifactStore": {"type": "S3", "location": made.bucket},
            "pipelineType": "V2",
            "stages": _stages(made, roles["stack"]),
        }
    )
    begun = codepipeline.list_pipeline_executions(pipelineName=made.name)
    for one in begun["pipelineExecutionSummaries"]:
        if one["status"] == "InProgress":
            codepipeline.stop_pipeline_execution(
                pipelineName=made.name, pipelineExecutionId=one["pipelineExecutionId"], abandon=True
            )


def _stages(made: DeliveryPipeline, stack_role: str) -> list[dict[str, Any]]:
    named = {"StackName": made.stack, "ChangeSetName": CHANGE_SET}
    prepare = named | {
        "ActionMode": "CHANGE_SET_REPLACE",
        "TemplatePath": "Packaged::packaged.yaml",
        "Capabilities": "CAPABILITY_IAM,CAPABILITY_AUTO_EXPAND",
        "RoleArn": stack_role,
    }
    source = {"S3Bucket": made.bucket, "S3ObjectKey": SOURCE, "PollForSourceChanges": "false"}
    return [
        {"name": "source", "actions": [_action("fetch", "Source", "S3", source, gives="Source")]},
        {
            "name": "test",
            "actions": [
                _action(
                    "test-and-package", "Build", "CodeBuild", {"ProjectName": made.project},
                    takes="Source", gives="Packaged",
                )
            ],
        },
        {
            "name": "deploy",
            "actions": [
                _action("change-set", "Deploy", "CloudFormation", prepare, takes="Packaged"),
                _action(
                    SHIFT, "Deploy", "CloudFormation",
                    named | {"ActionMode": "CHANGE_SET_EXECUTE"}, order=2,
                ),
            ],
        },
    ]  # fmt: skip


def _action(
    name: str, category: str, provider: str, configuration: dict[str, str], *,
    takes: str = "", gives: str = "", order: int = 1,
) -> dict[str, Any]:  # fmt: skip
    return {
        "name": name,
        "actionTypeId": {
            "category": category, "owner": "AWS", "provider": provider, "version": "1",
        },
        "runOrder": order,
        "configuration": configuration,
        "inputArtifacts": [{"name": takes}] if takes else [],
        "outputArtifacts": [{"name": gives}] if gives else [],
    }  # fmt: skip
