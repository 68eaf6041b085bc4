"""The rules of a VPC: its ranges, its gateways and their routes."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from tests.sandbox.conftest import Aws, wait_for
from tests.sandbox.delivery import error
from tests.sandbox.ec2.conftest import Network

pytestmark = pytest.mark.contract(25)


class TestCidrBlocks:
    @pytest.mark.parametrize("block", ["10.0.0.0/15", "10.0.0.0/29"])
    def test_a_vpc_is_between_16_and_28(self, aws: Aws, block: str) -> None:
        assert error(aws.client("ec2").create_vpc, CidrBlock=block) == (
            "InvalidVpc.Range",
            f"The CIDR '{block}' is invalid.",
        )

    def test_a_block_is_made_canonical(self, aws: Aws) -> None:
        answer = aws.client("ec2").create_vpc(CidrBlock="100.68.0.18/18")
        assert answer["Vpc"]["CidrBlock"] == "100.68.0.0/18"

    def test_the_primary_block_stays(self, network: Network) -> None:
        vpc = network.ec2.describe_vpcs(VpcIds=[network.vpc])["Vpcs"][0]
        association = vpc["CidrBlockAssociationSet"][0]["AssociationId"]
        code, message = error(network.ec2.disassociate_vpc_cidr_block, AssociationId=association)
        assert code == "OperationNotPermitted"
        assert "It is the primary IPv4 CIDR block of the VPC" in message

    @pytest.mark.parametrize(
        ("primary", "added"),
        [
            ("10.0.0.0/16", "172.16.0.0/16"),
            ("10.0.0.0/16", "192.168.0.0/16"),
            ("10.0.0.0/16", "198.19.0.0/24"),
            ("10.1.0.0/16", "10.0.0.0/24"),
            ("172.16.0.0/16", "10.0.0.0/16"),
            ("172.16.0.0/16", "172.31.0.0/16"),
            ("192.168.0.0/24", "172.20.0.0/16"),
            ("100.64.0.0/16", "10.5.0.0/16"),
        ],
    )
    def test_restricted_ranges(self, aws: Aws, primary: str, added: str) -> None:
        code, message = Network(aws, primary).associate(added)
        assert code == "InvalidVpc.Range"
        assert message.startswith(
            f"The CIDR '{added}' is restricted. Use a CIDR from the same private address range as "
            "the current VPC CIDR, or use a publicly-routable CIDR."
        )

    @pytest.mark.parametrize(
        ("primary", "added"),
        [
            ("10.0.0.0/16", "10.2.0.0/16"),
            ("10.0.0.0/16", "100.64.0.0/16"),
            ("10.0.0.0/16", "52.0.0.0/16"),
            ("172.16.0.0/16", "172.17.0.0/16"),
        ],
    )
    def test_permitted_ranges(self, aws: Aws, primary: str, added: str) -> None:
        network = Network(aws, primary)
        network.ec2.associate_vpc_cidr_block(VpcId=network.vpc, CidrBlock=added)
        network.subnet(added)

    def test_overlap_is_refused(self, network: Network) -> None:
        assert network.associate("10.0.128.0/24")[0] == "InvalidVpc.Range"

    def test_no_block_as_large_as_a_routes_destination(self, network: Network) -> None:
        gateway, table = network.gateway(), network.table()
        network.ec2.create_route(
            RouteTableId=table, DestinationCidrBlock="10.9.0.0/24", GatewayId=gateway
        )
        assert network.associate("10.9.0.0/16")[0] == "InvalidVpc.Range"
        network.ec2.associate_vpc_cidr_block(VpcId=network.vpc, CidrBlock="10.9.0.0/25")

    def test_five_blocks(self, network: Network) -> None:
        for number in range(10, 14):
            network.ec2.associate_vpc_cidr_block(VpcId=network.vpc, CidrBlock=f"10.{number}.0.0/16")
        assert network.associate("10.14.0.0/16")[0] == "CidrLimitExceeded"

    def test_a_block_in_use_is_not_removed(self, network: Network) -> None:
        added = network.ec2.associate_vpc_cidr_block(VpcId=network.vpc, CidrBlock="10.2.0.0/16")[
            "CidrBlockAssociation"
        ]["AssociationId"]
        subnet = network.subnet("10.2.1.0/24")
        remove = network.ec2.disassociate_vpc_cidr_block
        assert error(remove, AssociationId=added) == (
            "InvalidCidrBlock.InUse",
            f"The vpc {network.vpc} currently has a subnet within CIDR block 10.2.0.0/16",
        )
        network.ec2.delete_subnet(SubnetId=subnet)
        remove(AssociationId=added)

    @pytest.mark.parametrize(
        ("block", "code"),
        [
            ("10.0.1.0/29", "InvalidSubnet.Range"),
            ("10.1.0.0/24", "InvalidSubnet.Range"),
            ("10.0.1.128/25", "InvalidSubnet.Conflict"),
            ("10.0.1", "InvalidParameterValue"),
        ],
    )
    def test_subnets(self, network: Network, block: str, code: str) -> None:
        subnet = network.subnet()
        described = network.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]
        assert described["AvailableIpAddressCount"] == 251
        found, _ = error(network.ec2.create_subnet, VpcId=network.vpc, CidrBlock=block)
        assert found == code


class TestInternetGateways:
    def test_one_for_each_vpc(self, network: Network) -> None:
        network.gateway()
        second = network.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        attach = network.ec2.attach_internet_gateway
        assert error(attach, InternetGatewayId=second, VpcId=network.vpc) == (
            "InvalidParameterValue",
            f"Network {network.vpc} already has an internet gateway attached",
        )

    def test_one_vpc_for_each(self, aws: Aws, network: Network) -> None:
        gateway, other = network.gateway(), Network(aws)
        attach = network.ec2.attach_internet_gateway
        assert error(attach, InternetGatewayId=gateway, VpcId=other.vpc) == (
            "Resource.AlreadyAssociated",
            f"resource {gateway} is already attached to network {network.vpc}",
        )

    def test_no_route_to_an_unattached_one(self, network: Network) -> None:
        table = network.table()
        gateway = network.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway}
        assert error(network.ec2.create_route, **route) == (
            "InvalidParameterValue",
            f"route table {table} and network gateway {gateway} belong to different networks",
        )
        network.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
        network.ec2.create_route(**route)
        network.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
        assert network.routes(table)[-1]["State"] == "blackhole"

    def test_mapped_addresses_hold_it(self, network: Network) -> None:
        gateway, subnet = network.gateway(), network.subnet()
        nat = network.nat(subnet, AllocationId=network.address())
        detach = network.ec2.detach_internet_gateway
        wait_for(lambda: network.nat_state(nat) == "available")
        assert error(detach, InternetGatewayId=gateway, VpcId=network.vpc) == (
            "DependencyViolation",
            f"Network {network.vpc} has some mapped public address(es). "
            "Please unmap those public address(es) before detaching the gateway.",
        )
        network.ec2.delete_nat_gateway(NatGatewayId=nat)
        wait_for(lambda: network.nat_state(nat) == "deleted")
        detach(InternetGatewayId=gateway, VpcId=network.vpc)

    def test_no_public_address_without_one(self, network: Network) -> None:
        interface = network.ec2.create_network_interface(SubnetId=network.subnet())
        code, _ = error(
            network.ec2.associate_address,
            AllocationId=network.address(),
            NetworkInterfaceId=interface["NetworkInterface"]["NetworkInterfaceId"],
        )
        assert code == "Gateway.NotAttached"


class TestRoutes:
    def test_none_into_the_vpc_itself(self, network: Network) -> None:
        gateway, table = network.gateway(), network.table()
        code, message = error(
            network.ec2.create_route,
            RouteTableId=table,
            DestinationCidrBlock="10.0.1.0/24",
            GatewayId=gateway,
        )
        assert code == "InvalidParameterValue"
        assert "is equal to or more specific than one of this VPC's CIDR blocks" in message
        code, _ = error(
            network.ec2.delete_route, RouteTableId=table, DestinationCidrBlock="10.0.0.0/16"
        )
        assert code == "InvalidParameterValue"

    def test_a_subnet_has_one_table(self, network: Network) -> None:
        subnet, first, second = network.subnet(), network.table(), network.table()
        associate = network.ec2.associate_route_table
        associate(RouteTableId=first, SubnetId=subnet)
        code, _ = error(associate, RouteTableId=second, SubnetId=subnet)
        assert code == "Resource.AlreadyAssociated"


class TestNatGateways:
    def test_from_pending_to_deleted(self, network: Network) -> None:
        network.gateway()
        subnet, address = network.subnet(), network.address()
        created = network.ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)
        assert created["NatGateway"]["State"] == "pending"
        nat = created["NatGateway"]["NatGatewayId"]
        wait_for(lambda: network.nat_state(nat) == "available")
        found = network.ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]
        assert found["ConnectivityType"] == "public"
        (own,) = found["NatGatewayAddresses"]
        assert ip_address(own["PrivateIp"]) in ip_network("10.0.1.0/24")
        assert own["AllocationId"] == address
        release = network.ec2.release_address
        assert error(release, AllocationId=address)[0] == "InvalidIPAddress.InUse"
        unmap = network.ec2.disassociate_address
        assert error(unmap, AssociationId=own["AssociationId"])[0] == "AuthFailure"

        table = network.table()
        network.ec2.create_route(
            RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat
        )
        network.ec2.delete_nat_gateway(NatGatewayId=nat)
        assert network.nat_state(nat) == "deleting"
        wait_for(lambda: network.nat_state(nat) == "deleted")
        assert network.routes(table)[-1]["State"] == "blackhole"
        release(AllocationId=address)
        network.ec2.delete_subnet(SubnetId=subnet)

    def test_without_a_way_out_it_fails(self, network: Network) -> None:
        nat = network.nat(network.subnet(), AllocationId=network.address())
        wait_for(lambda: network.nat_state(nat) == "failed")
        found = network.ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]
        assert found["FailureCode"] == "Gateway.NotAttached"
        assert found["FailureMessage"] == f"Network {network.vpc} has no Internet gateway attached"

    def test_a_public_one_needs_an_address_of_its_own(self, network: Network) -> None:
        network.gateway()
        subnet, address = network.subnet(), network.address()
        create = network.ec2.create_nat_gateway
        assert error(create, SubnetId=subnet)[0] == "MissingParameter"
        network.nat(subnet, AllocationId=address)
        code, _ = error(create, SubnetId=subnet, AllocationId=address)
        assert code == "Resource.AlreadyAssociated"
        network.nat(subnet, ConnectivityType="private")
