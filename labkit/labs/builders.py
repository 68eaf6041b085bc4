"""Roles and functions as the lessons build them: plain boto3 that may be run again."""

from __future__ import annotations

import json

from labkit.labs.lab_run import LabRun

LOGGING_POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
QUEUE_POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"
NETWORK_POLICY = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
PYTHON = "python3.13"

LOOK_EVERY_S, LOOKS = 0.25, 1200
"""Together 300 s, as botocore's waiter, which looks once a second."""


def service_role(lab: LabRun, logical: str, service: str, *policies: str) -> str:
    """Create a role that a service may take; return its ARN.

    Parameters
    ----------
    logical
        What the lesson calls it.
    service
        For example "lambda.amazonaws.com".
    *policies
        ARNs of managed policies to attach.
    """
    iam = lab.client("iam")
    name = lab.name(logical)
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [statement]}
    try:
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    except iam.exceptions.EntityAlreadyExistsException:
        role = iam.get_role(RoleName=name)
    for policy in policies:
        iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    return str(role["Role"]["Arn"])


def function(
    lab: LabRun,
    logical: str,
    role_arn: str,
    archive: bytes,
    handler: str,
    runtime: str = PYTHON,
    memory_mb: int = 256,
    timeout_s: int = 10,
) -> str:
    """Create a function, or give an existing one this code, and wait until it is ready.

    Returns
    -------
    str
        Its ARN.
    """
    awslambda = lab.client("lambda")
    name = lab.name(logical)
    patience = {"Delay": LOOK_EVERY_S, "MaxAttempts": LOOKS}
    try:
        awslambda.create_function(
            FunctionName=name,
            Role=role_arn,
            Runtime=runtime,
            Handler=handler,
            Code={"ZipFile": archive},
            Timeout=timeout_s,
            MemorySize=memory_mb,
        )
    except awslambda.exceptions.ResourceConflictException:
        awslambda.update_function_code(FunctionName=name, ZipFile=archive)
        updated = awslambda.get_waiter("function_updated_v2")
        updated.wait(FunctionName=name, WaiterConfig=patience)
    active = awslambda.get_waiter("function_active_v2")
    active.wait(FunctionName=name, WaiterConfig=patience)
    return str(awslambda.get_function(FunctionName=name)["Configuration"]["FunctionArn"])
