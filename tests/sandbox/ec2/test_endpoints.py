"""The endpoints of a VPC, by a gateway and by interfaces."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from tests.sandbox.conftest import wait_for
from tests.sandbox.delivery import error
from tests.sandbox.ec2.conftest import Network

pytestmark = pytest.mark.contract(25)


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
