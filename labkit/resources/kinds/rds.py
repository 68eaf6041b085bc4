"""RDS: databases alone or in a cluster, the subnets they may be in, and the proxies before them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from labkit.resources.billing import FREE, Billing
from labkit.resources.kind import Create, Exists, Found, GetClient, Kind, each, pages, tag_map
from labkit.resources.rights import Right

LONGEST = 63
"""Characters in an identifier (Amazon RDS user guide, "Naming constraints")."""
DELETING = "deleting"
EXPORTED = "EnabledCloudwatchLogsExports"
ENDS_WITHIN_S = 1_800.0
"""A database is created or deleted within some ten minutes (botocore's waiters give each 30)."""


class _Database(Kind):
    """What all kinds of RDS have in common: RDS calls them by their name, in small letters."""

    service = "rds"
    pace_s = 10.0
    deletion_timeout_s = ENDS_WITHIN_S

    items: ClassVar[str]
    """Where the answer of its listing has the items."""
    listing: ClassVar[str]
    """The method that describes it."""
    by: ClassVar[str]
    """The parameter that names it, and where an item has its name."""
    arn: ClassVar[str]
    """Where an item has its ARN."""

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client, item = get_client("rds"), self.one(get_client, resource_id)
        tags = client.list_tags_for_resource(ResourceName=item[self.arn])["TagList"]
        return Found(resource_id, resource_id, tag_map(tags))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names: Iterator[str] = pages(get_client("rds"), self.listing, f"{self.items}[].{self.by}")
        return (name for name in names if marker in name)

    def one(self, get_client: GetClient, resource_id: str) -> Mapping[str, Any]:
        """Return what the listing says of this one."""
        answer = getattr(get_client("rds"), self.listing)(**{self.by: resource_id})
        item: Mapping[str, Any] = answer[self.items][0]
        return item

    def identify(self, given: str) -> str:
        return given.lower()


class DbSubnetGroup(_Database):
    """A list of subnets for databases."""

    name = "DB subnet group"
    by = "DBSubnetGroupName"
    creates = (Create("CreateDBSubnetGroup", by, f"DBSubnetGroup.{by}", "Tags", longest=255),)
    deletes = each(by, "DeleteDBSubnetGroup")
    after = ("DB cluster", "DB instance")
    missing = frozenset(["DBSubnetGroupNotFoundFault"])
    busy = frozenset(["InvalidDBSubnetGroupStateFault", "InvalidDBSubnetStateFault"])
    items, listing, arn = "DBSubnetGroups", "describe_db_subnet_groups", "DBSubnetGroupArn"
    billing = FREE

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("rds").delete_db_subnet_group(DBSubnetGroupName=resource_id)


class DbInstance(_Database):
    """A database, alone or in a cluster; it goes without a last snapshot."""

    name = "DB instance"
    by = "DBInstanceIdentifier"
    creates = (Create("CreateDBInstance", by, f"DBInstance.{by}", "Tags", LONGEST),)
    parts = each(by, "AddRoleToDBInstance", "RebootDBInstance", "StartDBInstance")
    deletes = each(by, "DeleteDBInstance")
    after = ("DB proxy",)
    missing = frozenset(["DBInstanceNotFound", "DBInstanceNotFoundFault"])
    busy = frozenset(["InvalidDBInstanceState", "InvalidDBClusterStateFault"])
    items, listing, arn = "DBInstances", "describe_db_instances", "DBInstanceArn"
    exists = each(Exists("DBInstanceRoleAlreadyExists"), "AddRoleToDBInstance")
    billing = Billing(hourly_unpriced=True)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client, instance = get_client("rds"), {self.by: resource_id}
        shown = self.one(get_client, resource_id)
        if shown["DBInstanceStatus"] == DELETING:
            return
        if shown.get("DeletionProtection"):
            client.modify_db_instance(**instance, DeletionProtection=False, ApplyImmediately=True)
        client.delete_db_instance(**instance, SkipFinalSnapshot=True)

    def implied(self, params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        return _logs("instance", params[self.by], params.get("EnableCloudwatchLogsExports"))

    def alongside(self, get_client: GetClient, resource_id: str) -> Iterable[tuple[str, str]]:
        shown = self.one(get_client, resource_id)
        return _logs("instance", resource_id, shown.get(EXPORTED))

    def leaves(self, params: Mapping[str, Any]) -> str:
        return _kept(params) or _renamed(params, "NewDBInstanceIdentifier")


class DbCluster(_Database):
    """A cluster; its instances go before it, and it goes without a last snapshot."""

    name = "DB cluster"
    by = "DBClusterIdentifier"
    creates = (Create("CreateDBCluster", by, f"DBCluster.{by}", "Tags", LONGEST),)
    parts = each(by, "AddRoleToDBCluster", "FailoverDBCluster", "RebootDBCluster", "StartDBCluster")
    deletes = each(by, "DeleteDBCluster")
    after = ("DB instance", "DB proxy")
    missing = frozenset(["DBClusterNotFoundFault"])
    busy = frozenset(["InvalidDBClusterStateFault"])
    items, listing, arn = "DBClusters", "describe_db_clusters", "DBClusterArn"
    exists = each(Exists("DBClusterRoleAlreadyExists"), "AddRoleToDBCluster")
    billing = Billing(hourly_unpriced=True)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client, cluster = get_client("rds"), {self.by: resource_id}
        shown = self.one(get_client, resource_id)
        if shown["Status"] == DELETING:
            return
        if shown.get("DeletionProtection"):
            client.modify_db_cluster(**cluster, DeletionProtection=False, ApplyImmediately=True)
        client.delete_db_cluster(**cluster, SkipFinalSnapshot=True)

    def implied(self, params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        return _logs("cluster", params[self.by], params.get("EnableCloudwatchLogsExports"))

    def alongside(self, get_client: GetClient, resource_id: str) -> Iterable[tuple[str, str]]:
        shown = self.one(get_client, resource_id)
        return _logs("cluster", resource_id, shown.get(EXPORTED))

    def leaves(self, params: Mapping[str, Any]) -> str:
        return _kept(params) or _renamed(params, "NewDBClusterIdentifier")


class DbProxy(_Database):
    """A proxy with its targets; RDS makes a log group for it."""

    name = "DB proxy"
    by = "DBProxyName"
    creates = (Create("CreateDBProxy", by, f"DBProxy.{by}", "Tags", LONGEST),)
    parts = each(by, "RegisterDBProxyTargets")
    deletes = each(by, "DeleteDBProxy")
    missing = frozenset(["DBProxyNotFoundFault"])
    busy = frozenset(["InvalidDBProxyStateFault"])
    items, listing, arn = "DBProxies", "describe_db_proxies", "DBProxyArn"
    exists = each(Exists("DBProxyTargetAlreadyRegisteredFault"), "RegisterDBProxyTargets")
    billing = Billing(hourly_unpriced=True)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        if self.one(get_client, resource_id)["Status"] != DELETING:
            get_client("rds").delete_db_proxy(DBProxyName=resource_id)

    def implied(self, params: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
        yield "log group", f"/aws/rds/proxy/{params[self.by].lower()}"

    def alongside(self, get_client: GetClient, resource_id: str) -> Iterable[tuple[str, str]]:
        yield "log group", f"/aws/rds/proxy/{resource_id}"

    def leaves(self, params: Mapping[str, Any]) -> str:
        return _renamed(params, "NewDBProxyName")


def _logs(what: str, name: str, exported: Iterable[str] | None) -> Iterator[tuple[str, str]]:
    """Yield the log groups that stay when a database goes which exported its logs."""
    for log in exported or ():
        yield "log group", f"/aws/rds/{what}/{name.lower()}/{log}"


def _kept(params: Mapping[str, Any]) -> str:
    if params.get("FinalDBSnapshotIdentifier"):
        return "a last snapshot; give it SkipFinalSnapshot=True"
    if params.get("DeleteAutomatedBackups") is False:
        return "its automated backups; leave DeleteAutomatedBackups out"
    return ""


def _renamed(params: Mapping[str, Any], parameter: str) -> str:
    return "it under a name that the teardown does not know" if params.get(parameter) else ""


RIGHTS = (
    Right("student", "HandRolesToTheLessonsServices", passed_to=("rds.amazonaws.com",)),
    Right("student-network", "Look", ("rds:Describe*", "rds:ListTagsForResource")),
    Right("student-network", "MakeWithTheRunsTag", ("rds:CreateDBProxy",)),
    Right(
        "student-network",
        "ChangeOnlyWhatARunMade",
        ("rds:AddTagsToResource", "rds:DeleteDBProxy", "rds:ModifyDBProxy"),
    ),
    Right(
        "student-network", "WorkOnWhatIsNamedAsLabkitNames", ("rds:*",), ("arn:aws:rds:*:*:*:lk-*",)
    ),
    Right(
        "student-network",
        "StartFromAnEnginesDefaults",
        (
            "rds:CreateDBCluster",
            "rds:CreateDBInstance",
            "rds:ModifyDBCluster",
            "rds:ModifyDBInstance",
        ),
        (
            "arn:aws:rds:*:*:cluster-pg:default*",
            "arn:aws:rds:*:*:og:default*",
            "arn:aws:rds:*:*:pg:default*",
        ),
    ),
    Right(
        "student-network",
        "LeadProxiesToOwnDatabases",
        ("rds:RegisterDBProxyTargets",),
        ("arn:aws:rds:*:*:target-group:*",),
    ),
    Right(
        "student-network", "TagProxies", ("rds:AddTagsToResource",), ("arn:aws:rds:*:*:db-proxy:*",)
    ),
    Right("sweep", "FindWhatLearnersLeft", ("rds:Describe*", "rds:ListTagsForResource")),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        (
            "rds:DeleteDBCluster",
            "rds:DeleteDBInstance",
            "rds:DeleteDBProxy",
            "rds:DeleteDBSubnetGroup",
            "rds:ModifyDBCluster",
            "rds:ModifyDBInstance",
        ),
        ("arn:aws:rds:*:*:*:lk-*",),
    ),
    Right("sweep", "DeleteWhatHasNoNameByItsTag", ("rds:DeleteDBProxy",)),
)
