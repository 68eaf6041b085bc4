"""The files of the service as a team has them in its repository: template, code, tests, build."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from labkit.labs.lab_run import LabRun

REPORTS = "tests"
"""What the buildspec calls its report group; CodeBuild puts the project's name before it."""

BUILDSPEC = f"""\
version: 0.2
phases:
  install:
    runtime-versions: {{python: 3.13}}
    commands:
      - python -c "import boto3, pytest" || pip install --quiet boto3 pytest
  build:
    commands:
      - python -m pytest -q -p no:cacheprovider --junit-xml=report.xml tests
      - python package.py
reports:
  {REPORTS}:
    files: [report.xml]
artifacts:
  files: [packaged.yaml]
"""
"""What CodeBuild does: test, then put the code into the bucket and its place into the template."""

PACKAGE = """\
\"\"\"Puts the code into the bucket, and its place into the template, as `sam package` does.\"\"\"

import hashlib
import io
import os
import pathlib
import zipfile

import boto3

buffer = io.BytesIO()
with zipfile.ZipFile(buffer, "w") as archive:
    for file in sorted(pathlib.Path("src").glob("*.py")):
        archive.writestr(zipfile.ZipInfo(file.name), file.read_bytes())
code = buffer.getvalue()
key = f"code/{hashlib.sha256(code).hexdigest()[:16]}.zip"
bucket = os.environ["ARTIFACTS"]
boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=code)
template = pathlib.Path("template.yaml").read_text(encoding="utf-8")
packaged = template.replace("CodeUri: src/", f"CodeUri: s3://{bucket}/{key}")
pathlib.Path("packaged.yaml").write_text(packaged, encoding="utf-8")
print("packaged", key)
"""

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Description: The delivery service of lesson 14, whose worker is deployed step by step.

Parameters:
  Boundary: {Type: String, Default: ""}

Conditions:
  HasBoundary: !Not [!Equals [!Ref Boundary, ""]]

Resources:
  DeadLetters:
    Type: AWS::SQS::Queue

  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 6
      RedrivePolicy: {deadLetterTargetArn: !GetAtt DeadLetters.Arn, maxReceiveCount: 10}

  Kept:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: orderId, AttributeType: S}]
      KeySchema: [{AttributeName: orderId, KeyType: HASH}]

  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: worker.handler
      CodeUri: src/
      Timeout: 3
      MemorySize: 1024
      PermissionsBoundary: !If [HasBoundary, !Ref Boundary, !Ref AWS::NoValue]
      LoggingConfig: {LogGroup: !Ref WorkerLog}
      Environment: {Variables: {ORDERS: !Ref Kept}}
      Policies: [{DynamoDBCrudPolicy: {TableName: !Ref Kept}}]
      Events:
        FromTheQueue:
          Type: SQS
          Properties:
            Queue: !GetAtt Orders.Arn
            BatchSize: 1
            ScalingConfig: {MaximumConcurrency: 2}
DEPLOYMENT
  WorkerLog:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub /aws/lambda/${AWS::StackName}
      RetentionInDays: 7

  Api:
    Type: AWS::Serverless::Api
    Properties:
      Name: !Sub ${AWS::StackName}-api
      StageName: prod
      OpenApiVersion: 3.0.1
      EndpointConfiguration: {Type: REGIONAL}
      DefinitionBody:
        openapi: 3.0.1
        info: {title: delivery, version: "1"}
        paths:
          /order:
            post:
              responses: {"202": {description: written down}, "500": {description: not}}
              x-amazon-apigateway-integration:
                type: aws
                httpMethod: POST
                uri: !Sub "arn:aws:apigateway:${AWS::Region}:sqs:path/\\
                  ${AWS::AccountId}/${Orders.QueueName}"
                credentials: !GetAtt ApiRole.Arn
                passthroughBehavior: never
                requestParameters:
                  integration.request.header.Content-Type: "'application/x-www-form-urlencoded'"
                requestTemplates:
                  application/json: Action=SendMessage&MessageBody=$util.urlEncode($input.body)
                responses:
                  default: {statusCode: "202"}
                  "[345]\\\\d{2}": {statusCode: "500"}

  ApiRole:
    Type: AWS::IAM::Role
    Properties:
      PermissionsBoundary: !If [HasBoundary, !Ref Boundary, !Ref AWS::NoValue]
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          Effect: Allow
          Principal: {Service: apigateway.amazonaws.com}
          Action: sts:AssumeRole
      Policies:
        - PolicyName: send-orders
          PolicyDocument:
            Version: "2012-10-17"
            Statement: {Effect: Allow, Action: sqs:SendMessage, Resource: !GetAtt Orders.Arn}
ALARM
Outputs:
  ApiId: {Value: !Ref Api}
  QueueUrl: {Value: !Ref Orders}
  DeadLettersUrl: {Value: !Ref DeadLetters}
  TableName: {Value: !Ref Kept}
  WorkerName: {Value: !Ref Worker}
ALARM_OUTPUT"""

DEPLOY_ROLE = """
  ShiftRole:
    Type: AWS::IAM::Role
    Properties:
      PermissionsBoundary: !If [HasBoundary, !Ref Boundary, !Ref AWS::NoValue]
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          Effect: Allow
          Principal: {Service: codedeploy.amazonaws.com}
          Action: sts:AssumeRole
      Policies:
        - PolicyName: shift-calls
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [lambda:GetAlias, lambda:UpdateAlias]
                Resource: !Sub "arn:aws:lambda:*:${AWS::AccountId}:function:${AWS::StackName}-*"
              - Effect: Allow
                Action: lambda:InvokeFunction
                Resource: !Sub "arn:aws:lambda:*:${AWS::AccountId}:function:${AWS::StackName}-*"
              - {Effect: Allow, Action: cloudwatch:DescribeAlarms, Resource: "*"}
"""
"""The role with which CodeDeploy shifts the worker's calls and calls its hooks."""

CHECK = """\
\"\"\"CodeDeploy calls this before and after the shift: does the new version start at all?\"\"\"

import os

import boto3

awslambda = boto3.client("lambda")
codedeploy = boto3.client("codedeploy")


def handler(event, context):
    called = awslambda.invoke(FunctionName=os.environ["NEW_VERSION"], Payload=b'{"Records": []}')
    codedeploy.put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="Failed" if "FunctionError" in called else "Succeeded",
    )
"""
"""The hook: it calls the new version with an empty batch, and tells CodeDeploy what came of it."""

CHECK_FUNCTION = """
  Check:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: check.handler
      CodeUri: src/
      Timeout: 30
      MemorySize: 1024
      PermissionsBoundary: !If [HasBoundary, !Ref Boundary, !Ref AWS::NoValue]
      LoggingConfig: {LogGroup: !Ref CheckLog}
      Environment: {Variables: {NEW_VERSION: !Ref Worker.Version}}
      Policies:
        - Version: "2012-10-17"
          Statement:
            - {Effect: Allow, Action: lambda:InvokeFunction, Resource: !Sub "${Worker.Arn}:*"}
            - Effect: Allow
              Action: codedeploy:PutLifecycleEventHookExecutionStatus
              Resource: "*"

  CheckLog:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub /aws/lambda/${AWS::StackName}-check
      RetentionInDays: 7
"""
"""The function of the hook, which has no alias and no deployment of its own."""


class WorkingCopy:
    """The service's files in the run's folder, as a developer has them checked out.

    Parameters
    ----------
    lab
        The run; the files are in its folder, under ``service``.
    deployment, alarm
        Files of the run's folder with the sections that the learner writes: the properties of the
        worker that say how it is deployed, and the resource that watches it.
    """

    def __init__(self, lab: LabRun, deployment: str, alarm: str) -> None:
        self.folder = lab.folder / "service"
        sections = [(lab.folder / name).read_text(encoding="utf-8") for name in (deployment, alarm)]
        self.write("template.yaml", template(*sections))
        self.write("buildspec.yml", BUILDSPEC)
        self.write("package.py", PACKAGE)
        self.write("src/check.py", CHECK)
        self.write("tests/conftest.py", CONFTEST)

    def take(self, source: Path, name: str) -> None:
        """Take a file over, such as a handler that was written in a cell."""
        self.write(name, source.read_text(encoding="utf-8"))

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        """Return the text of a file."""
        return (self.folder / name).read_text(encoding="utf-8")

    def code(self) -> bytes:
        """Return the code as the .zip file that Lambda takes."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for file in sorted((self.folder / "src").glob("*.py")):
                archive.writestr(zipfile.ZipInfo(file.name), file.read_bytes())
        return buffer.getvalue()

    def packed(self) -> bytes:
        """Return all files as a .zip file, which is what the pipeline takes as its source."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(self.folder.rglob("*")):
                if file.is_file() and "__pycache__" not in file.parts:
                    archive.write(file, str(file.relative_to(self.folder)))
        return buffer.getvalue()


CONFTEST = """\
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "src"))
"""
"""Lets tests import the worker."""


def template(deployment: str, alarm: str) -> str:
    """Return the service's template with the sections that a learner has written."""
    return (
        TEMPLATE.replace("ALARM_OUTPUT", "  Alarm: {Value: !Ref WorkerErrors}\n")
        .replace("DEPLOYMENT", deployment.rstrip() + "\n")
        .replace("ALARM", DEPLOY_ROLE + CHECK_FUNCTION + "\n" + alarm.rstrip() + "\n")
    )
