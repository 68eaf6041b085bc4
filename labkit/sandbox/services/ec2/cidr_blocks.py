"""The address ranges of VPCs and subnets: sizes, overlaps, and which ranges may stand together.

Source: VPC User Guide, "VPC CIDR blocks", section "IPv4 CIDR block association restrictions";
EC2 API Reference, "Error codes for the Amazon EC2 API".
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.gateway.request import Request

LARGEST, SMALLEST = 16, 28
"""The prefix lengths of the largest and the smallest block. Source: VPC User Guide."""

TEN = IPv4Network("10.0.0.0/8")
TEN_0_AND_1 = IPv4Network("10.0.0.0/15")
TEN_0 = IPv4Network("10.0.0.0/16")
ONE_SEVEN_TWO = IPv4Network("172.16.0.0/12")
ONE_NINE_TWO = IPv4Network("192.168.0.0/16")
ONE_NINE_EIGHT = IPv4Network("198.19.0.0/16")
PRIVATE = (TEN, ONE_SEVEN_TWO, ONE_NINE_TWO, ONE_NINE_EIGHT)
"""Ranges of which one VPC can use only one."""

NEVER_ADDED = {
    ONE_SEVEN_TWO: IPv4Network("172.31.0.0/16"),
}
"""A range, and the part of it that a VPC in that range cannot add."""


def _check_vpc(request: Request, backend: Any) -> None:
    if request.form.text("CidrBlock"):
        block = _block(request, "InvalidVpc.Range")
        request.form["CidrBlock"] = str(block)


def _check_association(request: Request, backend: Any) -> None:
    if not request.form.text("CidrBlock"):
        return
    block = _block(request, "InvalidVpc.Range")
    vpc = backend.get_vpc(request.form.text("VpcId"))
    existing = list(_blocks(vpc))
    if any(block.overlaps(other) for other in existing):
        refuse(
            "InvalidVpc.Range",
            f"The CIDR '{block}' conflicts with another CIDR block of the VPC '{vpc.id}'.",
        )
    if _is_restricted(block, existing):
        refuse(
            "InvalidVpc.Range",
            f"The CIDR '{block}' is restricted. Use a CIDR from the same private address range as "
            "the current VPC CIDR, or use a publicly-routable CIDR. For additional restrictions, "
            "see https://docs.aws.amazon.com/AmazonVPC/latest/UserGuide/VPC_Subnets.html",
        )
    _check_against_routes(block, vpc, backend)
    request.form["CidrBlock"] = str(block)


def _is_restricted(block: IPv4Network, existing: list[IPv4Network]) -> bool:
    """Tell whether the table of restrictions forbids `block` beside the `existing` ones."""
    own = {part for part in PRIVATE for other in existing if other.subnet_of(part)}
    foreign = [part for part in PRIVATE if part not in own]
    if any(block.overlaps(part) for part in foreign):
        return True
    if any(other.subnet_of(TEN_0_AND_1) for other in existing) and block.overlaps(TEN_0):
        return True
    return any(block.overlaps(NEVER_ADDED[part]) for part in own if part in NEVER_ADDED)


def _check_against_routes(block: IPv4Network, vpc: Any, backend: Any) -> None:
    """Refuse a block that equals or contains the destination of a route of the VPC."""
    for table in backend.route_tables.values():
        for route in table.routes:
            destination = route.destination_cidr_block
            if table.vpc_id != vpc.id or route.local or not destination:
                continue
            if IPv4Network(destination).subnet_of(block):
                refuse(
                    "InvalidVpc.Range",
                    f"The CIDR '{block}' is the same as or larger than the destination "
                    f"{destination} of a route in the route table {table.id}.",
                )


def _check_disassociation(request: Request, backend: Any) -> None:
    for vpc in backend.vpcs.values():
        for found in vpc.cidr_block_association_set:
            if found["association_id"] != request.form.text("AssociationId"):
                continue
            block = IPv4Network(found["cidr_block"])
            if found["cidr_block"] != vpc.cidr_block and _has_subnet_in(block, vpc, backend):
                refuse(
                    "InvalidCidrBlock.InUse",
                    f"The vpc {vpc.id} currently has a subnet within CIDR block {block}",
                )


def _check_subnet(request: Request, backend: Any) -> None:
    if request.form.text("CidrBlock"):
        request.form["CidrBlock"] = str(_block(request, "InvalidSubnet.Range"))


def _has_subnet_in(block: IPv4Network, vpc: Any, backend: Any) -> bool:
    subnets = backend.describe_subnets(filters={"vpc-id": vpc.id})
    return any(subnet.cidr.overlaps(block) for subnet in subnets)


def _block(request: Request, code: str) -> IPv4Network:
    """Return the request's block in its canonical form (100.68.0.18/18 is 100.68.0.0/18)."""
    text = request.form.text("CidrBlock")
    try:
        block = IPv4Network(text if "/" in text else "", strict=False)
    except ValueError:
        refuse(
            "InvalidParameterValue",
            f"Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
        )
    if not LARGEST <= block.prefixlen <= SMALLEST:
        refuse(code, f"The CIDR '{text}' is invalid.")
    return block


def _blocks(vpc: Any) -> Iterator[IPv4Network]:
    for association in vpc.cidr_block_association_set:
        if association["cidr_block_state"]["state"] == "associated":
            yield IPv4Network(association["cidr_block"], strict=False)


RULES = {
    "AssociateVpcCidrBlock": _check_association,
    "CreateSubnet": _check_subnet,
    "CreateVpc": _check_vpc,
    "DisassociateVpcCidrBlock": _check_disassociation,
}
