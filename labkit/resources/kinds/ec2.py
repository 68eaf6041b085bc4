"""EC2: what all its kinds have in common, and launch templates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from labkit.resources.billing import FREE
from labkit.resources.kind import Create, Found, GetClient, Kind, each, no_such, pages, tag_map
from labkit.resources.rights import Right
from labkit.resources.run import RUN_TAG

ENDED = frozenset(["deleted", "deleting"])
"""States in which AWS goes on listing a NAT gateway for about an hour, and an endpoint for minutes
(Amazon VPC user guide)."""
RELEASED_LATE_S = 600.0
"""Network interfaces of gateways and endpoints go minutes after what they belong to; boto3's waiter
for a deleted NAT gateway gives it ten minutes."""
VISIBLE_WITHIN_S = 5.0
"""EC2 may take seconds to show what it made (EC2 developer guide, "Eventual consistency")."""


def create(
    noun: str, of_type: str, within: tuple[str, str] | None = None, named: int | None = None
) -> Create:
    """Describe the creation of what EC2 gives an id of its own.

    Parameters
    ----------
    noun
        EC2's word in its operations.
    of_type
        How ``TagSpecifications`` calls it.
    within
        Parameter and kind of what it has to be in.
    named
        Characters that AWS takes in its name; None where it has none.
    """
    return Create(
        f"Create{noun}",
        f"{noun}Name" if named else None,
        f"{noun}.{noun}Id",
        "TagSpecifications",
        longest=named or 0,
        within=within,
        resource_type=of_type,
    )


class Ec2Kind(Kind):
    """A kind that EC2 knows by an id, lists by tag, and refuses to delete while it is in use.

    A subclass gives EC2's word for it, as in ``CreateSubnet``, ``DescribeSubnets`` with its
    ``SubnetIds`` and ``DeleteSubnet`` with its ``SubnetId``, and says where one of these differs.
    """

    service = "ec2"
    busy = frozenset(["DependencyViolation"])
    pace_s = 2.0
    deletion_timeout_s = RELEASED_LATE_S
    visible_within_s = VISIBLE_WITHIN_S

    items: ClassVar[str]
    """Where the answer of its listing has the items."""
    key: ClassVar[str]
    """Where an item has its id."""
    listing: ClassVar[str]
    """The method that describes it."""
    filters: ClassVar[str] = "Filters"
    """The listing's parameter for filters."""
    tags: ClassVar[str] = "Tags"
    """Where an item has its tags."""
    ids: ClassVar[str] = "-"
    """How its ids begin, if a VPC has one of its own that nobody created."""
    parts_by: ClassVar[Mapping[str, str]] = each("")
    """How the ids of its parts begin → the filter of the listing that finds it by one."""

    def __init_subclass__(
        cls, noun: str, key: str = "", verb: str = "Delete", many: bool = False
    ) -> None:
        cls.key = key or f"{noun}Id"
        cls.items = f"{noun}es" if noun.endswith("s") else f"{noun}s"
        cls.listing = _method(f"Describe{cls.items}")
        cls.deletes = (
            each(f"{cls.key}s", f"{verb}{cls.items}") if many else each(cls.key, f"{verb}{noun}")
        )

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        for item in self.one(get_client("ec2"), resource_id):
            return self.found(item)
        raise no_such(resource_id)

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        started = {"Name": f"tag:{RUN_TAG}", "Values": [marker.rpartition("-")[2] + "*"]}
        listed = self.described(get_client("ec2"), **{self.filters: [started]})
        return (item[self.key] for item in listed)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        [(operation, parameter)] = self.deletes.items()
        given = resource_id if parameter == self.key else [resource_id]
        getattr(get_client("ec2"), _method(operation))(**{parameter: given})

    def wholes(self, get_client: GetClient, part: str) -> Iterable[str]:
        client = get_client("ec2")
        for prefix, name in self.parts_by.items():
            if part.startswith(prefix):
                by = {self.filters: [{"Name": name, "Values": [part]}]}
                for item in self.described(client, **by):
                    yield from (item[self.key], *self.belongs_to(item))
        if part.startswith(self.ids):
            for item in self.one(client, part):
                yield from self.belongs_to(item)

    def belongs_to(self, item: Mapping[str, Any]) -> Iterator[str]:
        """Yield the id of its run, and of the VPC that made it for itself."""
        yield tag_map(item.get(self.tags, [])).get(RUN_TAG, "")
        if is_a_vpcs_own(item):
            yield item["VpcId"]

    def one(self, client: Any, resource_id: str) -> Iterator[Any]:
        """Yield the item with this id, if there is one."""
        return self.described(client, **{f"{self.key}s": [resource_id]})

    def described(self, client: Any, **params: Any) -> Iterator[Any]:
        """Yield what there is, without what has ended."""
        if client.can_paginate(self.listing):
            items = pages(client, self.listing, f"{self.items}[]", **params)
        else:
            items = iter(getattr(client, self.listing)(**params)[self.items])
        return (item for item in items if item.get("State") not in ENDED)

    def found(self, item: Mapping[str, Any]) -> Found:
        """Return an item of the listing as it is looked at here."""
        tags = tag_map(item.get(self.tags, []))
        return Found(item[self.key], tags.get("Name", ""), tags)


def is_a_vpcs_own(item: Mapping[str, Any]) -> bool:
    """Tell whether a VPC made it for itself: its main route table, its ACL and security group."""
    main = any(one.get("Main") for one in item.get("Associations", []))
    return main or item.get("IsDefault") is True or item.get("GroupName") == "default"


def _method(operation: str) -> str:
    """Return boto3's name of an operation: ``describe_nat_gateways``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


def missing(*codes: str) -> frozenset[str]:
    """Return the codes that say: there is no such thing."""
    return frozenset([*codes, "labkit.NotFound"])


class LaunchTemplate(Ec2Kind, noun="LaunchTemplate"):
    """A launch template with its versions."""

    name = "launch template"
    creates = (create("LaunchTemplate", "launch-template", named=128),)
    parts = each("LaunchTemplateId", "CreateLaunchTemplateVersion")
    after = ("Auto Scaling group",)
    missing = missing(
        "InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateName.NotFoundException"
    )
    billing = FREE

    def found(self, item: Mapping[str, Any]) -> Found:
        tags = tag_map(item.get("Tags", []))
        return Found(item["LaunchTemplateId"], item["LaunchTemplateName"], tags)


RIGHTS = (
    Right("student-network", "MakeWithTheRunsTag", ("ec2:CreateLaunchTemplate",)),
    Right("student-network", "StartSmallInstances", ("ec2:RunInstances",)),
    Right(
        "student-network",
        "ChangeOnlyWhatARunMade",
        (
            "ec2:CreateLaunchTemplateVersion",
            "ec2:DeleteLaunchTemplate",
            "ec2:DeleteLaunchTemplateVersions",
            "ec2:ModifyInstanceAttribute",
            "ec2:StartInstances",
            "ec2:StopInstances",
            "ec2:TerminateInstances",
        ),
    ),
    Right(
        "sweep",
        "DeleteWhatHasNoNameByItsTag",
        ("ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"),
    ),
)
