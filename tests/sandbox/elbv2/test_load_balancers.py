"""Cross-zone load balancing, through boto3 alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import error

pytestmark = pytest.mark.contract(26)

CROSS_ZONE = "load_balancing.cross_zone.enabled"


@pytest.fixture
def aws(aws: Aws) -> Aws:
    """An account of these tests' own, so that no other meets what they leave."""
    return replace(aws, account="260026002600")


@pytest.fixture
def elb(aws: Aws) -> Any:
    """A client of Elastic Load Balancing."""
    return aws.client("elbv2")


def balancer(aws: Aws, kind: str) -> str:
    """Create a load balancer in two zones; return its ARN."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(
            VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{aws.region}{zone}"
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ac")
    ]
    name = aws.name("lb")[:32]
    answer = aws.client("elbv2").create_load_balancer(
        Name=name, Subnets=subnets, Type=kind, Scheme="internal"
    )
    return str(answer["LoadBalancers"][0]["LoadBalancerArn"])


def cross_zone(elb: Any, arn: str) -> str:
    """Return the attribute's value."""
    answer = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)
    return str({one["Key"]: one["Value"] for one in answer["Attributes"]}[CROSS_ZONE])


def change(value: str) -> list[dict[str, str]]:
    """The attributes that set cross-zone load balancing."""
    return [{"Key": CROSS_ZONE, "Value": value}]


def test_an_alb_is_locked_on(aws: Aws, elb: Any) -> None:
    arn = balancer(aws, "application")
    assert cross_zone(elb, arn) == "true"
    modify = elb.modify_load_balancer_attributes
    code, message = error(modify, LoadBalancerArn=arn, Attributes=change("false"))
    assert code == "InvalidConfigurationRequest"
    assert message.startswith(f"Load balancer attribute key '{CROSS_ZONE}' is not supported")
    assert cross_zone(elb, arn) == "true"


def test_an_nlb_is_off_until_switched_on(aws: Aws, elb: Any) -> None:
    arn = balancer(aws, "network")
    assert cross_zone(elb, arn) == "false"
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=change("true"))
    assert cross_zone(elb, arn) == "true"


def test_an_albs_target_group_decides_for_itself(aws: Aws, elb: Any) -> None:
    vpc = aws.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    group = elb.create_target_group(Name=aws.name("tg")[:32], Protocol="HTTP", Port=80, VpcId=vpc)[
        "TargetGroups"
    ][0]["TargetGroupArn"]

    def value() -> str:
        answer = elb.describe_target_group_attributes(TargetGroupArn=group)
        return str({one["Key"]: one["Value"] for one in answer["Attributes"]}[CROSS_ZONE])

    assert value() == "use_load_balancer_configuration"
    elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=change("false"))
    assert value() == "false"
