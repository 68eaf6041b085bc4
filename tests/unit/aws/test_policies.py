"""The published policies against IAM's limits and the operations that botocore knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from types import ModuleType
from typing import Any

import boto3
import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from labkit.aws import policies
from labkit.errors import LabkitError
from labkit.resources import policy_files
from labkit.resources.kinds import KINDS
from labkit.resources.rights import Right
from tests.support import rights

NAMES = (*policies.STUDENT, policies.BOUNDARY, *policies.INSTRUCTOR)

CLIENTS = {
    "elasticloadbalancing": "elbv2",
    "cloudwatch": "cloudwatch",
    "states": "stepfunctions",
    "servicequotas": "service-quotas",
    "tag": "resourcegroupstaggingapi",
}
"""boto3's name of a service where IAM has another prefix."""

WITHOUT_AN_OPERATION = {
    "apigateway:DELETE", "apigateway:GET", "apigateway:PATCH", "apigateway:POST", "apigateway:PUT",
    "budgets:ModifyBudget", "budgets:ViewBudget", "codebuild:BatchPutTestCases",
    "codebuild:CreateReport", "codebuild:UpdateReport", "iam:PassRole", "lambda:InvokeFunction",
    "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:GetLogDelivery",
    "logs:ListLogDeliveries", "logs:UpdateLogDelivery", "s3:DeleteObjectVersion",
    "s3:GetBucketTagging", "s3:GetObjectVersion", "s3:ListAllMyBuckets", "s3:ListBucket",
    "s3:ListBucketMultipartUploads", "s3:ListBucketVersions",
}  # fmt: skip
"""Actions of the Service Authorization Reference that no operation is named after."""

STACKED = (
    "AWS::ApiGateway::Deployment", "AWS::ApiGateway::RestApi", "AWS::ApiGateway::Stage",
    "AWS::IAM::Role", "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Function",
    "AWS::Logs::LogGroup", "AWS::SQS::Queue",
)  # fmt: skip
"""The types of lesson 14's stacks."""

OF_A_WHOLE_ACCOUNT = frozenset([("events", "PutPermission")])
"""Takes no resource: who may call it may open each event bus of the account."""

FOUND_BY_NAME_ALONE = frozenset(
    [
        ("autoscaling", "CreateAutoScalingGroup"),
        ("cloudformation", "CreateChangeSet"),
        ("elbv2", "CreateLoadBalancer"),
        ("elbv2", "CreateTargetGroup"),
        ("events", "PutRule"),
        ("rds", "CreateDBCluster"),
        ("rds", "CreateDBInstance"),
        ("rds", "CreateDBSubnetGroup"),
        ("s3", "CreateBucket"),
        ("scheduler", "CreateScheduleGroup"),
        ("ssm", "PutParameter"),
    ]
)
"""Create calls that pass without the run's tag, too. Of a new kind, the call belongs in the
statement `WriteNothingWithoutTheRunsTag` of its `RIGHTS` instead."""

WITHOUT_A_TAG = frozenset(
    [
        ("ec2", "DisassociateRouteTable"),
        ("ec2", "ReplaceNetworkAclAssociation"),
        ("ec2", "ReplaceRouteTableAssociation"),
    ]
)
"""Calls that a teardown has to make on what bears no tag: a VPC's own route table and ACL."""

NOT_ASKED_FOR = (
    "apigateway:UpdateRestApiPolicy", "elasticfilesystem:", "firehose:",
    "iam:DeleteRolePermissionsBoundary", "iam:UntagRole", "iam:UpdateRole", "kms:", "s3files:",
)  # fmt: skip
"""Needed only for properties, or changes of them, that no lesson's template has: a key of one's
own, a file system, an API's resource policy, a role's description, a role without its boundary."""


@cache
def _operations(prefix: str) -> frozenset[str]:
    client = boto3.client(CLIENTS.get(prefix, prefix), region_name="ap-northeast-2")
    return frozenset(client.meta.service_model.operation_names)


def _statements(name: str) -> list[dict[str, Any]]:
    return list(policies.load(name)["Statement"])


def _many(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _actions(name: str) -> Iterator[str]:
    for statement in _statements(name):
        yield from _many(statement["Action"])


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_fits_into_a_managed_policy(name: str) -> None:
    text = policies.file(name).read_text(encoding="utf-8")
    assert len(re.sub(r"\s", "", text)) <= 6144


@pytest.mark.parametrize("name", NAMES)
def test_a_policy_is_written_as_iam_takes_it(name: str) -> None:
    document = policies.load(name)
    assert set(document) == {"Version", "Statement"}
    assert document["Version"] == "2012-10-17"
    for statement in _statements(name):
        assert set(statement) - {"Condition"} == {"Sid", "Effect", "Action", "Resource"}
        assert statement["Effect"] in ("Allow", "Deny")
        assert re.fullmatch(r"[A-Za-z0-9]+", statement["Sid"])
        for resource in _many(statement["Resource"]):
            assert resource == "*" or resource.startswith("arn:aws:")
    names = [statement["Sid"] for statement in _statements(name)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", NAMES)
def test_every_action_exists(name: str) -> None:
    unknown = [
        action
        for action in _actions(name)
        if action not in WITHOUT_AN_OPERATION
        and not any(
            fnmatchcase(operation, action.partition(":")[2])
            for operation in _operations(action.partition(":")[0])
        )
    ]
    assert unknown == []


@pytest.mark.parametrize("name", [*policies.STUDENT, policies.BOUNDARY])
def test_no_policy_of_a_learner_says_everything(name: str) -> None:
    for statement in _statements(name):
        assert "*" not in _many(statement["Action"])
        if statement["Effect"] == "Allow" and "*" in _many(statement["Resource"]):
            assert not [action for action in _many(statement["Action"]) if action.endswith(":*")]


def test_no_learner_changes_labkits_own_policies() -> None:
    own = f"arn:aws:iam::111122223333:policy/{policies.BOUNDARY_POLICY}"
    for name in policies.STUDENT:
        for statement in _statements(name):
            writes = [
                action
                for action in _many(statement["Action"])
                if action.startswith("iam:") and not action[4:].startswith(("Get", "List"))
            ]
            if statement["Effect"] == "Allow" and writes:
                assert not [r for r in _many(statement["Resource"]) if fnmatchcase(own, r)]


def test_what_a_kind_creates_with_tags_is_refused_without() -> None:
    """Every create call that the recorder tags, of a service whose names the policies go by."""
    allowed = {
        (kind.service, create.operation)
        for kind in KINDS.values()
        for create in kind.creates
        if create.tags and kind.service != "ec2"
        if rights.denied(kind.service, create.operation, tagged=False) == []
    }
    assert allowed == FOUND_BY_NAME_ALONE


@pytest.mark.parametrize("name", KINDS)
def test_a_learner_may_make_a_kind_and_take_it_away_and_leave_others_things(name: str) -> None:
    kind = KINDS[name]
    creates = {create.operation for create in kind.creates}
    for operation in {*creates, *kind.parts, *kind.deletes} - {""}:
        call = kind.service, operation
        assert call in OF_A_WHOLE_ACCOUNT or rights.denied(*call) == [], call
        inside = kind.service == "apigatewayv2" and operation in kind.parts  # inherits no tag
        if operation not in creates and call not in WITHOUT_A_TAG and not inside:
            assert rights.denied(*call, rights.FOREIGN), call


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("REST API", {"restApiId": "a1b2c3", "stageName": "prod"}),
        ("Lambda function", {"FunctionName": rights.OURS.name}),
        ("DB proxy", {"DBProxyName": rights.OURS.name}),
        (
            "DB instance",
            {
                "DBInstanceIdentifier": rights.OURS.name,
                "EnableCloudwatchLogsExports": ["postgresql"],
            },
        ),
    ],
)
def test_a_learner_may_take_away_the_log_group_that_aws_makes_alongside(
    kind: str, params: dict[str, Any]
) -> None:
    groups = [*KINDS[kind].implied_by_part(params), *KINDS[kind].implied(params)]
    assert groups
    for _, name in groups:
        arn = f"arn:aws:logs:{rights.REGION}:{rights.ACCOUNT}:log-group:{name}"
        assert rights.allowed("logs:ListTagsForResource", arn), arn
        assert rights.allowed("logs:DeleteLogGroup", arn), arn


def test_nobody_makes_a_foreign_thing_their_own_by_tagging_it() -> None:
    vpc = f"arn:aws:ec2:{rights.REGION}:{rights.ACCOUNT}:vpc/vpc-1"
    run = {"aws:requesttag/labkit:run": "0" * 32}
    assert not rights.allowed("ec2:CreateTags", vpc, run)
    assert rights.allowed("ec2:CreateTags", vpc, run | {"ec2:createaction": "CreateVpc"})


@pytest.mark.parametrize("resource_type", STACKED)
def test_a_learner_may_do_what_cloudformation_does_in_their_name(resource_type: str) -> None:
    """Held against the permissions that AWS's own schema of each type says its handlers need."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("ap-northeast-2", resource_type).schema
    needed = {
        action
        for operation in ("create", "read", "update", "delete")
        for action in schema["handlers"][operation]["permissions"]
        if not action.startswith(NOT_ASKED_FOR)
    }
    assert needed
    granted = [
        action
        for name in policies.STUDENT
        for statement in _statements(name)
        if statement["Effect"] == "Allow"
        for action in _many(statement["Action"])
    ]
    assert [a for a in sorted(needed) if not any(fnmatchcase(a, g) for g in granted)] == []


def test_a_sandbox_gets_all_of_the_learners_policies() -> None:
    words = policies.sandbox_arguments()
    files = {words[i + 1] for i, word in enumerate(words) if word == "--learner-policy"}
    assert files == {str(policies.file(name)) for name in policies.STUDENT}
    assert words[words.index("--role-boundary") + 1] == str(policies.file(policies.BOUNDARY))


def test_what_kinds_need_is_in_statements_that_the_policies_have() -> None:
    for name in NAMES:
        written = policies.file(name).read_text(encoding="utf-8")
        assert policy_files.policy_text(name) == written


def test_a_statement_that_no_policy_has_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = ModuleType("odd")
    odd.RIGHTS = (Right("student", "Everything", ("sqs:*",)),)  # type: ignore[attr-defined]
    monkeypatch.setattr(policy_files, "modules", lambda: [odd])
    with pytest.raises(LabkitError, match="has no statement 'Everything'"):
        policy_files.policy_text("student")
