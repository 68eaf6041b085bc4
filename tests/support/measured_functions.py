"""Lambda functions in a real sandbox, to be measured by tests."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Callable
from typing import Any

import boto3

from labkit.measure import probes
from labkit.measure.measuring_client import measuring_config

HANDLER = """
import os
import time

import execution_environment


def handler(event, context):
    execution_environment.report()
    time.sleep(event.get("sleep_s", 0))
    if event.get("raise"):
        raise ValueError("no such order")
    if event.get("exit"):
        os._exit(1)
    return {"slept_s": event.get("sleep_s", 0)}
"""
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}
LOGGING = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"


def measuring(sandbox_line: str, concurrency: int = 20) -> Any:
    """Return a Lambda client of the sandbox that repeats nothing."""
    sandbox = json.loads(sandbox_line)
    return boto3.Session(
        sandbox["access_key_id"], sandbox["secret_access_key"], region_name=sandbox["region"]
    ).client("lambda", endpoint_url=sandbox["endpoint"], config=measuring_config(concurrency))


def make_function(
    lambda_client: Any, plain: Callable[[str], Any], code: str = HANDLER, timeout_s: int = 2
) -> str:
    """Make a Python function with a probe in its package; return its name."""
    name = f"measured-{uuid.uuid4().hex[:8]}"
    iam = plain("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    iam.attach_role_policy(RoleName=name, PolicyArn=LOGGING)
    lambda_client.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=role["Arn"],
        Handler="app.handler",
        Code={"ZipFile": _zip({"app.py": code, probes.PYTHON: probes.source(probes.PYTHON)})},
        MemorySize=512,
        Timeout=timeout_s,
    )
    lambda_client.get_waiter("function_active_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300}
    )
    return name


def remove_function(lambda_client: Any, plain: Callable[[str], Any], name: str) -> None:
    """Remove what `make_function` made, and the log that its calls left."""
    lambda_client.delete_function(FunctionName=name)
    logs = plain("logs")
    for group in logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]:
        logs.delete_log_group(logGroupName=group["logGroupName"])
    plain("iam").detach_role_policy(RoleName=name, PolicyArn=LOGGING)
    plain("iam").delete_role(RoleName=name)


def _zip(files: dict[str, str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        for name, text in files.items():
            package.writestr(name, text)
    return archive.getvalue()
