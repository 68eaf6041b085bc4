"""Which resource an operation is about: its own parameter, by botocore's models."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.handlers import remove_bucket_from_url_paths_from_model

from labkit.resources.addressed import addressed, candidates
from labkit.resources.kinds import KINDS

SESSION = botocore.session.get_session()


def model(service: str, operation: str) -> Any:
    return SESSION.get_service_model(service).operation_model(operation)


@pytest.mark.parametrize("name", KINDS)
def test_a_deletion_is_about_what_its_kind_says(name: str) -> None:
    kind = KINDS[name]
    for operation, parameter in kind.deletes.items():
        first = next(group for group in candidates(model(kind.service, operation)) if group)
        assert parameter in first, operation


@pytest.mark.parametrize(
    ("service", "operation", "params", "about"),
    [
        ("lambda", "UpdateAlias", {"FunctionName": "cook", "Name": "live"}, ["cook"]),
        ("lambda", "UntagResource", {"Resource": "arn:x", "TagKeys": ["team"]}, ["arn:x"]),
        ("sqs", "UntagQueue", {"QueueUrl": "url", "TagKeys": ["team"]}, ["url"]),
        ("events", "RemoveTargets", {"Rule": "r", "EventBusName": "bus", "Ids": ["1"]}, ["r"]),
        ("rds", "ModifyDBProxyTargetGroup", {"TargetGroupName": "d", "DBProxyName": "p"}, ["p"]),
        ("rds", "RemoveTagsFromResource", {"ResourceName": "arn:x", "TagKeys": ["t"]}, ["arn:x"]),
        ("iam", "DetachRolePolicy", {"RoleName": "cook", "PolicyArn": "arn:aws"}, ["cook"]),
        ("iam", "DeleteGroupPolicy", {"GroupName": "admins", "PolicyName": "p"}, ["admins"]),
        ("cloudformation", "DeleteChangeSet", {"ChangeSetName": "c", "StackName": "s"}, ["s"]),
        ("cloudwatch", "DeleteAlarms", {"AlarmNames": ["a", "b"]}, ["a", "b"]),
        (
            "elbv2",
            "SetRulePriorities",
            {"RulePriorities": [{"RuleArn": "r", "Priority": 1}]},
            ["r"],
        ),
        ("autoscaling", "DeleteTags", {"Tags": [{"ResourceId": "g", "Key": "k"}]}, ["g"]),
        ("autoscaling", "TerminateInstanceInAutoScalingGroup", {"InstanceId": "i-1"}, ["i-1"]),
        ("ec2", "DeleteTags", {"Resources": ["vpc-1"], "Tags": [{"Key": "vpc-2"}]}, ["vpc-1"]),
        (
            "ec2",
            "DetachInternetGateway",
            {"InternetGatewayId": "igw-1", "VpcId": "vpc-1"},
            ["igw-1", "vpc-1"],
        ),
        ("ec2", "DisassociateRouteServer", {"RouteServerId": "r", "VpcId": "v"}, ["r", "v"]),
        ("ec2", "RevokeSecurityGroupIngress", {"GroupName": "g", "IpPermissions": []}, ["g"]),
        ("ec2", "DisableEbsEncryptionByDefault", {"DryRun": True}, []),
        ("s3", "DeleteObject", {"Bucket": "b", "Key": "k"}, ["b"]),
        ("ssm", "UpdateMaintenanceWindow", {"WindowId": "mw-1", "Name": "limit"}, ["mw-1"]),
        (
            "codepipeline",
            "UpdatePipeline",
            {"pipeline": {"name": "p", "roleArn": "arn:aws:iam::1:role/r", "stages": []}},
            ["p"],
        ),
        (
            "xray",
            "UpdateSamplingRule",
            {"SamplingRuleUpdate": {"RuleName": "r", "ResourceARN": "*", "ServiceName": "s"}},
            ["r"],
        ),
        ("xray", "UpdateSamplingRule", {"SamplingRuleUpdate": {"RuleARN": "arn:r"}}, ["arn:r"]),
        ("xray", "DeleteSamplingRule", {"RuleARN": "arn:r"}, ["arn:r"]),
        ("resourcegroupstaggingapi", "TagResources", {"ResourceARNList": ["a"]}, ["a"]),
    ],
)
def test_what_a_call_is_about(
    service: str, operation: str, params: dict[str, Any], about: list[str]
) -> None:
    assert addressed(model(service, operation), params) == about


def test_an_operation_of_s3_is_about_its_bucket_at_every_call() -> None:
    """botocore changes the path in its own model at the first call: both ways are one answer."""
    service = SESSION.get_service_model("s3")
    for name in service.operation_names:
        operation = service.operation_model(name)
        if operation.input_shape is None or "Bucket" not in operation.input_shape.members:
            continue
        params = {"Bucket": "b", "Key": "k"}
        first = addressed(operation, params)
        remove_bucket_from_url_paths_from_model(params, operation, {})
        assert addressed(operation, params) == first == ["b"], name
