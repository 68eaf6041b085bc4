"""Networks: VPCs with their subnets, gateways, endpoints, interfaces and firewalls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from labkit.prices import Unit
from labkit.resources.billing import BYTES_PER_GB, FREE, Billing, Meter
from labkit.resources.kind import Create, Exists, Found, GetClient, each, tag_map
from labkit.resources.kinds.ec2 import Ec2Kind, create, missing
from labkit.resources.rights import Right

IN_VPC = ("VpcId", "VPC")
IN_SUBNET = ("SubnetId", "subnet")

ALREADY_ASSOCIATED = Exists("Resource.AlreadyAssociated")
"""Codes of EC2's own are from its API reference, "Error codes for the Amazon EC2 API"."""

WITH_INTERFACES = (
    "NAT gateway",
    "VPC endpoint",
    "load balancer",
    "Auto Scaling group",
    "network interface",
    "DB proxy",
    "DB instance",
    "DB cluster",
)
"""Kinds that keep network interfaces in a subnet, each of which may bear a security group."""


class Vpc(Ec2Kind, noun="Vpc"):
    """A VPC with its secondary CIDR blocks, main route table, default ACL and security group."""

    name = "VPC"
    creates = (create("Vpc", "vpc"),)
    parts = each("VpcId", "AssociateVpcCidrBlock")
    parts_by = each("cidr-block-association.association-id", "vpc-cidr-assoc-")
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
    exists = each(Exists("InvalidVpc.Range", "conflicts with another"), "AssociateVpcCidrBlock")
    billing = FREE


class Subnet(Ec2Kind, noun="Subnet"):
    """A subnet."""

    name = "subnet"
    creates = (create("Subnet", "subnet", IN_VPC),)
    after = ("network ACL", "DB subnet group", *WITH_INTERFACES)
    missing = missing("InvalidSubnetID.NotFound")
    billing = FREE


class InternetGateway(Ec2Kind, noun="InternetGateway"):
    """An internet gateway; it is detached from its VPC before it goes."""

    name = "internet gateway"
    creates = (create("InternetGateway", "internet-gateway"),)
    parts = each("InternetGatewayId", "AttachInternetGateway")
    after = ("Elastic IP", *WITH_INTERFACES)
    missing = missing("InvalidInternetGatewayID.NotFound")
    exists = each(ALREADY_ASSOCIATED, "AttachInternetGateway")
    billing = FREE

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client = get_client("ec2")
        for gateway in self.one(client, resource_id):
            for attachment in gateway.get("Attachments", []):
                client.detach_internet_gateway(
                    InternetGatewayId=resource_id, VpcId=attachment["VpcId"]
                )
        super().delete(get_client, resource_id)


class RouteTable(Ec2Kind, noun="RouteTable"):
    """A route table with its routes and its associations with subnets."""

    name = "route table"
    creates = (create("RouteTable", "route-table", IN_VPC),)
    parts = each(
        "RouteTableId",
        "AssociateRouteTable",
        "CreateRoute",
        "ReplaceRoute",
        "ReplaceRouteTableAssociation",
    )
    ids = "rtb-"
    parts_by = each("association.route-table-association-id", "rtbassoc-")
    after = ("VPC endpoint",)
    missing = missing("InvalidRouteTableID.NotFound")
    exists = MappingProxyType(
        {
            "AssociateRouteTable": ALREADY_ASSOCIATED,
            "CreateRoute": Exists("RouteAlreadyExists"),
        }
    )
    billing = FREE

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client = get_client("ec2")
        for table in self.one(client, resource_id):
            for association in table.get("Associations", []):
                if not association.get("Main"):
                    client.disassociate_route_table(
                        AssociationId=association["RouteTableAssociationId"]
                    )
        super().delete(get_client, resource_id)


class NatGateway(Ec2Kind, noun="NatGateway"):
    """A NAT gateway; AWS bills it by the hour until it is deleted."""

    name = "NAT gateway"
    creates = (create("NatGateway", "natgateway", IN_SUBNET),)
    parts = each("NatGatewayId", "AssociateNatGatewayAddress")
    missing = missing("NatGatewayNotFound", "InvalidNatGatewayID.NotFound")
    filters = "Filter"
    exists = each(ALREADY_ASSOCIATED, "AssociateNatGatewayAddress")
    billing = Billing(
        hourly=("nat-gateway-hour",),
        meters=(
            Meter(
                "nat-gateway-gb",
                "AWS/NATGateway",
                ("BytesOutToDestination", "BytesOutToSource"),
                "NatGatewayId",
                Unit.GB,
                BYTES_PER_GB,
                "transfer to the internet comes on top",
                by_id=True,
            ),
        ),
    )


class ElasticIp(Ec2Kind, noun="Address", key="AllocationId", verb="Release"):
    """An Elastic IP address; AWS bills it by the hour until it is released."""

    name = "Elastic IP"
    creates = (
        Create(
            "AllocateAddress",
            name=None,
            id="AllocationId",
            tags="TagSpecifications",
            resource_type="elastic-ip",
        ),
    )
    parts = each("AllocationId", "AssociateAddress")
    parts_by = each("association-id", "eipassoc-")
    after = ("NAT gateway", "load balancer", "network interface")
    missing = missing("InvalidAllocationID.NotFound")
    busy = frozenset(["InvalidIPAddress.InUse", "AuthFailure"])
    """While its NAT gateway is still being deleted."""
    exists = each(ALREADY_ASSOCIATED, "AssociateAddress")
    billing = Billing(hourly=("public-ipv4-hour",))


class VpcEndpoint(Ec2Kind, noun="VpcEndpoint", many=True):
    """A gateway endpoint with its routes, or an interface endpoint with its network interfaces."""

    name = "VPC endpoint"
    creates = (create("VpcEndpoint", "vpc-endpoint", IN_VPC),)
    missing = missing("InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound")
    billing = Billing(hourly=("interface-endpoint-hour",), unmetered="data")
    """An interface endpoint is billed for each zone, and a gateway endpoint not at all: one zone is
    assumed."""


class NetworkInterface(Ec2Kind, noun="NetworkInterface"):
    """A network interface; it is detached from its instance before it goes."""

    name = "network interface"
    creates = (create("NetworkInterface", "network-interface", IN_SUBNET),)
    parts = each(
        "NetworkInterfaceId",
        "AssignIpv6Addresses",
        "AssignPrivateIpAddresses",
        "AttachNetworkInterface",
    )
    missing = missing("InvalidNetworkInterfaceID.NotFound")
    busy = frozenset(
        ["DependencyViolation", "InvalidParameterValue", "InvalidNetworkInterface.InUse"]
    )
    tags = "TagSet"
    parts_by = each("attachment.attachment-id", "eni-attach-")
    billing = FREE

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client = get_client("ec2")
        for interface in self.one(client, resource_id):
            attachment = interface.get("Attachment", {})
            if attachment.get("Status") in ("attached", "attaching"):
                client.detach_network_interface(AttachmentId=attachment["AttachmentId"], Force=True)
        super().delete(get_client, resource_id)


class SecurityGroup(Ec2Kind, noun="SecurityGroup", key="GroupId"):
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
    ids = "sg-"
    after = ("launch template", *WITH_INTERFACES)
    missing = missing("InvalidGroup.NotFound", "InvalidGroupId.NotFound")
    exists = each(
        Exists("InvalidPermission.Duplicate"),
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
    )
    billing = FREE

    def found(self, item: Mapping[str, Any]) -> Found:
        return Found(item["GroupId"], item["GroupName"], tag_map(item.get("Tags", [])))

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client = get_client("ec2")
        for group in self.one(client, resource_id):
            if group["IpPermissions"]:
                client.revoke_security_group_ingress(
                    GroupId=resource_id, IpPermissions=group["IpPermissions"]
                )
        super().delete(get_client, resource_id)


class NetworkAcl(Ec2Kind, noun="NetworkAcl"):
    """A network ACL with its entries; its subnets go back to the VPC's own ACL first."""

    name = "network ACL"
    creates = (create("NetworkAcl", "network-acl", IN_VPC),)
    parts = each(
        "NetworkAclId",
        "CreateNetworkAclEntry",
        "ReplaceNetworkAclAssociation",
        "ReplaceNetworkAclEntry",
    )
    ids = "acl-"
    parts_by = each("association.association-id", "aclassoc-")
    missing = missing("InvalidNetworkAclID.NotFound")
    exists = each(Exists("NetworkAclEntryAlreadyExists"), "CreateNetworkAclEntry")
    billing = FREE

    def one(self, client: Any, resource_id: str) -> Iterator[Any]:
        return (acl for acl in self.described(client) if acl[self.key] == resource_id)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client = get_client("ec2")
        for acl in self.one(client, resource_id):
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
        super().delete(get_client, resource_id)


RIGHTS = (
    Right("student-network", "Look", ("ec2:Describe*", "ec2:GetManagedPrefixListEntries")),
    Right(
        "student-network",
        "MakeWithTheRunsTag",
        ("ec2:AllocateAddress", "ec2:CreateInternetGateway", "ec2:CreateVpc"),
    ),
    Right(
        "student-network",
        "BuildInsideAVpc",
        (
            "ec2:CreateNatGateway",
            "ec2:CreateNetworkAcl",
            "ec2:CreateNetworkInterface",
            "ec2:CreateRouteTable",
            "ec2:CreateSecurityGroup",
            "ec2:CreateSubnet",
            "ec2:CreateVpcEndpoint",
            "ec2:DetachNetworkInterface",
            "ec2:DisassociateAddress",
            "ec2:DisassociateRouteTable",
            "ec2:DisassociateVpcCidrBlock",
            "ec2:ReplaceNetworkAclAssociation",
            "ec2:ReplaceRouteTableAssociation",
        ),
    ),
    Right("student-network", "TagWhatIsBeingMade", ("ec2:CreateTags",)),
    Right(
        "student-network",
        "ChangeOnlyWhatARunMade",
        (
            "ec2:AssignIpv6Addresses",
            "ec2:AssignPrivateIpAddresses",
            "ec2:AssociateAddress",
            "ec2:AssociateNatGatewayAddress",
            "ec2:AssociateRouteTable",
            "ec2:AssociateVpcCidrBlock",
            "ec2:AttachInternetGateway",
            "ec2:AttachNetworkInterface",
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:CreateNetworkAclEntry",
            "ec2:CreateRoute",
            "ec2:CreateTags",
            "ec2:DeleteInternetGateway",
            "ec2:DeleteNatGateway",
            "ec2:DeleteNetworkAcl",
            "ec2:DeleteNetworkAclEntry",
            "ec2:DeleteNetworkInterface",
            "ec2:DeleteRoute",
            "ec2:DeleteRouteTable",
            "ec2:DeleteSecurityGroup",
            "ec2:DeleteSubnet",
            "ec2:DeleteVpc",
            "ec2:DeleteVpcEndpoints",
            "ec2:DetachInternetGateway",
            "ec2:ModifySecurityGroupRules",
            "ec2:ModifySubnetAttribute",
            "ec2:ModifyVpcAttribute",
            "ec2:ModifyVpcEndpoint",
            "ec2:ReleaseAddress",
            "ec2:ReplaceNetworkAclEntry",
            "ec2:ReplaceRoute",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("ec2:Describe*",)),
    Right(
        "sweep",
        "DeleteWhatHasNoNameByItsTag",
        (
            "ec2:DeleteInternetGateway",
            "ec2:DeleteNatGateway",
            "ec2:DeleteNetworkAcl",
            "ec2:DeleteNetworkInterface",
            "ec2:DeleteRouteTable",
            "ec2:DeleteSecurityGroup",
            "ec2:DeleteSubnet",
            "ec2:DeleteVpc",
            "ec2:DeleteVpcEndpoints",
            "ec2:DetachInternetGateway",
            "ec2:DetachNetworkInterface",
            "ec2:ReleaseAddress",
            "ec2:RevokeSecurityGroupIngress",
        ),
    ),
    Right(
        "sweep",
        "TakeSubnetsBack",
        ("ec2:DisassociateRouteTable", "ec2:ReplaceNetworkAclAssociation"),
    ),
)
