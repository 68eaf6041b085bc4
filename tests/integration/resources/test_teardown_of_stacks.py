"""Teardown of stacks: with things in them, in mid-update, and with the role that they need."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from labkit import wait_until
from labkit.lab import Lab
from labkit.resources.kinds import KINDS, cloudformation
from labkit.resources.reaper import sweeping
from labkit.resources.run import EXPIRES_TAG, OWNER_TAG, RUN_TAG
from tests.support import shared_samples

BUCKET = """
Resources:
  Menus:
    Type: AWS::S3::Bucket
    Properties: {BucketName: menus-by-a-name-of-its-own}
"""
"""Its name does not say whose it is, so that nobody else takes it away."""


def stack_with_a_bucket(lab: Lab, **more: str) -> str:
    """Make a stack, and put something into its bucket; return the bucket's name."""
    client, name = lab.client("cloudformation"), lab.name("shop")
    client.create_stack(StackName=name, TemplateBody=BUCKET, **more)
    client.get_waiter("stack_create_complete").wait(StackName=name)
    [made] = client.describe_stack_resources(StackName=name)["StackResources"]
    bucket = str(made["PhysicalResourceId"])
    lab._unrecorded("s3").put_object(Bucket=bucket, Key="lunch", Body=b"rice")
    return bucket


def test_a_stack_whose_bucket_is_not_empty_goes(lab: Lab, plain: Callable[[str], Any]) -> None:
    bucket = stack_with_a_bucket(lab)
    report = lab.teardown(progress=False)
    assert report.clean, str(report)
    assert bucket not in [one["Name"] for one in plain("s3").list_buckets()["Buckets"]]


def test_a_stack_that_cannot_go_is_told_so_and_nobody_waits(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack_with_a_bucket(lab)
    with monkeypatch.context() as changed:
        changed.setattr(cloudformation, "_empty_buckets", lambda *_: None)
        report = lab.teardown(progress=False)
    [stack] = [item for item in report.items if item.kind == "CloudFormation stack"]
    assert stack.outcome == "blocked"
    assert "failed to delete: [Menus]" in stack.why
    assert "Menus: " in stack.why, "it says why"
    assert lab.teardown(progress=False).clean


FUNCTION = """
Parameters:
  Told: {Type: String, Default: first}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}
  Cook:
    Type: AWS::Lambda::Function
    Properties:
      Description: !Ref Told
      Runtime: python3.13
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "def handler(event, context): pass"}
"""
"""An update of it takes as long as a function's change of state."""


@pytest.fixture
def updated(lab: Lab) -> Callable[[], None]:
    """Give a stack named shop, and a call that begins to update it."""
    client, name = lab.client("cloudformation"), lab.name("shop")
    asked = {"StackName": name, "Capabilities": ["CAPABILITY_IAM"]}
    client.create_stack(TemplateBody=FUNCTION, **asked)
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    told = {"ParameterKey": "Told", "ParameterValue": "second"}
    return lambda: client.update_stack(UsePreviousTemplate=True, Parameters=[told], **asked)


def once(lab: Lab, moment: str, act: Callable[[], Any]) -> list[str]:
    """Do something at the first call of a teardown's client; return the list of what was done."""
    done: list[str] = []

    def handle(**_: Any) -> None:
        if not done:
            done.append(moment)
            act()

    lab._unrecorded("cloudformation").meta.events.register(moment, handle)
    return done


def test_an_update_that_begins_just_before_the_deletion_is_waited_for(
    lab: Lab, updated: Callable[[], None]
) -> None:
    done = once(lab, "before-call.cloudformation.DeleteStack", updated)
    report = lab.teardown(progress=False)
    assert done
    assert report.clean, str(report)


def test_an_update_that_ends_just_before_it_is_cancelled_is_no_failure(
    lab: Lab, updated: Callable[[], None]
) -> None:
    def ended() -> bool:
        described = lab.client("cloudformation").describe_stacks(StackName=lab.name("shop"))
        return str(described["Stacks"][0]["StackStatus"]) == "UPDATE_COMPLETE"

    begun = once(lab, "before-call.cloudformation.DescribeStacks", updated)
    late = once(
        lab,
        "before-call.cloudformation.CancelUpdateStack",
        lambda: wait_until(ended, seconds=60, what="the end of the update"),
    )
    KINDS["CloudFormation stack"].quiesce(lab._unrecorded, lab.name("shop"))
    assert begun
    assert late
    assert ended()


def a_role(iam: Any, name: str, **more: Any) -> str:
    """Make a role with which CloudFormation may make and delete buckets; return its ARN."""
    trust = json.loads(shared_samples.TRUST)
    trust["Statement"][0]["Principal"]["Service"] = "cloudformation.amazonaws.com"
    every = {"Version": "2012-10-17"}
    every |= {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust), **more)
    iam.put_role_policy(RoleName=name, PolicyName="s3", PolicyDocument=json.dumps(every))
    return str(made["Role"]["Arn"])


def test_the_role_of_a_stack_that_cannot_go_stays_for_the_next_teardown(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    iam, name = lab.client("iam"), lab.name("stacks")
    stack_with_a_bucket(lab, RoleARN=a_role(iam, name))
    with monkeypatch.context() as changed:
        changed.setattr(cloudformation, "_empty_buckets", lambda *_: None)
        report = lab.teardown(progress=False)
    [role] = [item for item in report.items if item.kind == "IAM role"]
    assert role.outcome == "pending"
    stack = lab.name("shop")
    assert role.why == (
        f"it stays until the CloudFormation stack {stack} is gone, which could not go without it"
    )
    assert iam.get_role(RoleName=name)
    assert lab.teardown(progress=False).clean


@pytest.mark.usefixtures("sandbox")
def test_the_reaper_leaves_a_role_until_the_stack_that_needs_it_is_gone(
    plain: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "client", cache(plain))
    over = (datetime.now(UTC) - timedelta(hours=9)).isoformat(timespec="seconds")
    run = {RUN_TAG: "0123456789abcdef", OWNER_TAG: "c0ffee", EXPIRES_TAG: over}
    tags = [{"Key": key, "Value": value} for key, value in run.items()]
    role, stack = "lk-iac-c0ffee-01234567-stacks", "lk-iac-c0ffee-01234567-shop"
    iam, cloudformation = sweeping.client("iam"), sweeping.client("cloudformation")
    arn = a_role(iam, role, Tags=tags)
    cloudformation.create_stack(StackName=stack, TemplateBody=BUCKET, RoleARN=arn, Tags=tags)
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack)
    plain("s3").put_object(Bucket="menus-by-a-name-of-its-own", Key="lunch", Body=b"rice")
    at_the_end: list[list[str]] = []

    def look(**_: Any) -> None:
        stacks = plain("cloudformation").describe_stacks()["Stacks"]
        at_the_end.append([one["StackName"] for one in stacks])

    iam.meta.events.register("before-call.iam.DeleteRole", look)
    report = sweeping.sweep(run[RUN_TAG], look=False)
    assert report["left"] == {}
    assert report["gone"] == [f"CloudFormation stack {stack}", f"IAM role {role}"]
    assert at_the_end == [[]]
