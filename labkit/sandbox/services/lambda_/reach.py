"""What a function's settings reach for when it is made: a dead-letter target, a VPC.

Lambda looks once, when the settings are given; a right that is taken away later is found out when
it is needed.
Source: Lambda Developer Guide, "Adding a dead-letter queue" and "Giving Lambda functions access to
resources in an Amazon VPC"; the texts are those that AWS's users have reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.moto import ec2_models

INVALID = "InvalidParameterValueException"

SENDS = {"sqs": ("sqs:SendMessage", "SendMessage on SQS"), "sns": ("sns:Publish", "Publish on SNS")}
"""By the service of a dead-letter target: the right that it takes, and AWS's words for it."""

CONNECTS = "ec2:CreateNetworkInterface", "CreateNetworkInterface on EC2"

MISSING_RIGHT = "The provided execution role does not have permissions to call {}"
MISSING_SUBNET = (
    "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error "
    "Message: The subnet ID '{}' does not exist"
)
MISSING_GROUP = (
    "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error "
    "Message: The security group '{}' does not exist"
)


def check(settings: dict[str, Any], role: str) -> None:
    """Look whether the role may send to the dead-letter target, and whether the VPC is there.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If not.
    """
    if reason := next(_problems(settings, role), None):
        raise AwsError(reason, INVALID)


def _problems(settings: dict[str, Any], role: str) -> Iterator[str]:
    target = str((settings.get("DeadLetterConfig") or {}).get("TargetArn") or "")
    service = target.split(":")[2] if target.count(":") > 4 else ""
    if service in SENDS and not permissions.role_allows(role, SENDS[service][0], target):
        yield MISSING_RIGHT.format(SENDS[service][1])
    vpc = settings.get("VpcConfig") or {}
    subnets, groups = vpc.get("SubnetIds") or [], vpc.get("SecurityGroupIds") or []
    if not subnets and not groups:
        return
    if not permissions.role_allows(role, CONNECTS[0], "*"):
        yield MISSING_RIGHT.format(CONNECTS[1])
    backend = ec2_models.ec2_backends[responses.get_account_id()][responses.get_region()]
    known = {name for zone in backend.subnets.values() for name in zone}
    yield from (MISSING_SUBNET.format(name) for name in subnets if name not in known)
    for name in groups:
        if backend.get_security_group_from_id(name) is None:
            yield MISSING_GROUP.format(name)
