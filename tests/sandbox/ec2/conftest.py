"""A VPC of its own for each test, and an endpoint that has EC2."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import error


class Network:
    """A VPC of one test's own and short words for what can be put into it."""

    def __init__(self, aws: Aws, block: str = "10.0.0.0/16") -> None:
        self.aws = aws
        self.ec2 = aws.client("ec2")
        self.vpc = self.ec2.create_vpc(CidrBlock=block)["Vpc"]["VpcId"]

    def subnet(self, block: str = "10.0.1.0/24", zone: str = "a") -> str:
        answer = self.ec2.create_subnet(
            VpcId=self.vpc, CidrBlock=block, AvailabilityZone=f"{self.aws.region}{zone}"
        )
        return str(answer["Subnet"]["SubnetId"])

    def gateway(self) -> str:
        """An attached internet gateway."""
        found = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=found, VpcId=self.vpc)
        return str(found)

    def table(self) -> str:
        answer = self.ec2.create_route_table(VpcId=self.vpc)
        return str(answer["RouteTable"]["RouteTableId"])

    def routes(self, table: str) -> list[dict[str, Any]]:
        answer = self.ec2.describe_route_tables(RouteTableIds=[table])
        found: list[dict[str, Any]] = answer["RouteTables"][0]["Routes"]
        return found

    def address(self) -> str:
        return str(self.ec2.allocate_address(Domain="vpc")["AllocationId"])

    def group(self) -> str:
        name = self.aws.name("group")
        answer = self.ec2.create_security_group(GroupName=name, Description="test", VpcId=self.vpc)
        return str(answer["GroupId"])

    def nat(self, subnet: str, **more: str) -> str:
        answer = self.ec2.create_nat_gateway(SubnetId=subnet, **more)
        return str(answer["NatGateway"]["NatGatewayId"])

    def nat_state(self, nat: str) -> str:
        answer = self.ec2.describe_nat_gateways(NatGatewayIds=[nat])
        return str(answer["NatGateways"][0]["State"])

    def endpoint(self, service: str, **more: Any) -> dict[str, Any]:
        name = f"com.amazonaws.{self.aws.region}.{service}"
        found: dict[str, Any] = self.ec2.create_vpc_endpoint(
            VpcId=self.vpc, ServiceName=name, **more
        )["VpcEndpoint"]
        return found

    def associate(self, block: str) -> tuple[str, str]:
        return error(self.ec2.associate_vpc_cidr_block, VpcId=self.vpc, CidrBlock=block)

    def names_on(self) -> None:
        """Let the VPC resolve private names."""
        self.ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})


@pytest.fixture
def aws(aws: Aws) -> Aws:
    """An account of these tests' own, so that no other meets what they leave."""
    return replace(aws, account="250025002500")


@pytest.fixture
def network(aws: Aws) -> Network:
    """A VPC of this test's own."""
    return Network(aws)


@pytest.fixture
def ec2(aws: Aws) -> Any:
    """EC2 of an account of the test's own."""
    return aws.of_own_account().client("ec2")
