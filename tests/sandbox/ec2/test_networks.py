"""The rules of a VPC, through boto3 alone."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from tests.sandbox.conftest import Aws, wait_for
from tests.sandbox.delivery import error

pytestmark = pytest.mark.contract(25)


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


class TestGatewayEndpoints:
    @pytest.mark.parametrize("service", ["s3", "dynamodb"])
    def test_a_prefix_lists_route_in_its_tables(self, network: Network, service: str) -> None:
        first, second = network.table(), network.table()
        endpoint = network.endpoint(service, RouteTableIds=[first])["VpcEndpointId"]

        def has_route(table: str) -> bool:
            return any(
                route.get("DestinationPrefixListId", "").startswith("pl-")
                and route["GatewayId"] == endpoint
                for route in network.routes(table)
            )

        assert has_route(first)
        assert not has_route(second)
        network.ec2.modify_vpc_endpoint(
            VpcEndpointId=endpoint, AddRouteTableIds=[second], RemoveRouteTableIds=[first]
        )
        assert has_route(second)
        assert not has_route(first)
        network.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
        assert not has_route(second)
        code, _ = error(network.ec2.describe_vpc_endpoints, VpcEndpointIds=[endpoint])
        assert code == "InvalidVpcEndpointId.NotFound"

    def test_one_of_a_service_in_a_table(self, network: Network) -> None:
        table = network.table()
        network.endpoint("s3", RouteTableIds=[table])
        code, message = error(network.endpoint, "s3", RouteTableIds=[table])
        assert code == "RouteAlreadyExists"
        assert message.startswith(
            f"route table {table} already has a route with destination-prefix-list-id pl-"
        )

    @pytest.mark.parametrize("name", ["com.amazonaws.{}.sqs", "com.amazonaws.us-east-1.s3"])
    def test_for_no_other_service_or_region(self, network: Network, name: str) -> None:
        code, message = error(
            network.ec2.create_vpc_endpoint,
            VpcId=network.vpc,
            ServiceName=name.format(network.aws.region),
        )
        assert code == "InvalidParameter"
        assert message.startswith(
            "Endpoint type (Gateway) does not match available service types ([Interface])"
        )

    @pytest.mark.parametrize("kind", ["Gateway", "Interface"])
    def test_invented_services(self, network: Network, kind: str) -> None:
        name = f"com.amazonaws.{network.aws.region}.delivery"
        assert error(
            network.ec2.create_vpc_endpoint,
            VpcId=network.vpc,
            ServiceName=name,
            VpcEndpointType=kind,
        ) == ("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")


class TestInterfaceEndpoints:
    def test_an_interface_in_each_subnet_and_its_names(self, network: Network) -> None:
        network.names_on()
        region = network.aws.region
        blocks = {"a": "10.0.1.0/24", "c": "10.0.2.0/24"}
        subnets = {network.subnet(block, zone): block for zone, block in blocks.items()}
        created = network.endpoint(
            "sqs", VpcEndpointType="Interface", SubnetIds=list(subnets), PrivateDnsEnabled=True
        )
        assert created["State"] == "pending"
        identity = created["VpcEndpointId"]
        find = network.ec2.describe_vpc_endpoints
        wait_for(lambda: find(VpcEndpointIds=[identity])["VpcEndpoints"][0]["State"] == "available")
        names = [entry["DnsName"] for entry in created["DnsEntries"]]
        assert [name.startswith(identity) for name in names] == [True, True, True, False]
        assert names[0].endswith(f".sqs.{region}.vpce.amazonaws.com")
        assert f"-{region}a.sqs" in names[1]
        assert f"-{region}c.sqs" in names[2]
        assert names[3] == f"sqs.{region}.amazonaws.com"

        found = network.ec2.describe_network_interfaces(
            NetworkInterfaceIds=created["NetworkInterfaceIds"]
        )["NetworkInterfaces"]
        assert {interface["SubnetId"] for interface in found} == set(subnets)
        for interface in found:
            block = ip_network(subnets[interface["SubnetId"]])
            assert ip_address(interface["PrivateIpAddress"]) in block
            assert interface["InterfaceType"] == "vpc_endpoint"
            assert [group["GroupName"] for group in interface["Groups"]] == ["default"]
        subnet = next(iter(subnets))
        assert error(network.ec2.delete_subnet, SubnetId=subnet)[0] == "DependencyViolation"
        network.ec2.delete_vpc_endpoints(VpcEndpointIds=[identity])
        network.ec2.delete_subnet(SubnetId=subnet)

    def test_one_subnet_for_each_zone(self, network: Network) -> None:
        subnets = [network.subnet("10.0.1.0/24"), network.subnet("10.0.2.0/24")]
        code, _ = error(
            network.endpoint,
            "sqs",
            VpcEndpointType="Interface",
            SubnetIds=subnets,
            PrivateDnsEnabled=False,
        )
        assert code == "DuplicateSubnetsInSameZone"

    def test_private_names(self, network: Network) -> None:
        subnet = network.subnet()
        more = {"VpcEndpointType": "Interface", "SubnetIds": [subnet], "PrivateDnsEnabled": True}
        assert error(network.endpoint, "sqs", **more) == (
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC "
            f"attributes set to true for {network.vpc}",
        )
        network.names_on()
        network.endpoint("sqs", **more)
        code, message = error(network.endpoint, "sqs", **more)
        assert code == "InvalidParameter"
        assert "conflicting DNS domain" in message

    @pytest.mark.parametrize(("service", "exists"), [("s3", True), ("execute-api", False)])
    def test_across_regions(self, network: Network, service: str, exists: bool) -> None:
        request = {
            "VpcId": network.vpc,
            "ServiceName": f"com.amazonaws.us-east-1.{service}",
            "ServiceRegion": "us-east-1",
            "VpcEndpointType": "Interface",
            "SubnetIds": [network.subnet()],
        }
        if exists:
            network.ec2.create_vpc_endpoint(**request)
        else:
            code, _ = error(network.ec2.create_vpc_endpoint, **request)
            assert code == "InvalidServiceName"


class TestDependencies:
    def violated(self, call: Any, **arguments: Any) -> str:
        code, message = error(call, **arguments)
        assert code == "DependencyViolation"
        return message

    def test_a_vpc(self, network: Network) -> None:
        ec2, message = (
            network.ec2,
            f"The vpc '{network.vpc}' has dependencies and cannot be deleted.",
        )
        subnet, group, table = network.subnet(), network.group(), network.table()
        gateway = network.gateway()
        endpoint = network.endpoint("s3")["VpcEndpointId"]
        for remove in (
            lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint]),
            lambda: ec2.delete_subnet(SubnetId=subnet),
            lambda: ec2.delete_security_group(GroupId=group),
            lambda: ec2.delete_route_table(RouteTableId=table),
            lambda: ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc),
        ):
            assert self.violated(ec2.delete_vpc, VpcId=network.vpc) == message
            remove()
        ec2.delete_vpc(VpcId=network.vpc)

    def test_a_subnet(self, network: Network) -> None:
        subnet = network.subnet()
        interface = network.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]
        assert self.violated(network.ec2.delete_subnet, SubnetId=subnet) == (
            f"The subnet '{subnet}' has dependencies and cannot be deleted."
        )
        network.ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
        network.ec2.delete_subnet(SubnetId=subnet)

    def test_a_subnet_with_an_instance(self, network: Network) -> None:
        subnet = network.subnet()
        run = {"ImageId": "ami-12c6146b", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet}
        instance = network.ec2.run_instances(**run)["Instances"][0]["InstanceId"]
        self.violated(network.ec2.delete_subnet, SubnetId=subnet)
        network.ec2.terminate_instances(InstanceIds=[instance])
        network.ec2.delete_subnet(SubnetId=subnet)

    def test_a_security_group(self, network: Network) -> None:
        group, other = network.group(), network.group()
        subnet = network.subnet()
        interface = network.ec2.create_network_interface(SubnetId=subnet, Groups=[group])
        delete = network.ec2.delete_security_group
        message = f"resource {group} has a dependent object"
        assert self.violated(delete, GroupId=group) == message
        network.ec2.delete_network_interface(
            NetworkInterfaceId=interface["NetworkInterface"]["NetworkInterfaceId"]
        )
        rule = {
            "GroupId": other,
            "IpPermissions": [
                {
                    "IpProtocol": "tcp",
                    "FromPort": 443,
                    "ToPort": 443,
                    "UserIdGroupPairs": [{"GroupId": group}],
                }
            ],
        }
        network.ec2.authorize_security_group_ingress(**rule)
        assert self.violated(delete, GroupId=group) == message
        network.ec2.revoke_security_group_ingress(**rule)
        delete(GroupId=group)

    def test_the_default_group(self, network: Network) -> None:
        (group,) = network.ec2.describe_security_groups(
            Filters=[{"Name": "vpc-id", "Values": [network.vpc]}]
        )["SecurityGroups"]
        code, _ = error(network.ec2.delete_security_group, GroupId=group["GroupId"])
        assert code == "CannotDelete"

    def test_an_attached_gateway(self, network: Network) -> None:
        gateway = network.gateway()
        message = self.violated(network.ec2.delete_internet_gateway, InternetGatewayId=gateway)
        assert message == (
            f"The internetGateway '{gateway}' has dependencies and cannot be deleted."
        )

    def test_a_route_table(self, network: Network) -> None:
        table = network.table()
        association = network.ec2.associate_route_table(
            RouteTableId=table, SubnetId=network.subnet()
        )["AssociationId"]
        assert self.violated(network.ec2.delete_route_table, RouteTableId=table) == (
            f"The routeTable '{table}' has dependencies and cannot be deleted."
        )
        network.ec2.disassociate_route_table(AssociationId=association)
        network.ec2.delete_route_table(RouteTableId=table)


class TestNetworkAcls:
    def acls(self, network: Network, **more: str) -> list[dict[str, Any]]:
        filters = [{"Name": name, "Values": [value]} for name, value in more.items()]
        filters.append({"Name": "vpc-id", "Values": [network.vpc]})
        found: list[dict[str, Any]] = network.ec2.describe_network_acls(Filters=filters)[
            "NetworkAcls"
        ]
        return found

    def own(self, network: Network) -> str:
        created = network.ec2.create_network_acl(VpcId=network.vpc)["NetworkAcl"]
        numbers = [(e["RuleNumber"], e["RuleAction"], e["Egress"]) for e in created["Entries"]]
        assert numbers == [(32767, "deny", True), (32767, "deny", False)]
        return str(created["NetworkAclId"])

    def test_a_subnet_has_its_vpcs_default_until_another_takes_its_place(
        self, network: Network
    ) -> None:
        subnet = network.subnet()
        (default,) = self.acls(network)
        assert default["IsDefault"]
        (association,) = default["Associations"]
        assert association["SubnetId"] == subnet
        own = self.own(network)
        replace = network.ec2.replace_network_acl_association
        identity = association["NetworkAclAssociationId"]
        new = replace(AssociationId=identity, NetworkAclId=own)["NewAssociationId"]
        (found,) = self.acls(network, **{"association.subnet-id": subnet})
        assert found["NetworkAclId"] == own
        code, _ = error(replace, AssociationId=identity, NetworkAclId=own)
        assert code == "InvalidAssociationID.NotFound"
        delete = network.ec2.delete_network_acl
        assert error(delete, NetworkAclId=own)[0] == "DependencyViolation"
        replace(AssociationId=new, NetworkAclId=default["NetworkAclId"])
        delete(NetworkAclId=own)

    def test_it_is_of_the_subnets_own_vpc(self, aws: Aws, network: Network) -> None:
        network.subnet()
        (association,) = self.acls(network)[0]["Associations"]
        code, message = error(
            network.ec2.replace_network_acl_association,
            AssociationId=association["NetworkAclAssociationId"],
            NetworkAclId=self.own(Network(aws)),
        )
        assert code == "InvalidParameterValue"
        assert message.endswith("belong to different networks")

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"RuleNumber": 100}, "NetworkAclEntryAlreadyExists"),
            ({"RuleNumber": 0}, "InvalidParameterValue"),
            ({"RuleNumber": 32767}, "InvalidParameterValue"),
            ({"CidrBlock": "everywhere"}, "InvalidParameterValue"),
        ],
    )
    def test_entries(self, network: Network, change: dict[str, Any], code: str) -> None:
        entry = {
            "NetworkAclId": self.own(network), "RuleNumber": 100, "Protocol": "6",
            "RuleAction": "allow", "Egress": False, "CidrBlock": "0.0.0.0/0",
            "PortRange": {"From": 443, "To": 443},
        }  # fmt: skip
        network.ec2.create_network_acl_entry(**entry)
        again = entry | {"RuleNumber": 101} | change
        assert error(network.ec2.create_network_acl_entry, **again)[0] == code

    def test_an_entry_that_is_not_there(self, network: Network) -> None:
        remove = network.ec2.delete_network_acl_entry
        code, _ = error(remove, NetworkAclId=self.own(network), RuleNumber=7, Egress=True)
        assert code == "InvalidNetworkAclEntry.NotFound"

    def test_a_default_one_goes_with_its_vpc_and_no_other_does(self, network: Network) -> None:
        (default,) = self.acls(network)
        code, _ = error(network.ec2.delete_network_acl, NetworkAclId=default["NetworkAclId"])
        assert code == "InvalidParameterValue"
        own = self.own(network)
        delete = network.ec2.delete_vpc
        assert error(delete, VpcId=network.vpc)[0] == "DependencyViolation"
        network.ec2.delete_network_acl(NetworkAclId=own)
        delete(VpcId=network.vpc)
        assert self.acls(network) == []

    def test_a_deleted_subnets_association_goes(self, network: Network) -> None:
        network.ec2.delete_subnet(SubnetId=network.subnet())
        assert self.acls(network)[0]["Associations"] == []


class TestDryRun:
    def test_it_creates_nothing(self, network: Network) -> None:
        create = network.ec2.create_subnet
        request = {"VpcId": network.vpc, "CidrBlock": "10.0.1.0/24"}
        assert error(create, **request, DryRun=True) == (
            "DryRunOperation",
            "Request would have succeeded, but DryRun flag is set.",
        )
        create(**request)

    def test_it_deletes_nothing(self, network: Network) -> None:
        code, _ = error(network.ec2.delete_vpc, VpcId=network.vpc, DryRun=True)
        assert code == "DryRunOperation"
        network.ec2.delete_vpc(VpcId=network.vpc)

    def test_it_says_why_not(self, network: Network) -> None:
        network.subnet()
        code, _ = error(network.ec2.delete_vpc, VpcId=network.vpc, DryRun=True)
        assert code == "DependencyViolation"
