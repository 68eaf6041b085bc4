"""The pipeline of the delivery service: its bucket, its build, its three roles, its stages."""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pandas as pd

from labkit.labs.delivery.handler_tests import NO_PLUGINS
from labkit.labs.deployments.working_copy import WorkingCopy
from labkit.labs.lab_run import LabRun
from labkit.measure.frames import TEXT, UTC_TIME, typed_frame
from labkit.polling import wait_until

SOURCE = "source.zip"
CHANGE_SET = "pipeline"
OVER = ("Succeeded", "Failed", "Stopped", "Superseded", "Cancelled")
LONGEST_S = 1_800

STATE_COLUMNS = {
    "stage": TEXT,
    "action": TEXT,
    "status": TEXT,
    "changed": UTC_TIME,
    "error": TEXT,
}

READS = re.compile(r":(BatchGet|Describe|Get|List)")
"""What an action that changes nothing begins with."""

ROLES = {
    "pipeline": (
        "codepipeline.amazonaws.com",
        {
            "s3:GetBucketVersioning s3:GetObject s3:GetObjectVersion s3:PutObject": "{bucket}",
            "codebuild:BatchGetBuilds codebuild:StartBuild": "{project}",
            "cloudformation:CreateChangeSet cloudformation:DeleteChangeSet "
            "cloudformation:DescribeChangeSet cloudformation:DescribeStackEvents "
            "cloudformation:DescribeStacks cloudformation:ExecuteChangeSet": "{stack}",
            "iam:PassRole": "{stack-role}",
        },
    ),
    "build": (
        "codebuild.amazonaws.com",
        {
            "logs:CreateLogGroup logs:CreateLogStream logs:PutLogEvents": "*",
            "s3:GetObject s3:GetObjectVersion s3:PutObject": "{bucket}",
        },
    ),
    "stack": (
        "cloudformation.amazonaws.com",
        {
            "cloudformation:CreateChangeSet": "{transform}",
            "s3:GetObject": "{bucket}",
            "lambda:GetAlias lambda:GetFunction lambda:GetFunctionConfiguration "
            "lambda:ListVersionsByFunction lambda:PublishVersion lambda:UpdateAlias "
            "lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration "
            "lambda:DeleteAlias lambda:DeleteFunction lambda:RemovePermission": "{function}",
            "lambda:DeleteEventSourceMapping lambda:GetEventSourceMapping": "{mappings}",
            "cloudwatch:DeleteAlarms cloudwatch:PutMetricAlarm": "{alarm}",
            "codedeploy:CreateDeployment codedeploy:DeleteApplication "
            "codedeploy:DeleteDeploymentGroup codedeploy:GetDeployment "
            "codedeploy:UpdateDeploymentGroup": "{deployments}",
            "iam:DeleteRole iam:DeleteRolePolicy iam:DetachRolePolicy iam:GetRole "
            "iam:PassRole": "{roles}",
            "apigateway:DELETE": "{apis}",
            "logs:DeleteLogGroup": "{logs}",
            "sqs:DeleteQueue sqs:GetQueueAttributes": "{queues}",
            "dynamodb:DeleteTable dynamodb:DescribeTable": "{tables}",
        },
    ),
}
"""For each of the three roles: who takes it, and what it may do to what.

CloudFormation deletes a stack with the role that changed it last, so this role may delete, too.
"""


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
    roles = {name: _role(lab, made, name) for name in ROLES}
    _project(lab, made, roles["build"])
    _create(lab, made, roles)
    return made


def first_version(lab: LabRun, copy: WorkingCopy, stack: str, **parameters: str) -> str:
    """Build the service for the first time, by hand: code into the bucket, template to a stack.

    Parameters
    ----------
    lab
        The run.
    copy
        The service's files.
    stack
        The stack's name; one that is there, of an earlier time, is deleted first.
    parameters
        The template's parameters.

    Returns
    -------
    str
        The stack's status.
    """
    bucket, code = lab.name("artifacts"), copy.code()
    make_bucket(lab, bucket)
    key = f"code/{hashlib.sha256(code).hexdigest()[:16]}.zip"
    lab.client("s3").put_object(Bucket=bucket, Key=key, Body=code)
    cloudformation = lab.client("cloudformation")
    _end_update(cloudformation, stack)
    cloudformation.delete_stack(StackName=stack)
    gone = cloudformation.get_waiter("stack_delete_complete")
    gone.wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 900})
    cloudformation.create_stack(
        StackName=stack,
        TemplateBody=copy.read("template.yaml").replace(
            "CodeUri: src/", f"CodeUri: s3://{bucket}/{key}"
        ),
        Parameters=[
            {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
        ],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    return str(wait_until(lambda: _settled(cloudformation, stack), LONGEST_S, what=stack))


def deployment_group(lab: LabRun, stack: str) -> tuple[str, str]:
    """Return the names of a stack's CodeDeploy application and of its deployment group."""
    resources = lab.client("cloudformation").describe_stack_resources(StackName=stack)
    names = {one["ResourceType"]: one["PhysicalResourceId"] for one in resources["StackResources"]}
    return names["AWS::CodeDeploy::Application"], names["AWS::CodeDeploy::DeploymentGroup"]


def _end_update(cloudformation: Any, stack: str) -> None:
    """Have an update rolled back that a lesson has left under way; return when it is over."""
    from botocore.exceptions import ClientError

    try:
        [found] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return
        raise
    if found["StackStatus"] == "UPDATE_IN_PROGRESS":
        cloudformation.cancel_update_stack(StackName=stack)
    wait_until(lambda: _settled(cloudformation, stack), LONGEST_S, what=stack)


def _settled(cloudformation: Any, stack: str) -> str | None:
    status = str(cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
    return None if status.endswith("_IN_PROGRESS") else status


def make_bucket(lab: LabRun, name: str) -> None:
    """Make the bucket of sources and artifacts; the source of a pipeline needs versions."""
    s3 = lab.client("s3")
    place = {"LocationConstraint": lab.region}
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):  # the cell is run once more
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def role_table() -> pd.DataFrame:
    """Return who may change what: ``role``, ``taken by``, ``may``, ``to``; reading is left out."""
    rows = [
        (name, service.partition(".")[0], ", ".join(changing), to.strip("{}"))
        for name, (service, grants) in ROLES.items()
        for actions, to in grants.items()
        if (changing := [one for one in actions.split() if not READS.search(one)])
    ]
    return pd.DataFrame(rows, columns=["role", "taken by", "may", "to"])


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


def _role(lab: LabRun, made: DeliveryPipeline, name: str) -> str:
    """Make one of the three roles; return its ARN."""
    service, grants = ROLES[name]
    iam, role = lab.client("iam"), lab.name(f"{name}-role")
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=_document([trust]))["Role"]["Arn"]
    statements = [
        {"Effect": "Allow", "Action": actions.split(), "Resource": _arns(lab, made, to)}
        for actions, to in grants.items()
    ]
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=_document(statements))
    return str(arn)


def _arns(lab: LabRun, made: DeliveryPipeline, to: str) -> list[str]:
    """Return the ARNs of what a role may do something to."""
    here, roles = f"{lab.region}:{lab.account}", f"arn:aws:iam::{lab.account}:role"
    return {
        "*": ["*"],
        "{bucket}": [f"arn:aws:s3:::{made.bucket}", f"arn:aws:s3:::{made.bucket}/*"],
        "{project}": [f"arn:aws:codebuild:{here}:project/{made.project}"],
        "{stack}": [f"arn:aws:cloudformation:{here}:stack/{made.stack}/*", _transform(lab)],
        "{transform}": [_transform(lab)],
        "{stack-role}": [f"{roles}/{lab.name('stack-role')}"],
        "{function}": [f"arn:aws:lambda:{here}:function:{made.stack}-*"],
        "{alarm}": [f"arn:aws:cloudwatch:{here}:alarm:{made.stack}-*"],
        "{deployments}": [f"arn:aws:codedeploy:{here}:*:{made.stack}-*"],
        "{roles}": [f"{roles}/{made.stack}-*"],
        "{apis}": [f"arn:aws:apigateway:{lab.region}::/restapis/*"],
        "{logs}": [f"arn:aws:logs:{here}:log-group:/aws/lambda/{made.stack}*"],
        "{mappings}": [f"arn:aws:lambda:{here}:event-source-mapping:*"],
        "{tables}": [f"arn:aws:dynamodb:{here}:table/{made.stack}-*"],
        "{queues}": [f"arn:aws:sqs:{here}:{made.stack}-*"],
    }[to]


def _transform(lab: LabRun) -> str:
    return f"arn:aws:cloudformation:{lab.region}:aws:transform/Serverless-2016-10-31"


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


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
                *({"name": name, "value": value} for name, value in NO_PLUGINS.items()),
            ],
        },
        serviceRole=role,
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
                    "canary-then-full", "Deploy", "CloudFormation",
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
