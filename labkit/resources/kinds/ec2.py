"""EC2: networks with their gateways, endpoints and firewalls, and launch templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from labkit.resources.kind import Create, Found, GetClient, Kind, each, pages, tag_map
from labkit.resources.run import RUN_TAG

ENDED = frozenset(["deleted", "deleting"])
"""States in which AWS goes on listing a NAT gateway for about an hour, and an endpoint for minutes
(Amazon VPC user guide)."""
RELEASED_LATE_S = 600.0
"""Network interfaces of gateways and endpoints go minutes after what they belong to; boto3's waiter
for a deleted NAT gateway gives it ten minutes."""
VISIBLE_WITHIN_S = 5.0
"""EC2 may take seconds to show what it made (EC2 developer guide, "Eventual consistency")."""
IN_VPC = ("VpcId", "VPC")


def create(operation: str, answer: str, resource_type: str, within: Any = None) -> Create:
    """Describe the creation of something that has an id of its own and no name."""
    return Create(
        operation, None, answer, "TagSpecifications", within=within, resource_type=resource_type
    )


class Ec2Kind(Kind):
    """A kind that EC2 knows by an id, lists by tag, and refuses to delete while it is in use."""

    service = "ec2"
    busy = frozenset(["DependencyViolation"])
    pace_s = 2.0
    patience_s = RELEASED_LATE_S
    visible_within_s = VISIBLE_WITHIN_S

    listing: ClassVar[str]
    """The method that describes it."""
    items: ClassVar[str]
    """Where its answer has the items."""
    ids: ClassVar[str]
    """The parameter that takes ids."""
    key: ClassVar[str]
    """Where an item has its id."""
    filters: ClassVar[str] = "Filters"

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        for item in self.described(get_client("ec2"), **{self.ids: [resource_id]}):
            return self._found(item)
        raise no_such(resource_id)

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        started = {"Name": f"tag:{RUN_TAG}", "Values": [marker.rpartition("-")[2] + "*"]}
        listed = self.described(get_client("ec2"), **{self.filters: [started]})
        return (item[self.key] for item in listed)

    def described(self, client: Any, **params: Any) -> Iterator[Any]:
        """Yield what there is, without what has ended."""
        if client.can_paginate(self.listing):
            items = pages(client, self.listing, f"{self.items}[]", **params)
        else:
            items = iter(getattr(client, self.listing)(**params)[self.items])
        return (item for item in items if item.get("State") not in ENDED)

    def _found(self, item: Mapping[str, Any]) -> Found:
        tags = tag_map(item.get("Tags", []))
        return Found(item[self.key], tags.get("Name", ""), tags)


def no_such(resource_id: str) -> Exception:
    """Make the error that a listing stands for that does not hold what was asked for."""
    from botocore.exceptions import ClientError

    error = {"Code": "labkit.NotFound", "Message": f"there is no {resource_id}"}
    made: Exception = ClientError({"Error": error}, "Describe")
    return made


def missing(*codes: str) -> frozenset[str]:
    """Return the codes that say: there is no such thing."""
    return frozenset([*codes, "labkit.NotFound"])


class Vpc(Ec2Kind):
    """A VPC with its secondary CIDR blocks, main route table, default ACL and security group."""

    name = "VPC"
    creates = (create("CreateVpc", "Vpc.VpcId", "vpc"),)
    parts = each("VpcId", "AssociateVpcCidrBlock")
    deletes = each("VpcId", "DeleteVpc")
    after = (
        "subnet",
        "internet gateway",
        "route table",
        "security group",
        "network ACL",
        "VPC endpoint",
        "NAT gateway",
        "target group",
    )
    missing = missing("InvalidVpcID.NotFound", "InvalidVpcId.NotFound")
    listing, items, ids, key = "describe_vpcs", "Vpcs", "VpcIds", "VpcId"

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("ec2").delete_vpc(VpcId=resource_id)


class Subnet(Ec2Kind):
    """A subnet."""

    name = "subnet"
    creates = (create("CreateSubnet", "Subnet.SubnetId", "subnet", IN_VPC),)
    deletes = each("SubnetId", "DeleteSubnet")
    after = ("network ACL", "NAT gateway", "VPC endpoint", "Auto Scaling group", "load balancer")
    missing = missing("InvalidSubnetID.NotFound")
    listing, items, ids, key = "describe_subnets", "Subnets", "SubnetIds", "SubnetId"

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("ec2").delete_subnet(SubnetId=resource_id)


class InternetGateway(Ec2Kind):
    """An internet gateway; it is detached from its VPC before it goes."""

    name = "internet gateway"
    creates = (
        create("CreateInternetGateway", "InternetGateway.InternetGatewayId", "internet-gateway"),
    )
    parts = each("InternetGatewayId", "AttachInternetGateway")
    deletes = each("InternetGatewayId", "DeleteInternetGateway")
    after = ("NAT gateway", "Elastic IP", "load balancer", "Auto Scaling group")
    missing = missing("InvalidInternetGatewayID.NotFound")
    listing, items = "describe_internet_gateways", "InternetGateways"
    ids, key = "InternetGatewayIds", "InternetGatewayId"

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client = get_client("ec2")
        for gateway in self.described(client, InternetGatewayIds=[resource_id]):
            for attachment in gateway.get("Attachments", []):
                client.detach_internet_gateway(
                    InternetGatewayId=resource_id, VpcId=attachment["VpcId"]
                )
        client.delete_internet_gateway(InternetGatewayId=resource_id)


class RouteTable(Ec2Kind):
    """A route table with its routes and its associations with subnets."""

    name = "route table"
    creates = (create("CreateRouteTable", "RouteTable.RouteTableId", "route-table", IN_VPC),)
    parts = each(
        "RouteTableId",
        "AssociateRouteTable",
        "CreateRoute",
        "ReplaceRoute",
        "ReplaceRouteTableAssociation",
    )
    deletes = each("RouteTableId", "DeleteRouteTable")
    after = ("VPC endpoint",)
    missing = missing("InvalidRouteTableID.NotFound")
    listing, items = "describe_route_tables", "RouteTables"
    ids, key = "RouteTableIds", "RouteTableId"

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client = get_client("ec2")
        for table in self.described(client, RouteTableIds=[resource_id]):
            for association in table.get("Associations", []):
                if not association.get("Main"):
                    client.disassociate_route_table(
                        AssociationId=association["RouteTableAssociationId"]
                    )
        client.delete_route_table(RouteTableId=resource_id)


class NatGateway(Ec2Kind):
    """A NAT gateway; AWS bills it by the hour until it is deleted."""

    name = "NAT gateway"
    creates = (
        create("CreateNatGateway", "NatGateway.NatGatewayId", "natgateway", ("SubnetId", "subnet")),
    )
    parts = each("NatGatewayId", "AssociateNatGatewayAddress")
    deletes = each("NatGatewayId", "DeleteNatGateway")
    missing = missing("NatGatewayNotFound", "InvalidNatGatewayID.NotFound")
    listing, items, ids = "describe_nat_gateways", "NatGateways", "NatGatewayIds"
    key, filters = "NatGatewayId", "Filter"

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("ec2").delete_nat_gateway(NatGatewayId=resource_id)


class ElasticIp(Ec2Kind):
    """An Elastic IP address; AWS bills it by the hour until it is released."""

    name = "Elastic IP"
    creates = (create("AllocateAddress", "AllocationId", "elastic-ip"),)
    parts = each("AllocationId", "AssociateAddress")
    deletes = each("AllocationId", "ReleaseAddress")
    after = ("NAT gateway", "load balancer")
    missing = missing("InvalidAllocationID.NotFound")
    busy = frozenset(["InvalidIPAddress.InUse", "AuthFailure"])
    """While its NAT gateway is still being deleted."""
    listing, items, ids, key = "describe_addresses", "Addresses", "AllocationIds", "AllocationId"

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("ec2").release_address(AllocationId=resource_id)


class VpcEndpoint(Ec2Kind):
    """A gateway endpoint with its routes, or an interface endpoint with its network interfaces."""

    name = "VPC endpoint"
    creates = (create("CreateVpcEndpoint", "VpcEndpoint.VpcEndpointId", "vpc-endpoint", IN_VPC),)
    deletes = each("VpcEndpointIds", "DeleteVpcEndpoints")
    missing = missing("InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound")
    listing, items = "describe_vpc_endpoints", "VpcEndpoints"
    ids, key = "VpcEndpointIds", "VpcEndpointId"

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("ec2").delete_vpc_endpoints(VpcEndpointIds=[resource_id])


class SecurityGroup(Ec2Kind):
    """A security group; its rules go first, since those of two groups may name each other."""

    name = "security group"
    creates = (
        Create(
            "CreateSecurityGroup",
            "GroupName",
            "GroupId",
            "TagSpecifications",
            longest=255,
            within=IN_VPC,
            resource_type="security-group",
        ),
    )
    parts = each("GroupId", "AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress")
    deletes = each("GroupId", "DeleteSecurityGroup")
    after = ("VPC endpoint", "load balancer", "launch template", "Auto Scaling group")
    missing = missing("InvalidGroup.NotFound", "InvalidGroupId.NotFound")
    listing, items, ids, key = "describe_security_groups", "SecurityGroups", "GroupIds", "GroupId"

    def _found(self, item: Mapping[str, Any]) -> Found:
        return Found(item["GroupId"], item["GroupName"], tag_map(item.get("Tags", [])))

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client = get_client("ec2")
        for group in self.described(client, GroupIds=[resource_id]):
            if group["IpPermissions"]:
                client.revoke_security_group_ingress(
                    GroupId=resource_id, IpPermissions=group["IpPermissions"]
                )
        client.delete_security_group(GroupId=resource_id)


class NetworkAcl(Ec2Kind):
    """A network ACL with its entries; its subnets go back to the VPC's own ACL first."""

    name = "network ACL"
    creates = (create("CreateNetworkAcl", "NetworkAcl.NetworkAclId", "network-acl", IN_VPC),)
    parts = each(
        "NetworkAclId",
        "CreateNetworkAclEntry",
        "ReplaceNetworkAclAssociation",
        "ReplaceNetworkAclEntry",
    )
    deletes = each("NetworkAclId", "DeleteNetworkAcl")
    missing = missing("InvalidNetworkAclID.NotFound")
    listing, items = "describe_network_acls", "NetworkAcls"
    ids, key = "NetworkAclIds", "NetworkAclId"

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        for item in self._one(get_client("ec2"), resource_id):
            return self._found(item)
        raise no_such(resource_id)

    def _one(self, client: Any, resource_id: str) -> Iterator[Any]:
        return (one for one in self.described(client) if one[self.key] == resource_id)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client = get_client("ec2")
        for acl in self._one(client, resource_id):
            own = [
                {"Name": "vpc-id", "Values": [acl["VpcId"]]},
                {"Name": "default", "Values": ["true"]},
            ]
            [default] = client.describe_network_acls(Filters=own)["NetworkAcls"]
            for association in acl["Associations"]:
                client.replace_network_acl_association(
                    AssociationId=association["NetworkAclAssociationId"],
                    NetworkAclId=default["NetworkAclId"],
                )
        client.delete_network_acl(NetworkAclId=resource_id)


class LaunchTemplate(Ec2Kind):
    """A launch template with its versions."""

    name = "launch template"
    creates = (
        Create(
            "CreateLaunchTemplate",
            "LaunchTemplateName",
            "LaunchTemplate.LaunchTemplateId",
            "TagSpecifications",
            longest=128,
            resource_type="launch-template",
        ),
    )
    parts = each("LaunchTemplateId", "CreateLaunchTemplateVersion")
    deletes = each("LaunchTemplateId", "DeleteLaunchTemplate")
    after = ("Auto Scaling group",)
    missing = missing(
        "InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateName.NotFoundException"
    )
    listing, items = "describe_launch_templates", "LaunchTemplates"
    ids, key = "LaunchTemplateIds", "LaunchTemplateId"

    def _found(self, item: Mapping[str, Any]) -> Found:
        name = item["LaunchTemplateName"]
        return Found(item["LaunchTemplateId"], name, tag_map(item.get("Tags", [])))

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("ec2").delete_launch_template(LaunchTemplateId=resource_id)
