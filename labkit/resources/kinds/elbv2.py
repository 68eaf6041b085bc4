"""Elastic Load Balancing: application and network load balancers, and target groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from labkit.resources.billing import FREE, Billing
from labkit.resources.kind import Create, Exists, Found, GetClient, Kind, each, pages, tag_map
from labkit.resources.rights import Right

LONGEST = 32
"""Characters in a name (API reference, CreateLoadBalancer)."""


class _Balancing(Kind):
    """What load balancers and target groups have in common: an ARN, and tags read by it."""

    service = "elbv2"
    in_arns = "elasticloadbalancing"
    listing: ClassVar[str]
    arns: ClassVar[str]

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client = get_client("elbv2")
        getattr(client, self.listing)(**{self.arns: [resource_id]})
        described = client.describe_tags(ResourceArns=[resource_id])
        tags = tag_map(described["TagDescriptions"][0]["Tags"])
        return Found(resource_id, resource_id.split("/")[-2], tags)


class LoadBalancer(_Balancing):
    """A load balancer with its listeners and their rules; AWS bills it by the hour."""

    name = "load balancer"
    listing, arns = "describe_load_balancers", "LoadBalancerArns"
    creates = (
        Create("CreateLoadBalancer", "Name", "LoadBalancers[0].LoadBalancerArn", "Tags", LONGEST),
    )
    parts = each("LoadBalancerArn", "CreateListener")
    deletes = each("LoadBalancerArn", "DeleteLoadBalancer")
    missing = frozenset(["LoadBalancerNotFound"])
    busy = frozenset(["OperationNotPermitted", "ResourceInUse"])
    exists = each(Exists("DuplicateListener"), "CreateListener")
    billing = Billing(hourly=("alb-hour", "nlb-hour"), unmetered="capacity units")

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        return _arns(get_client, "describe_load_balancers", "LoadBalancer", marker)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("elbv2").delete_load_balancer(LoadBalancerArn=resource_id)


class TargetGroup(_Balancing):
    """A target group with its registrations."""

    name = "target group"
    listing, arns = "describe_target_groups", "TargetGroupArns"
    creates = (
        Create("CreateTargetGroup", "Name", "TargetGroups[0].TargetGroupArn", "Tags", LONGEST),
    )
    parts = each("TargetGroupArn", "RegisterTargets")
    deletes = each("TargetGroupArn", "DeleteTargetGroup")
    after = ("load balancer", "Auto Scaling group")
    missing = frozenset(["TargetGroupNotFound"])
    busy = frozenset(["ResourceInUse"])
    billing = FREE

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        return _arns(get_client, "describe_target_groups", "TargetGroup", marker)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("elbv2").delete_target_group(TargetGroupArn=resource_id)


def _arns(get_client: GetClient, listing: str, what: str, marker: str) -> Iterable[str]:
    listed: Iterable[dict[str, Any]] = pages(get_client("elbv2"), listing, f"{what}s[]")
    return (one[f"{what}Arn"] for one in listed if marker in one[f"{what}Name"])


RIGHTS = (
    Right("student-network", "Look", ("elasticloadbalancing:Describe*",)),
    Right(
        "student-network",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("elasticloadbalancing:*",),
        (
            "arn:aws:elasticloadbalancing:*:*:listener*/*/lk-*",
            "arn:aws:elasticloadbalancing:*:*:loadbalancer/*/lk-*",
            "arn:aws:elasticloadbalancing:*:*:targetgroup/lk-*",
        ),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("elasticloadbalancing:Describe*",)),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:DeleteTargetGroup"),
        (
            "arn:aws:elasticloadbalancing:*:*:loadbalancer/*/lk-*",
            "arn:aws:elasticloadbalancing:*:*:targetgroup/lk-*",
        ),
    ),
)
