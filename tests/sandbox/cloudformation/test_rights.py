"""A stack does what its caller may do, and no more: neither policies nor roles are an exception."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from tests.sandbox.conftest import CONFIG, wait_for
from tests.sandbox.delivery import Account, policy, statement
from tests.sandbox.gateway import receivers

pytestmark = pytest.mark.contract(22)

TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
ASSUMED = {"Version": "2012-10-17", "Statement": [TRUST | {"Action": "sts:AssumeRole"}]}
ALL = {"Version": "2012-10-17", "Statement": [statement("*")]}

Resource = dict[str, Any]


def cloudformation_of_user(account: Account, *actions: str) -> Any:
    """CloudFormation's client of a new user who may use it, and do these actions."""
    iam, name = account.client("iam"), account.name("user")
    iam.create_user(UserName=name)
    allowed = policy(statement(["cloudformation:*", *actions]))
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=allowed)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return boto3.client(
        "cloudformation",
        endpoint_url=account.endpoint,
        region_name=account.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=CONFIG,
    )


def outcome(account: Account, client: Any, resource: Resource) -> tuple[str, str]:
    """The status that a stack of one resource ends in, and why."""
    name = account.name("stack")
    client.create_stack(
        StackName=name,
        TemplateBody=json.dumps({"Resources": {"One": resource}}),
        Capabilities=["CAPABILITY_NAMED_IAM"],
    )

    def settled() -> str | None:
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
        return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack["StackStatus"]

    status = wait_for(settled)
    events = client.describe_stack_events(StackName=name)["StackEvents"]
    return status, " ".join(str(event.get("ResourceStatusReason")) for event in events)


def resources(account: Account) -> dict[str, tuple[Resource, list[str], str]]:
    """Resources, what may be done for them, and the one right that is missing."""
    name, machine_role = account.name("one"), account.service_role("states.amazonaws.com")
    queue, topic = receivers.queue_arn(account, "q"), account.client("sns")
    topic_arn = topic.create_topic(Name=account.name("topic"))["TopicArn"]
    role = {"RoleName": name, "AssumeRolePolicyDocument": ASSUMED}
    function = account.function("def handler(event, context): return 1")
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}

    def of(kind: str, **properties: Any) -> Resource:
        return {"Type": f"AWS::{kind}", "Properties": properties}

    return {
        "a policy within a role": (
            of("IAM::Role", **role, Policies=[{"PolicyName": "own", "PolicyDocument": ALL}]),
            ["iam:CreateRole", "iam:DeleteRole"],
            "iam:PutRolePolicy",
        ),
        "a policy of a role": (
            of(
                "IAM::Role",
                **role,
                ManagedPolicyArns=["arn:aws:iam::aws:policy/AWSLambda_FullAccess"],
            ),
            ["iam:CreateRole", "iam:DeleteRole"],
            "iam:AttachRolePolicy",
        ),
        "a permission": (
            of(
                "Lambda::Permission",
                FunctionName=function,
                Action="lambda:InvokeFunction",
                Principal="sns.amazonaws.com",
            ),
            [],
            "lambda:AddPermission",
        ),
        "a subscription": (
            of("SNS::Subscription", TopicArn=topic_arn, Protocol="sqs", Endpoint=queue),
            [],
            "sns:Subscribe",
        ),
        "a rule": (
            of("Events::Rule", EventPattern={"source": ["orders"]}),
            [],
            "events:PutRule",
        ),
        "a role handed to a machine": (
            of(
                "StepFunctions::StateMachine",
                RoleArn=machine_role,
                DefinitionString=json.dumps(definition),
            ),
            ["states:CreateStateMachine", "states:DeleteStateMachine"],
            "iam:PassRole",
        ),
    }


NAMES = (
    "a policy within a role",
    "a policy of a role",
    "a permission",
    "a subscription",
    "a rule",
    "a role handed to a machine",
)


@pytest.mark.parametrize("name", NAMES)
def test_takes_the_callers_right(account: Account, name: str) -> None:
    resource, allowed, missing = resources(account)[name]
    status, why = outcome(account, cloudformation_of_user(account, *allowed), resource)
    assert (status, f"is not authorized to perform: {missing}" in why) == (
        "ROLLBACK_COMPLETE",
        True,
    )
    status, why = outcome(account, cloudformation_of_user(account, *allowed, missing), resource)
    assert status == "CREATE_COMPLETE", why
