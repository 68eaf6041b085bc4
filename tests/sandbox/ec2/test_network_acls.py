"""What filters a subnet's packets, what cannot be deleted yet, and calls that only ask."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Aws
from tests.sandbox.delivery import error
from tests.sandbox.ec2.conftest import Network

pytestmark = pytest.mark.contract(25)


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
