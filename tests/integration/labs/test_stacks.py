"""Stacks of a run: whose they are, that nothing of them stays, and tools beside boto3."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from labkit import wait_until
from labkit.errors import Refused
from labkit.lab import Lab
from labkit.labs.stacks import boundary, sam
from labkit.labs.stacks.sam_cli import ABSENT
from labkit.labs.stacks.stack_events import operations, stack_events


def settled(cloudformation: Any, stack: str) -> str:
    """Wait until nothing is under way with a stack; return its status."""

    def status() -> str | None:
        [described] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        found = str(described["StackStatus"])
        return None if found.endswith("IN_PROGRESS") else found

    return str(wait_until(status, seconds=60, what=f"the stack {stack}"))


def with_function(lab: Lab) -> str:
    """A template of a function, whose log group Lambda makes, and its role."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    role = {
        "PermissionsBoundary": boundary(lab),
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": trust | {"Action": "sts:AssumeRole"},
        },
        "ManagedPolicyArns": [
            "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        ],
    }
    function = {
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "def handler(event, context): return 1"},
    }
    resources = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Worker": {"Type": "AWS::Lambda::Function", "Properties": function},
    }
    return json.dumps({"Resources": resources})


def test_a_stack_from_a_change_set_goes_with_the_log_group_of_its_function(
    lab: Lab, plain: Callable[[str], Any]
) -> None:
    cloudformation, name = lab.client("cloudformation"), lab.name("stack")
    what = {"StackName": name, "ChangeSetName": "first"}
    made = cloudformation.create_change_set(
        **what,
        ChangeSetType="CREATE",
        TemplateBody=with_function(lab),
        Capabilities=["CAPABILITY_IAM"],
    )
    assert lab.resources()["id"].tolist() == [made["StackId"]]
    cloudformation.execute_change_set(**what)
    assert settled(cloudformation, name) == "CREATE_COMPLETE"
    steps = operations(stack_events(cloudformation, name))
    assert steps["logical_id"].tolist() == ["Role", "Worker"]
    assert steps["end"].notna().all()

    function = cloudformation.describe_stack_resource(StackName=name, LogicalResourceId="Worker")
    physical = function["StackResourceDetail"]["PhysicalResourceId"]
    plain("lambda").invoke(FunctionName=physical)
    group = f"/aws/lambda/{physical}"
    assert groups(plain, group) == [group]
    cloudformation.delete_stack(StackName=name)
    assert settled(cloudformation, made["StackId"]) == "DELETE_COMPLETE"
    assert groups(plain, group) == [group]

    assert lab.teardown(progress=False).clean
    assert groups(plain, group) == []


def groups(plain: Callable[[str], Any], prefix: str) -> list[str]:
    """The names of the log groups that begin so."""
    found = plain("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    return [group["logGroupName"] for group in found]


def test_an_update_is_planned_only_for_a_stack_of_the_run(lab: Lab) -> None:
    with pytest.raises(Refused, match="none of the name lk-somebody-elses was created in this run"):
        lab.client("cloudformation").create_change_set(
            StackName="lk-somebody-elses", ChangeSetName="update", UsePreviousTemplate=True
        )


def test_what_a_stack_of_the_run_made_can_be_added_to(
    lab: Lab, plain: Callable[[str], Any]
) -> None:
    cloudformation, name = lab.client("cloudformation"), lab.name("stack")
    table = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
    resources = {"Kept": {"Type": "AWS::DynamoDB::Table", "Properties": table}}
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps({"Resources": resources}))
    assert settled(cloudformation, name) == "CREATE_COMPLETE"
    made = cloudformation.describe_stack_resource(StackName=name, LogicalResourceId="Kept")
    kept = made["StackResourceDetail"]["PhysicalResourceId"]
    lab.client("dynamodb").put_item(TableName=kept, Item={"id": {"S": "1"}})
    elsewhere = f"arn:aws:dynamodb:{lab.region}:444455556666:table/{kept}"
    with pytest.raises(Refused, match="was not created in this run"):
        lab.client("dynamodb").put_item(TableName=elsewhere, Item={"id": {"S": "1"}})
    assert lab.teardown(progress=False).clean
    assert kept not in plain("dynamodb").list_tables()["TableNames"]


def test_without_the_sam_cli_a_sentence_says_so(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert sam(lab, "validate") == ABSENT


def test_a_tool_works_at_the_runs_target(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    program = tmp_path / "sam"
    program.write_text('#!/bin/sh\necho "$AWS_ENDPOINT_URL $AWS_REGION $AWS_PROFILE $*"\npwd\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setenv("AWS_PROFILE", "somebodys")
    said = sam(lab, "validate", "--lint").splitlines()
    assert said == [
        f"{lab.target.endpoint_url} {lab.region}  validate --lint",
        str(lab.folder.resolve()),
    ]
