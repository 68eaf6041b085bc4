"""The three roles of a pipeline: who takes each, and what it may do to what."""

from __future__ import annotations

import json
import re
from typing import Any

import pandas as pd

from labkit.labs.deployments.working_copy import REPORTS
from labkit.labs.lab_run import LabRun

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
            "codebuild:BatchPutTestCases codebuild:CreateReport "
            "codebuild:UpdateReport": "{report-group}",
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


def role_table() -> pd.DataFrame:
    """Return who may change what: ``role``, ``taken by``, ``may``, ``to``; reading is left out."""
    rows = [
        (name, service.partition(".")[0], ", ".join(changing), to.strip("{}"))
        for name, (service, grants) in ROLES.items()
        for actions, to in grants.items()
        if (changing := [one for one in actions.split() if not READS.search(one)])
    ]
    return pd.DataFrame(rows, columns=["role", "taken by", "may", "to"])


def make_role(lab: LabRun, name: str, *, bucket: str, project: str, stack: str) -> str:
    """Make one of the three roles.

    Parameters
    ----------
    lab
        The run.
    name
        One of `ROLES`.
    bucket, project, stack
        What the pipeline's artifacts, its build and its stack are called.

    Returns
    -------
    str
        The role's ARN.
    """
    service, grants = ROLES[name]
    iam, role = lab.client("iam"), lab.name(f"{name}-role")
    trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=_document([trust]))["Role"]["Arn"]
    places = _arns(lab, bucket, project, stack)
    statements = [
        {"Effect": "Allow", "Action": actions.split(), "Resource": places[to]}
        for actions, to in grants.items()
    ]
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=_document(statements))
    return str(arn)


def _arns(lab: LabRun, bucket: str, project: str, stack: str) -> dict[str, list[str]]:
    """Return the ARNs of each thing that a role may do something to."""
    here, roles = f"{lab.region}:{lab.account}", f"arn:aws:iam::{lab.account}:role"
    return {
        "*": ["*"],
        "{bucket}": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "{project}": [f"arn:aws:codebuild:{here}:project/{project}"],
        "{report-group}": [f"arn:aws:codebuild:{here}:report-group/{project}-{REPORTS}"],
        "{stack}": [f"arn:aws:cloudformation:{here}:stack/{stack}/*", _transform(lab)],
        "{transform}": [_transform(lab)],
        "{stack-role}": [f"{roles}/{lab.name('stack-role')}"],
        "{function}": [f"arn:aws:lambda:{here}:function:{stack}-*"],
        "{alarm}": [f"arn:aws:cloudwatch:{here}:alarm:{stack}-*"],
        "{deployments}": [f"arn:aws:codedeploy:{here}:*:{stack}-*"],
        "{roles}": [f"{roles}/{stack}-*"],
        "{apis}": [f"arn:aws:apigateway:{lab.region}::/restapis/*"],
        "{logs}": [f"arn:aws:logs:{here}:log-group:/aws/lambda/{stack}*"],
        "{mappings}": [f"arn:aws:lambda:{here}:event-source-mapping:*"],
        "{tables}": [f"arn:aws:dynamodb:{here}:table/{stack}-*"],
        "{queues}": [f"arn:aws:sqs:{here}:{stack}-*"],
    }


def _transform(lab: LabRun) -> str:
    return f"arn:aws:cloudformation:{lab.region}:aws:transform/Serverless-2016-10-31"


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
