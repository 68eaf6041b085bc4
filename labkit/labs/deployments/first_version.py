"""The service's first version, built by hand: a pipeline changes a stack that is there."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import Any

from labkit.labs.deployments.working_copy import WorkingCopy
from labkit.labs.lab_run import LabRun
from labkit.polling import wait_until

LONGEST_S = 1_800


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
    _make_bucket(lab, bucket)
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


def _make_bucket(lab: LabRun, name: str) -> None:
    """Make the bucket of sources and artifacts; the source of a pipeline needs versions."""
    s3 = lab.client("s3")
    place = {"LocationConstraint": lab.region}
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):  # the cell is run once more
        s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
