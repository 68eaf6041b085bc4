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

NOT_BOTH = "SubnetIds and SecurityIds must coexist or be both empty list."

SEVERAL_VPCS = "The subnets of a function must be in one VPC."
OTHER_VPC = "The security group '{}' does not belong to VPC '{}'."
"""How AWS words these two is not known."""


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
    if not subnets or not groups:
        yield NOT_BOTH
        return
    if not permissions.role_allows(role, CONNECTS[0], "*"):
        yield MISSING_RIGHT.format(CONNECTS[1])
    backend, known = _ec2(), _vpcs()
    yield from (MISSING_SUBNET.format(name) for name in subnets if name not in known)
    networks = {known[name] for name in subnets}
    if len(networks) > 1:
        yield SEVERAL_VPCS
    for name in groups:
        group = backend.get_security_group_from_id(name)
        if group is None:
            yield MISSING_GROUP.format(name)
        elif group.vpc_id not in networks:
            yield OTHER_VPC.format(name, *networks)


def vpc_config(given: dict[str, Any] | None) -> dict[str, Any]:
    """Return a function's VPC configuration with the VPC that its subnets are in."""
    settings = dict(given or {"SubnetIds": [], "SecurityGroupIds": []})
    subnets = settings.get("SubnetIds") or []
    return settings | {"VpcId": _vpcs().get(subnets[0], "") if subnets else ""}


def _ec2() -> Any:
    return ec2_models.ec2_backends[responses.get_account_id()][responses.get_region()]


def _vpcs() -> dict[str, str]:
    """Return the VPC of each subnet."""
    zones = _ec2().subnets.values()
    return {name: subnet.vpc_id for zone in zones for name, subnet in zone.items()}
