"""What samples of several kinds need: a role that a function may take, a bucket, a secret."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from labkit.lab import Lab

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {
                    "Service": [
                        "codebuild.amazonaws.com",
                        "codedeploy.amazonaws.com",
                        "codepipeline.amazonaws.com",
                        "lambda.amazonaws.com",
                        "scheduler.amazonaws.com",
                        "states.amazonaws.com",
                    ]
                },
                "Action": "sts:AssumeRole",
            }
        ],
    }
)

GRANT = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["sqs:*", "logs:*"], "Resource": "*"}],
    }
)


def role(lab: Lab, name: str = "role") -> str:
    """Make a role that a function may take, with an inline policy; return its ARN."""
    iam = lab.client("iam")
    made = iam.create_role(RoleName=lab.name(name), AssumeRolePolicyDocument=TRUST)["Role"]
    iam.put_role_policy(RoleName=lab.name(name), PolicyName="grant", PolicyDocument=GRANT)
    return str(made["Arn"])


def secret(lab: Lab) -> str:
    """Make a secret; return its ARN."""
    made = lab.client("secretsmanager").create_secret(Name=lab.name("key"), SecretString="hush")
    return str(made["ARN"])


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for what the sandbox does, by the real clock whatever the one in use."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def bucket(lab: Lab) -> str:
    """Make a bucket with versions of an object, a delete marker and half an upload."""
    s3, name = lab.client("s3"), lab.name("bucket")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": lab.region})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"one", b"two"):
        s3.put_object(Bucket=name, Key="order", Body=body)
    s3.delete_object(Bucket=name, Key="order")
    s3.create_multipart_upload(Bucket=name, Key="big")
    return name
