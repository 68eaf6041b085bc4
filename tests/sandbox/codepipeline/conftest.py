"""A pipeline from a bucket through tests and a change set to a stack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.sandbox.conftest import Aws, wait_for, zipped

TEMPLATE = """
Parameters:
  Word: {Type: String, Default: one}
Resources:
  Greeting:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: !Ref Word}
  Waiting:
    Type: AWS::SQS::Queue
Outputs:
  Name: {Value: !Ref Greeting}
"""

BUILDSPEC = """
version: 0.2
env:
  variables: {GREETING: hello}
  exported-variables: [WORD]
phases:
  install:
    commands:
      - cd tests
      - export MADE=here
  build:
    commands:
      - pwd
      - test "$MADE" = here
      - echo "$GREETING"
      - python -c "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
      - python check.py
      - export WORD=built
  post_build:
    commands:
      - echo succeeding=$CODEBUILD_BUILD_SUCCEEDING
      - cd $CODEBUILD_SRC_DIR
artifacts:
  files: [template.yaml]
"""

CHECK = "assert 1 + 1 == 2\nprint('all tests passed')\n"
FAILING = "raise SystemExit('one test failed')\n"


def source(check: str = CHECK, template: str = TEMPLATE, buildspec: str = BUILDSPEC) -> bytes:
    """The package of a source."""
    files = {"template.yaml": template, "buildspec.yml": buildspec, "tests/check.py": check}
    return zipped(files)


@dataclass
class Line:
    """A pipeline with its bucket, project and stack."""

    aws: Aws
    name: str
    bucket: str
    project: str
    roles: dict[str, str]

    @property
    def codepipeline(self) -> Any:
        return self.aws.client("codepipeline")

    @property
    def stack(self) -> str:
        return f"{self.name}-stack"

    def put(self, package: bytes) -> None:
        self.aws.client("s3").put_object(Bucket=self.bucket, Key="source.zip", Body=package)

    def declared(self, *, approval: bool = False) -> dict[str, Any]:
        """What CreatePipeline takes."""

        def action(name: str, category: str, provider: str, **more: Any) -> dict[str, Any]:
            kind = {"category": category, "owner": "AWS", "provider": provider, "version": "1"}
            return {"name": name, "actionTypeId": kind} | more

        prepare = {
            "ActionMode": "CHANGE_SET_REPLACE",
            "StackName": self.stack,
            "ChangeSetName": "pipeline",
            "TemplatePath": "Built::template.yaml",
            "Capabilities": "CAPABILITY_IAM,CAPABILITY_AUTO_EXPAND",
            "RoleArn": self.roles["cloudformation"],
            "ParameterOverrides": '{"Word": "#{build.WORD}"}',
        }
        execute = {
            "ActionMode": "CHANGE_SET_EXECUTE",
            "StackName": self.stack,
            "ChangeSetName": "pipeline",
        }
        deploy = [action("prepare", "Deploy", "CloudFormation", configuration=prepare, runOrder=1,
                         inputArtifacts=[{"name": "Built"}])]  # fmt: skip
        if approval:
            deploy.append(action("approve", "Approval", "Manual", runOrder=2))
        deploy.append(
            action("execute", "Deploy", "CloudFormation", configuration=execute, runOrder=3)
        )
        stages = [
            {"name": "source", "actions": [
                action("fetch", "Source", "S3", outputArtifacts=[{"name": "Source"}],
                       configuration={"S3Bucket": self.bucket, "S3ObjectKey": "source.zip",
                                      "PollForSourceChanges": "false"})]},
            {"name": "test", "actions": [
                action("pytest", "Test", "CodeBuild", namespace="build",
                       inputArtifacts=[{"name": "Source"}], outputArtifacts=[{"name": "Built"}],
                       configuration={"ProjectName": self.project})]},
            {"name": "deploy", "actions": deploy},
        ]  # fmt: skip
        return {
            "name": self.name,
            "roleArn": self.roles["codepipeline"],
            "artifactStore": {"type": "S3", "location": self.bucket},
            "pipelineType": "V2",
            "stages": stages,
        }

    def create(self, **more: Any) -> None:
        """Make the pipeline, which begins to run."""
        self.codepipeline.create_pipeline(pipeline=self.declared(**more))

    def end(self) -> str:
        """Wait for the last execution's end; return its status."""

        def status() -> str | None:
            found = self.codepipeline.list_pipeline_executions(pipelineName=self.name)
            now = found["pipelineExecutionSummaries"][0]["status"]
            return None if now in ("InProgress", "Stopping") else str(now)

        return str(wait_for(status, 60))

    def actions(self) -> dict[str, dict[str, Any]]:
        """The last run of each action, by its name."""
        state = self.codepipeline.get_pipeline_state(name=self.name)
        return {
            action["actionName"]: action.get("latestExecution", {})
            for stage in state["stageStates"]
            for action in stage["actionStates"]
        }


def allow(*actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


@pytest.fixture
def line(aws: Aws) -> Line:
    """What a pipeline needs, with a source that passes its tests."""
    roles = {
        "codepipeline": aws.role(
            service="codepipeline.amazonaws.com",
            policy=allow("s3:*", "codebuild:*", "cloudformation:*", "iam:PassRole"),
        ),
        "codebuild": aws.role(service="codebuild.amazonaws.com", policy=allow("logs:*", "s3:*")),
        "cloudformation": aws.role(
            service="cloudformation.amazonaws.com", policy=allow("sqs:*", "ssm:*")
        ),
    }
    name, bucket = aws.name("line"), aws.name("bucket")
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": aws.region})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    aws.client("codebuild").create_project(
        name=name,
        source={"type": "CODEPIPELINE"},
        artifacts={"type": "CODEPIPELINE"},
        environment={
            "type": "LINUX_CONTAINER",
            "image": "aws/codebuild/standard:7.0",
            "computeType": "BUILD_GENERAL1_SMALL",
        },
        serviceRole=roles["codebuild"],
    )
    made = Line(aws, name, bucket, name, roles)
    made.put(source())
    return made
