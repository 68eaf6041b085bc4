"""EventBridge: event buses and rules with their targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from labkit.resources.billing import Billing
from labkit.resources.kind import Create, Found, GetClient, Kind, each, pages, tag_map
from labkit.resources.rights import Right

MISSING = frozenset(["ResourceNotFoundException"])
BUSY = frozenset(["ConcurrentModificationException", "ValidationException"])
"""A rule keeps refusing to go for a moment after its last target was removed, with a
ValidationException (terraform-provider-aws#11475)."""
DEFAULT_BUS = "default"
REMOVED_AT_A_TIME = 10
"""Targets in one RemoveTargets (as many as PutTargets takes, EventBridge API reference)."""


class EventBus(Kind):
    """A custom event bus."""

    name = "EventBridge event bus"
    service = "events"
    creates = (Create("CreateEventBus", "Name", id=None, tags="Tags", longest=256),)
    parts = each("EventBusName", "PutPermission")
    deletes = each("Name", "DeleteEventBus")
    after = ("EventBridge rule",)
    missing = MISSING
    busy = BUSY
    billing = Billing(unmetered="events")

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client = get_client("events")
        bus = client.describe_event_bus(Name=resource_id)
        tags = client.list_tags_for_resource(ResourceARN=bus["Arn"])["Tags"]
        return Found(resource_id, resource_id, tag_map(tags))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        return (name for name in buses(get_client("events")) if marker in name)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("events").delete_event_bus(Name=resource_id)

    def identify(self, given: str) -> str:
        return given.rpartition("/")[2]


class Rule(Kind):
    """A rule with its targets, on the default bus or on another one."""

    name = "EventBridge rule"
    service = "events"
    creates = (Create("PutRule", "Name", "RuleArn", "Tags", upserts=True),)
    parts = each("Rule", "PutTargets")
    harmless = each("an event is routed, not kept", "PutEvents")
    deletes = each("Name", "DeleteRule")
    missing = MISSING
    busy = BUSY
    billing = Billing(free="events are billed with their bus")

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client = get_client("events")
        client.describe_rule(**self._where(resource_id))
        tags = client.list_tags_for_resource(ResourceARN=resource_id)["Tags"]
        return Found(resource_id, self.identify(resource_id), tag_map(tags))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        client = get_client("events")
        for bus in list(buses(client)):
            for rule in pages(client, "list_rules", "Rules[]", EventBusName=bus):
                if marker in rule["Name"]:
                    yield rule["Arn"]

    def quiesce(self, get_client: GetClient, resource_id: str) -> None:
        get_client("events").disable_rule(**self._where(resource_id))

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client, where = get_client("events"), self._where(resource_id)
        by_rule = {"Rule": where["Name"], "EventBusName": where["EventBusName"]}
        ids = list(pages(client, "list_targets_by_rule", "Targets[].Id", **by_rule))
        for start in range(0, len(ids), REMOVED_AT_A_TIME):
            some = ids[start : start + REMOVED_AT_A_TIME]
            client.remove_targets(Ids=some, **by_rule)
        client.delete_rule(**where)

    def identify(self, given: str) -> str:
        return given.rpartition("/")[2]

    @staticmethod
    def _where(arn: str) -> dict[str, str]:
        """Return name and bus of ``arn:…:rule/name`` or ``arn:…:rule/bus/name``."""
        *bus, name = arn.partition(":rule/")[2].split("/")
        return {"Name": name, "EventBusName": bus[0] if bus else DEFAULT_BUS}


def buses(client: Any) -> Iterator[str]:
    """Yield the names of all event buses (botocore has no paginator for them)."""
    token: dict[str, str] = {}
    while True:
        answer = client.list_event_buses(**token)
        yield from (bus["Name"] for bus in answer["EventBuses"])
        if not answer.get("NextToken"):
            return
        token = {"NextToken": answer["NextToken"]}


RIGHTS = (
    Right("student", "HandRolesToTheLessonsServices", passed_to=("events.amazonaws.com",)),
    Right("student", "Look", ("events:List*", "events:TestEventPattern")),
    Right(
        "student",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("events:*",),
        ("arn:aws:events:*:*:*/lk-*", "arn:aws:events:*:*:rule/*/lk-*"),
    ),
    Right("student", "WriteNothingWithoutTheRunsTag", ("events:CreateEventBus",)),
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        ("events:DescribeRule", "events:PutEvents", "events:PutRule", "events:PutTargets"),
        ("arn:aws:events:*:*:event-bus/lk-*", "arn:aws:events:*:*:rule/StepFunctions*"),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("events:Describe*", "events:List*")),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("events:DeleteEventBus", "events:DeleteRule", "events:RemoveTargets"),
        ("arn:aws:events:*:*:*/lk-*", "arn:aws:events:*:*:rule/*/lk-*"),
    ),
)
