"""A resource shows its own tags, whatever bears tags beside it."""

from __future__ import annotations

from typing import Any


def network(ec2: Any, block: str, **tags: str) -> str:
    """Make a VPC with tags; return its ID."""
    given = [{"Key": key, "Value": value} for key, value in tags.items()]
    specification = [{"ResourceType": "vpc", "Tags": given}] if given else []
    made = ec2.create_vpc(CidrBlock=block, TagSpecifications=specification)
    return str(made["Vpc"]["VpcId"])


def test_by_the_resource_and_by_the_tag(ec2: Any) -> None:
    lunch = network(ec2, "10.1.0.0/16", meal="lunch", star="a*b")
    dinner = network(ec2, "10.2.0.0/16", meal="dinner")
    plain = network(ec2, "10.3.0.0/16")
    shown = {
        one["VpcId"]: {tag["Key"]: tag["Value"] for tag in one.get("Tags", [])}
        for one in ec2.describe_vpcs(VpcIds=[lunch, dinner, plain])["Vpcs"]
    }
    assert shown == {lunch: {"meal": "lunch", "star": "a*b"}, dinner: {"meal": "dinner"}, plain: {}}

    def having(name: str, value: str) -> list[str]:
        found = ec2.describe_vpcs(Filters=[{"Name": name, "Values": [value]}])["Vpcs"]
        return [one["VpcId"] for one in found]

    assert having("tag:meal", "lunch") == [lunch]
    assert having("tag-key", "meal") == [lunch, dinner]
    listed = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [dinner]}])["Tags"]
    assert listed == [
        {"ResourceId": dinner, "ResourceType": "vpc", "Key": "meal", "Value": "dinner"}
    ]
    ec2.delete_tags(Resources=[lunch], Tags=[{"Key": "meal"}])
    assert having("tag-key", "meal") == [dinner]
