"""CloudFormation: stacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labkit.resources.billing import Billing
from labkit.resources.kind import (
    Create,
    Found,
    GetClient,
    Kind,
    each,
    no_such,
    not_now,
    pages,
    tag_map,
)
from labkit.resources.kinds.s3 import empty
from labkit.resources.rights import Right

GONE = "DELETE_COMPLETE"
UNDER_WAY = "DELETE_IN_PROGRESS"
FAILED = "DELETE_FAILED"
UPDATING = "UPDATE_IN_PROGRESS"
BUSY = "labkit.Busy"
FORCED = "FORCE_DELETE_STACK"

REASONS = 2
"""Of how many resources a report says why they could not be deleted; more are seldom of another
kind."""


class Stack(Kind):
    """A stack; CloudFormation makes what is in it, and takes it away with the stack."""

    name = "CloudFormation stack"
    service = "cloudformation"
    creates = (
        Create("CreateStack", "StackName", "StackId", "Tags", longest=128),
        Create(
            "CreateChangeSet",
            "StackName",
            "StackId",
            "Tags",
            longest=128,
            creates_if=("ChangeSetType", "CREATE"),
        ),
    )
    parts = each("StackName", "ExecuteChangeSet")
    harmless = each(
        "it looks for drift, or goes back to an earlier state",
        "ContinueUpdateRollback",
        "DetectStackDrift",
        "DetectStackResourceDrift",
        "RollbackStack",
        "SignalResource",
    )
    deletes = each("StackName", "DeleteStack")
    addresses = each("StackName", "DeleteChangeSet")
    missing = frozenset(["labkit.NotFound"])
    busy = frozenset(["OperationInProgressException", "OperationStatusCheckFailed", BUSY])
    pace_s = 5.0
    deletion_timeout_s = 1_800.0
    """A stack takes as long as the slowest thing in it; CloudFormation itself sets no bound."""
    billing = Billing(free="AWS asks nothing for its own types of resource")

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        from botocore.exceptions import ClientError

        try:
            described = get_client("cloudformation").describe_stacks(StackName=resource_id)
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                raise no_such(resource_id) from error
            raise
        for stack in described["Stacks"]:
            if stack["StackStatus"] != GONE:
                return Found(stack["StackId"], stack["StackName"], tag_map(stack.get("Tags", [])))
        raise no_such(resource_id)

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        stacks = pages(get_client("cloudformation"), "describe_stacks", "Stacks[]")
        return (stack["StackId"] for stack in stacks if marker in stack["StackName"])

    def quiesce(self, get_client: GetClient, resource_id: str) -> None:
        """Have an update that is under way rolled back, with the deployment that it waits for."""
        from botocore.exceptions import ClientError

        client = get_client("cloudformation")
        if _described(get_client, resource_id)["StackStatus"] != UPDATING:
            return
        try:
            client.cancel_update_stack(StackName=resource_id)
        except ClientError:
            if _described(get_client, resource_id)["StackStatus"] == UPDATING:
                raise  # else the update has ended in between

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        from botocore.exceptions import ClientError

        client = get_client("cloudformation")
        stack = _described(get_client, resource_id)
        status = stack["StackStatus"]
        if status == UNDER_WAY:
            return
        if _is_updated(status):
            self.quiesce(get_client, resource_id)
            raise not_now(f"the stack is in the state {status}")
        if stack.get("EnableTerminationProtection"):
            client.update_termination_protection(
                StackName=resource_id, EnableTerminationProtection=False
            )
        if status == FAILED:
            _empty_buckets(get_client, resource_id)
        try:
            client.delete_stack(StackName=resource_id)
        except ClientError:
            if not _is_updated(_described(get_client, resource_id)["StackStatus"]):
                raise
            raise not_now("an update of the stack has just begun") from None

    def deletion_failure(self, get_client: GetClient, resource_id: str) -> str:
        stack = _described(get_client, resource_id)
        if stack["StackStatus"] != FAILED:
            return ""
        reasons = [
            f"{one['LogicalResourceId']}: {one['ResourceStatusReason']}"
            for one in _failed(get_client, resource_id)
            if one.get("ResourceStatusReason")
        ]
        return " ".join([stack.get("StackStatusReason", FAILED), *reasons[:REASONS]])

    def leaves(self, params: Mapping[str, Any]) -> str:
        if params.get("RetainResources") or params.get("DeletionMode") == FORCED:
            return "what it is told to retain, or cannot delete; leave that parameter out"
        return ""

    def identify(self, given: str) -> str:
        return given.partition(":stack/")[2].partition("/")[0] or given


def _described(get_client: GetClient, stack: str) -> dict[str, Any]:
    [found] = get_client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    return dict(found)


def _is_updated(status: str) -> bool:
    """Tell whether a stack is being updated: until that is over it cannot be deleted."""
    return status.startswith("UPDATE_") and status.endswith("_IN_PROGRESS")


def _failed(get_client: GetClient, stack: str) -> list[dict[str, Any]]:
    """Return the resources that CloudFormation could not delete with their stack."""
    described = get_client("cloudformation").describe_stack_resources(StackName=stack)
    return [one for one in described["StackResources"] if one["ResourceStatus"] == FAILED]


def _empty_buckets(get_client: GetClient, stack: str) -> None:
    """Empty the buckets for which a stack was not deleted: CloudFormation deletes no object.

    One that is to be retained is not among them.
    """
    for resource in _failed(get_client, stack):
        if resource["ResourceType"] == "AWS::S3::Bucket":
            empty(get_client("s3"), resource["PhysicalResourceId"])


TAKEN_AWAY = (
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        (
            "cloudwatch:DeleteAlarms",
            "codedeploy:DeleteApplication",
            "codedeploy:DeleteDeploymentGroup",
            "dynamodb:DeleteTable",
            "dynamodb:DescribeTable",
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:DetachRolePolicy",
            "iam:GetRole",
            "lambda:DeleteAlias",
            "lambda:DeleteFunction",
            "lambda:RemovePermission",
            "logs:DeleteLogGroup",
            "sqs:DeleteQueue",
        ),
        ("arn:aws:iam::*:role/lk-*", "arn:aws:logs:*:*:log-group:/aws/lambda/lk-*"),
    ),
    Right(
        "student-boundary",
        "DisconnectOwnFunctions",
        ("lambda:DeleteEventSourceMapping", "lambda:GetEventSourceMapping"),
    ),
    Right(
        "student-boundary",
        "TakeAwayApisWithARunsTag",
        ("apigateway:DELETE",),
        ("arn:aws:apigateway:*::/restapis/*",),
    ),
)
"""What the role of a stack may delete: CloudFormation deletes a stack with the role that changed it
last."""

RIGHTS = (
    Right(
        "student",
        "Look",
        (
            "cloudformation:Describe*",
            "cloudformation:GetTemplateSummary",
            "cloudformation:List*",
            "cloudformation:ValidateTemplate",
        ),
    ),
    Right(
        "student",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("cloudformation:*",),
        ("arn:aws:cloudformation:*:*:stack/lk-*",),
    ),
    Right("student", "WriteNothingWithoutTheRunsTag", ("cloudformation:CreateStack",)),
    Right(
        "student-pipelines",
        "HandRolesToTheLessonsServices",
        passed_to=("cloudformation.amazonaws.com",),
    ),
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        (
            "cloudformation:CreateChangeSet",
            "cloudformation:DeleteChangeSet",
            "cloudformation:DescribeChangeSet",
            "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStacks",
            "cloudformation:ExecuteChangeSet",
        ),
        (
            "arn:aws:cloudformation:*:*:stack/lk-*",
            "arn:aws:cloudformation:*:aws:transform/Serverless-2016-10-31",
        ),
    ),
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        (
            "cloudwatch:PutMetricAlarm",
            "lambda:GetFunction",
            "lambda:GetFunctionConfiguration",
            "lambda:ListVersionsByFunction",
            "lambda:PublishVersion",
            "lambda:UpdateFunctionCode",
            "lambda:UpdateFunctionConfiguration",
        ),
        ("arn:aws:cloudwatch:*:*:alarm:lk-*", "arn:aws:lambda:*:*:function:lk-*"),
    ),
    *TAKEN_AWAY,
    Right("sweep", "FindWhatLearnersLeft", ("cloudformation:Describe*",)),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        (
            "cloudformation:CancelUpdateStack",
            "cloudformation:DeleteStack",
            "cloudformation:UpdateTerminationProtection",
        ),
        ("arn:aws:cloudformation:*:*:stack/lk-*",),
    ),
)
