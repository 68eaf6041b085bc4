"""Reads a VPC through the EC2 API: what is there, not what was meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network
from typing import Any

from labkit.errors import LabkitError, NotAttempted
from labkit.labs.lab_run import LabRun
from labkit.labs.network.model import (
    AclEntry,
    Endpoint,
    GroupRule,
    NatGateway,
    Network,
    Route,
    RouteTable,
    SecurityGroup,
    Subnet,
)

ALL_PROTOCOLS, TCP = "-1", ("6", "tcp")
TARGETS = (
    "GatewayId",
    "NatGatewayId",
    "TransitGatewayId",
    "VpcPeeringConnectionId",
    "NetworkInterfaceId",
    "InstanceId",
)
"""Where a route may have its target (EC2 API reference, Route)."""


def read_network(ec2: Any, vpc_id: str) -> Network:
    """Read what decides over paths in a VPC.

    Parameters
    ----------
    ec2
        boto3's EC2 client.
    vpc_id : str

    Returns
    -------
    Network

    Raises
    ------
    LabkitError
        If there is no such VPC.
    """
    of_vpc = [{"Name": "vpc-id", "Values": [vpc_id]}]
    vpcs = ec2.describe_vpcs(Filters=of_vpc)["Vpcs"]
    if not vpcs:
        raise LabkitError(f"There is no VPC {vpc_id} in {ec2.meta.region_name}.")
    tables = _all(ec2, "describe_route_tables", "RouteTables", of_vpc)
    acls = _all(ec2, "describe_network_acls", "NetworkAcls", of_vpc)
    subnets = _all(ec2, "describe_subnets", "Subnets", of_vpc)
    attached = [{"Name": "attachment.vpc-id", "Values": [vpc_id]}]
    gateways = _all(ec2, "describe_internet_gateways", "InternetGateways", attached)
    endpoints = _all(ec2, "describe_vpc_endpoints", "VpcEndpoints", of_vpc)
    return Network(
        vpc_id=vpc_id,
        region=ec2.meta.region_name,
        cidrs=tuple(_cidrs(vpcs[0])),
        subnets=tuple(_subnet(one, tables, acls) for one in subnets),
        internet_gateways=tuple(one["InternetGatewayId"] for one in gateways),
        nat_gateways=tuple(_nats(ec2, vpc_id)),
        endpoints=tuple(
            _endpoint(one, _resolves(ec2, vpc_id)) for one in endpoints if _usable(one)
        ),
        groups=tuple(
            _group(one) for one in _all(ec2, "describe_security_groups", "SecurityGroups", of_vpc)
        ),
    )


def read_run(lab: LabRun) -> Network:
    """Read the VPC that a run has made.

    Raises
    ------
    NotAttempted
        If it has made none.
    """
    ec2 = lab.client("ec2")
    of_run = [{"Name": "tag:labkit:run", "Values": [lab.run_id]}]
    vpcs = ec2.describe_vpcs(Filters=of_run)["Vpcs"]
    if not vpcs:
        raise NotAttempted("There is no VPC of this run yet: run the cell that creates it.")
    return read_network(ec2, vpcs[0]["VpcId"])


def _all(ec2: Any, listing: str, items: str, filters: list[dict[str, Any]]) -> list[Any]:
    pages = ec2.get_paginator(listing).paginate(Filters=filters)
    return [item for page in pages for item in page[items]]


def _cidrs(vpc: Mapping[str, Any]) -> Iterable[IPv4Network]:
    for association in vpc["CidrBlockAssociationSet"]:
        if association["CidrBlockState"]["State"] == "associated":
            yield IPv4Network(association["CidrBlock"])


def _name(item: Mapping[str, Any]) -> str:
    return next((tag["Value"] for tag in item.get("Tags", []) if tag["Key"] == "Name"), "")


def _subnet(item: Mapping[str, Any], tables: list[Any], acls: list[Any]) -> Subnet:
    acl = _of_subnet(acls, item["SubnetId"]) or next(one for one in acls if one["IsDefault"])
    table = _of_subnet(tables, item["SubnetId"]) or next(one for one in tables if _main(one))
    return Subnet(
        id=item["SubnetId"],
        name=_name(item),
        cidr=IPv4Network(item["CidrBlock"]),
        zone=item["AvailabilityZone"],
        table=_table(table),
        acl=tuple(_entries(acl)),
        acl_name="" if acl["IsDefault"] else _name(acl) or acl["NetworkAclId"],
        public_ip_on_launch=item["MapPublicIpOnLaunch"],
    )


def _of_subnet(items: list[Any], subnet_id: str) -> Any:
    """Return the route table or ACL that is associated with a subnet by name."""
    for item in items:
        if any(one.get("SubnetId") == subnet_id for one in item.get("Associations", [])):
            return item
    return None


def _main(table: Mapping[str, Any]) -> bool:
    return any(one.get("Main") for one in table.get("Associations", []))


def _table(item: Mapping[str, Any]) -> RouteTable:
    routes = tuple(_route(route) for route in item["Routes"] if _is_ipv4(route))
    return RouteTable(item["RouteTableId"], _name(item), _main(item), routes)


def _is_ipv4(route: Mapping[str, Any]) -> bool:
    return bool(route.get("DestinationCidrBlock") or route.get("DestinationPrefixListId"))


def _route(item: Mapping[str, Any]) -> Route:
    cidr = item.get("DestinationCidrBlock")
    target = next((item[name] for name in TARGETS if item.get(name)), "")
    destination = IPv4Network(cidr) if cidr else item["DestinationPrefixListId"]
    return Route(destination, target, item.get("State", "active") == "active")


def _entries(acl: Mapping[str, Any]) -> Iterable[AclEntry]:
    """Yield the entries for IPv4 and TCP in the order in which they are tried."""
    for entry in sorted(acl["Entries"], key=lambda one: int(one["RuleNumber"])):
        if entry.get("CidrBlock") and str(entry["Protocol"]) in (ALL_PROTOCOLS, *TCP):
            ports = entry.get("PortRange") if str(entry["Protocol"]) in TCP else None
            yield AclEntry(
                number=int(entry["RuleNumber"]),
                outbound=bool(entry["Egress"]),
                allows=entry["RuleAction"] == "allow",
                cidr=IPv4Network(entry["CidrBlock"]),
                ports=range(ports["From"], ports["To"] + 1) if ports else None,
            )


def _nats(ec2: Any, vpc_id: str) -> Iterable[NatGateway]:
    wanted = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "state", "Values": ["available"]}]
    for page in ec2.get_paginator("describe_nat_gateways").paginate(Filter=wanted):
        for item in page["NatGateways"]:
            public = item.get("ConnectivityType", "public") == "public"
            yield NatGateway(item["NatGatewayId"], _name(item), item.get("SubnetId", ""), public)


def _resolves(ec2: Any, vpc_id: str) -> bool:
    """Say whether private names work in the VPC: both of its DNS attributes have to be on."""
    asked = {"EnableDnsSupport": "enableDnsSupport", "EnableDnsHostnames": "enableDnsHostnames"}
    return all(
        ec2.describe_vpc_attribute(VpcId=vpc_id, Attribute=name)[answer]["Value"]
        for answer, name in asked.items()
    )


def _usable(endpoint: Mapping[str, Any]) -> bool:
    return str(endpoint.get("State", "available")).lower() == "available"


def _endpoint(item: Mapping[str, Any], resolves: bool) -> Endpoint:
    return Endpoint(
        id=item["VpcEndpointId"],
        name=_name(item),
        service=item["ServiceName"].rpartition(".")[2],
        gateway=item["VpcEndpointType"] == "Gateway",
        subnet_ids=tuple(item.get("SubnetIds", [])),
        security_groups=tuple(group["GroupId"] for group in item.get("Groups", [])),
        private_dns=resolves and bool(item.get("PrivateDnsEnabled")),
    )


def _group(item: Mapping[str, Any]) -> SecurityGroup:
    rules = [
        rule
        for outbound, key in ((False, "IpPermissions"), (True, "IpPermissionsEgress"))
        for permission in item[key]
        for rule in _rules(permission, outbound)
    ]
    return SecurityGroup(item["GroupId"], item["GroupName"], tuple(rules))


def _rules(permission: Mapping[str, Any], outbound: bool) -> Iterable[GroupRule]:
    protocol = str(permission["IpProtocol"])
    if protocol not in (ALL_PROTOCOLS, *TCP):
        return
    ports = range(permission["FromPort"], permission["ToPort"] + 1) if protocol in TCP else None
    for one in permission.get("IpRanges", []):
        yield GroupRule(outbound, ports, cidr=IPv4Network(one["CidrIp"]))
    for one in permission.get("UserIdGroupPairs", []):
        yield GroupRule(outbound, ports, group=one["GroupId"])
