"""What IAM decides on a learner's call: the shipped policies, asked about AWS's own ARNs.

The sandbox asks the policies, too, but about what stands in a request: a proxy's name, say, where
AWS goes by a number that it draws. Which resources an action is about is in AWS's Service
Authorization Reference, of which cfn-lint ships a copy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

import botocore.session
from ministack.core import iam_evaluator

from labkit.aws import policies
from labkit.resources.classification import Creates, classify
from labkit.resources.kinds import KINDS
from labkit.resources.run import RUN_TAG

ACCOUNT, REGION = "111122223333", "ap-northeast-2"
NUMBER = "0123456789abcdef0"

PREFIXES = {
    "resourcegroupstaggingapi": "tag",
    "service-quotas": "servicequotas",
} | {kind.service: kind.in_arns for kind in KINDS.values() if kind.in_arns}
"""Where an action's prefix is not botocore's name (Service Authorization Reference)."""

OTHERWISE_NAMED = {
    "dynamodb:TransactGetItems": "dynamodb:GetItem",
    "dynamodb:TransactWriteItems": "dynamodb:UpdateItem",
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:CopyObject": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:PutBucketNotificationConfiguration": "s3:PutBucketNotification",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:UploadPart": "s3:PutObject",
    "sns:PublishBatch": "sns:Publish",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
}
"""Operations whose action has another name (Service Authorization Reference). A transaction is
judged by the actions of its items (DynamoDB Developer Guide, "IAM for transactions")."""

ARNS = {
    "autoscaling:autoScalingGroup": "autoScalingGroup:{number}:autoScalingGroupName/{name}",
    "cloudformation:stack": "stack/{name}/{number}",
    "cloudwatch:alarm": "alarm:{name}",
    "cloudwatch:dashboard": "dashboard/{name}",
    "codebuild:project": "project/{name}",
    "codebuild:report-group": "report-group/{name}",
    "codedeploy:application": "application:{name}",
    "codedeploy:deploymentconfig": "deploymentconfig:{name}",
    "codedeploy:deploymentgroup": "deploymentgroup:{name}/{name}",
    "codepipeline:pipeline": "{name}",
    "dynamodb:table": "table/{name}",
    "ec2:elastic-ip": "elastic-ip/eipalloc-{number}",
    "ec2:internet-gateway": "internet-gateway/igw-{number}",
    "ec2:launch-template": "launch-template/lt-{number}",
    "ec2:natgateway": "natgateway/nat-{number}",
    "ec2:network-acl": "network-acl/acl-{number}",
    "ec2:network-interface": "network-interface/eni-{number}",
    "ec2:route-table": "route-table/rtb-{number}",
    "ec2:security-group": "security-group/sg-{number}",
    "ec2:subnet": "subnet/subnet-{number}",
    "ec2:vpc": "vpc/vpc-{number}",
    "ec2:vpc-endpoint": "vpc-endpoint/vpce-{number}",
    "elasticloadbalancing:listener/app": "listener/app/{name}/{number}/{number}",
    "elasticloadbalancing:loadbalancer/app/": "loadbalancer/app/{name}/{number}",
    "elasticloadbalancing:loadbalancer/net/": "loadbalancer/net/{name}/{number}",
    "elasticloadbalancing:targetgroup": "targetgroup/{name}/{number}",
    "events:event-bus": "event-bus/{name}",
    "events:rule-on-custom-event-bus": "rule/{name}/{name}",
    "events:rule-on-default-event-bus": "rule/{name}",
    "iam:oidc-provider": "oidc-provider/token.example.com",
    "iam:policy": "policy/{name}",
    "iam:role": "role/{name}",
    "kinesis:consumer": "stream/{name}/consumer/{name}:{number}",
    "kinesis:stream": "stream/{name}",
    "lambda:eventSourceMapping": "event-source-mapping:{number}",
    "lambda:function": "function:{name}",
    "lambda:function alias": "function:{name}:live",
    "lambda:function version": "function:{name}:1",
    "lambda:layer": "layer:{name}",
    "lambda:layerVersion": "layer:{name}:1",
    "logs:log-group": "log-group:/aws/lambda/{name}",
    "logs:log-stream": "log-group:/aws/lambda/{name}:log-stream:{number}",
    "rds:cluster": "cluster:{name}",
    "rds:cluster-pg": "cluster-pg:default.aurora-postgresql17",
    "rds:db": "db:{name}",
    "rds:og": "og:default:postgres-17",
    "rds:pg": "pg:default.postgres17",
    "rds:proxy": "db-proxy:prx-{number}",
    "rds:subgrp": "subgrp:{name}",
    "rds:target-group": "target-group:prx-tg-{number}",
    "s3:bucket": "{name}",
    "s3:object": "{name}/order.json",
    "scheduler:schedule": "schedule/default/{name}",
    "scheduler:schedule-group": "schedule-group/{name}",
    "secretsmanager:Secret": "secret:{name}-AbCdEf",
    "sns:topic": "{name}",
    "sqs:queue": "{name}",
    "ssm:parameter": "parameter/{name}",
    "states:execution": "execution:{name}:{number}",
    "states:statemachine": "stateMachine:{name}",
    "xray:sampling-rule": "sampling-rule/{name}",
}
"""Types of resource that labkit's kinds are of, and what stands in their ARNs after the account. An
action with none of them is asked about the ARNs that the reference writes for its types."""

WITHOUT_REGION = frozenset(["cloudwatch:dashboard", "iam:oidc-provider", "iam:policy", "iam:role"])
WITHOUT_ACCOUNT = frozenset(["s3:bucket", "s3:object"])


@dataclass(frozen=True)
class Whose:
    """What IAM knows of the things that a call names.

    Attributes
    ----------
    name
        What they are called, where names are given.
    tags
        Their tags.
    boundary
        The permissions boundary of a role.
    function
        The function of an event source mapping.
    """

    name: str
    tags: Mapping[str, str]
    boundary: str
    function: str


OURS = Whose(
    "lk-dq-abcdef-01234567-orders",
    MappingProxyType({RUN_TAG: "0" * 32}),
    policies.BOUNDARY_POLICY,
    "lk-dq-abcdef-01234567-order",
)
FOREIGN = Whose("orders", MappingProxyType({}), "none", "order")


def action_of(service: str, operation: str) -> str:
    """Return IAM's name for what an operation asks for."""
    prefix = PREFIXES.get(service, service)
    if prefix == "apigateway":
        return f"apigateway:{model(service).operation_model(operation).http['method']}"
    return OTHERWISE_NAMED.get(f"{prefix}:{operation}", f"{prefix}:{operation}")


def denied(service: str, operation: str, whose: Whose = OURS, *, tagged: bool = True) -> list[str]:
    """Return the ARNs on which the learners' policies do not allow a call.

    What is only being made bears no tag yet; it gets ours in the call, if it can bear any and is
    `tagged`.

    Parameters
    ----------
    service, operation
        As boto3 and the API name them.
    whose
        Whose all that is which the call names.
    """
    keys = {
        "iam:permissionsboundary": f"arn:aws:iam::{ACCOUNT}:policy/{whose.boundary}",
        "lambda:functionarn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{whose.function}",
    }
    found = classify(service, operation)
    if not isinstance(found, Creates):
        keys |= {f"aws:resourcetag/{key}": value for key, value in whose.tags.items()}
    elif found.create.tags and tagged:
        keys |= {f"aws:requesttag/{key}": value for key, value in OURS.tags.items()}
    action = action_of(service, operation)
    arns = _arns(service, operation, action, whose.name)
    return [arn for arn in arns if not allowed(action, arn, keys)]


def allowed(action: str, arn: str, keys: Mapping[str, str] = MappingProxyType({})) -> bool:
    """Tell whether the learners' policies allow an action on a resource.

    Parameters
    ----------
    action, arn
        As IAM names them.
    keys
        What conditions look at, by their keys in small letters.
    """
    learner = f"arn:aws:iam::{ACCOUNT}:user/learner"
    asked = iam_evaluator.EvalContext(
        learner, "User", ACCOUNT, action, arn, REGION, service_context=dict(keys)
    )
    return bool(iam_evaluator.evaluate(asked, _policies()).decision == "Allow")


def _arns(service: str, operation: str, action: str, name: str) -> list[str]:
    """Return what an action is about: the types in `ARNS`, or else all that the reference names.

    It is everything where the action takes no resource.
    """
    prefix, _, verb = action.partition(":")
    if prefix == "apigateway":
        path = model(service).operation_model(operation).http["requestUri"].removeprefix("/v2")
        return [f"arn:aws:apigateway:{REGION}::{re.sub('{[^}]*}', NUMBER, path)}"]
    types = _reference()[prefix]["Actions"].get(verb.lower(), {}).get("Resources", [])
    known = [f"{prefix}:{one}" for one in types if f"{prefix}:{one}" in ARNS]
    if known:
        return [_arn(prefix, one, name) for one in known]
    return [arn for one in types for arn in _as_in_the_reference(prefix, one, name)] or ["*"]


def _arn(prefix: str, resource_type: str, name: str) -> str:
    region = "" if resource_type in WITHOUT_REGION | WITHOUT_ACCOUNT else REGION
    account = "" if resource_type in WITHOUT_ACCOUNT else ACCOUNT
    place = ARNS[resource_type].format(name=name, number=NUMBER)
    return f"arn:aws:{prefix}:{region}:{account}:{place}"


def _as_in_the_reference(prefix: str, resource_type: str, name: str) -> list[str]:
    """Return ARNs of a type by its patterns, such as ``arn:…:kinesis:…:stream/.*``."""
    patterns = _reference()[prefix]["Resources"].get(resource_type, {}).get("ARNFormats", [])
    words = {"${Partition}": "aws", "${Region}": REGION, "${Account}": ACCOUNT, ".*": name}
    for word, text in words.items():
        patterns = [pattern.replace(word, text) for pattern in patterns]
    return list(patterns)


@cache
def _policies() -> list[Any]:
    return [iam_evaluator.parse_policy_document(policies.load(name)) for name in policies.STUDENT]


@cache
def _reference() -> dict[str, Any]:
    found = find_spec("cfnlint")
    assert found is not None
    assert found.origin is not None
    path = Path(found.origin).parent / "data" / "AdditionalSpecs" / "Policies.json"
    reference: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return reference


@cache
def model(service: str) -> Any:
    """Return botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)
