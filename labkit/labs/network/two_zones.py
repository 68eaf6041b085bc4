"""Builds what lesson 01 builds by hand: a VPC in two zones, in ordinary boto3."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from labkit.polling import wait_until

VPC_CIDR = IPv4Network("10.20.0.0/16")
NAT_READY_S = 300
"""A NAT gateway is pending for a minute or two on AWS."""


@dataclass(frozen=True)
class TwoZones:
    """A VPC with a public and a private subnet in each of two zones.

    Attributes
    ----------
    vpc_id, igw_id, public_table, private_table : str
    subnets : dict
        Ids by name: ``public-1``, ``public-2``, ``private-1``, ``private-2``.
    nat_id : str or None
    """

    vpc_id: str
    igw_id: str
    public_table: str
    private_table: str
    subnets: dict[str, str]
    nat_id: str | None = None


def two_zone_vpc(ec2: Any, nat: bool = True) -> TwoZones:
    """Make a VPC with two public and two private subnets, and a NAT gateway for the private ones.

    Parameters
    ----------
    ec2
        The EC2 client of a lab.
    nat : bool
        Whether to make the NAT gateway, which AWS bills by the hour.
    """
    vpc_id = ec2.create_vpc(CidrBlock=str(VPC_CIDR), TagSpecifications=named("vpc", "shop"))
    vpc_id = vpc_id["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc_id, EnableDnsHostnames={"Value": True})
    igw_id = ec2.create_internet_gateway(TagSpecifications=named("internet-gateway", "shop"))
    igw_id = igw_id["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=igw_id, VpcId=vpc_id)
    subnets = _subnets(ec2, vpc_id)
    public_table = _table(ec2, vpc_id, "public", [subnets["public-1"], subnets["public-2"]])
    private_table = _table(ec2, vpc_id, "private", [subnets["private-1"], subnets["private-2"]])
    ec2.create_route(RouteTableId=public_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=igw_id)
    nat_id = _nat(ec2, subnets["public-1"], private_table) if nat else None
    return TwoZones(vpc_id, igw_id, public_table, private_table, subnets, nat_id)


def named(kind: str, name: str) -> list[dict[str, Any]]:
    """Return ``TagSpecifications`` with a Name tag."""
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def _subnets(ec2: Any, vpc_id: str) -> dict[str, str]:
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]
    ranges = VPC_CIDR.subnets(new_prefix=24)
    return {
        f"{kind}-{number}": ec2.create_subnet(
            VpcId=vpc_id,
            CidrBlock=str(next(ranges)),
            AvailabilityZone=zones[number - 1],
            TagSpecifications=named("subnet", f"{kind}-{number}"),
        )["Subnet"]["SubnetId"]
        for kind in ("public", "private")
        for number in (1, 2)
    }


def _table(ec2: Any, vpc_id: str, name: str, subnet_ids: list[str]) -> str:
    made = ec2.create_route_table(VpcId=vpc_id, TagSpecifications=named("route-table", name))
    table_id = str(made["RouteTable"]["RouteTableId"])
    for subnet_id in subnet_ids:
        ec2.associate_route_table(RouteTableId=table_id, SubnetId=subnet_id)
    return table_id


def _nat(ec2: Any, subnet_id: str, table_id: str) -> str:
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=named("elastic-ip", "nat"))
    made = ec2.create_nat_gateway(
        SubnetId=subnet_id,
        AllocationId=address["AllocationId"],
        TagSpecifications=named("natgateway", "nat"),
    )
    nat_id = str(made["NatGateway"]["NatGatewayId"])
    listing = {"NatGatewayIds": [nat_id]}
    wait_until(
        lambda: ec2.describe_nat_gateways(**listing)["NatGateways"][0]["State"] == "available",
        NAT_READY_S,
        "the NAT gateway to be available",
    )
    ec2.create_route(RouteTableId=table_id, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat_id)
    return nat_id
