"""EventBridge Scheduler: schedules and schedule groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labkit.resources.billing import FREE, Billing
from labkit.resources.kind import (
    Create,
    Found,
    GetClient,
    Kind,
    Send,
    each,
    no_such,
    pages,
    tag_map,
)
from labkit.resources.rights import Right
from labkit.resources.settings import differing, given

MISSING = frozenset(["ResourceNotFoundException"])
BUSY = frozenset(["ConflictException"])

EXPIRY = "labkit-expiry"
"""What a run calls the schedule that has it taken away when its time is over."""


class ScheduleGroup(Kind):
    """A schedule group."""

    name = "schedule group"
    service = "scheduler"
    creates = (Create("CreateScheduleGroup", "Name", id=None, tags="Tags"),)
    deletes = each("Name", "DeleteScheduleGroup")
    after = ("schedule",)
    missing = MISSING
    busy = BUSY
    billing = FREE

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client = get_client("scheduler")
        group = client.get_schedule_group(Name=resource_id)
        tags = client.list_tags_for_resource(ResourceArn=group["Arn"])["Tags"]
        return Found(resource_id, resource_id, tag_map(tags))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = pages(get_client("scheduler"), "list_schedule_groups", "ScheduleGroups[].Name")
        return (name for name in names if marker in name)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client = get_client("scheduler")
        if client.get_schedule_group(Name=resource_id)["State"] != "DELETING":
            client.delete_schedule_group(Name=resource_id)


class Schedule(Kind):
    """A schedule; it cannot carry tags, so its name alone says whose it is."""

    name = "schedule"
    service = "scheduler"
    creates = (Create("CreateSchedule", "Name", "ScheduleArn", tags=None),)
    restores = (
        "ActionAfterCompletion",
        "Description",
        "EndDate",
        "FlexibleTimeWindow",
        "KmsKeyArn",
        "ScheduleExpression",
        "ScheduleExpressionTimezone",
        "StartDate",
        "State",
        "Target",
    )
    deletes = each("Name", "DeleteSchedule")
    missing = MISSING
    busy = BUSY
    billing = Billing(unmetered="calls")

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        where = self._where(resource_id)
        get_client("scheduler").get_schedule(**where)
        return Found(resource_id, where["Name"], tags=None)

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        arns = pages(get_client("scheduler"), "list_schedules", "Schedules[].Arn")
        return (arn for arn in arns if marker in arn.rpartition("/")[2])

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("scheduler").delete_schedule(**self._where(resource_id))

    def identify(self, given: str) -> str:
        return given.rpartition("/")[2]

    def goes_last(self, name: str) -> bool:
        return name.endswith(f"-{EXPIRY}")

    @staticmethod
    def _where(arn: str) -> dict[str, str]:
        """Return group and name of ``arn:…:schedule/group/name``."""
        group, _, name = arn.partition(":schedule/")[2].partition("/")
        if not name:
            raise no_such(arn)
        return {"GroupName": group, "Name": name}

    def restore(self, send: Send, params: Mapping[str, Any], answer: Any) -> None:
        now = send("GetSchedule", given(params, ("GroupName", "Name")))
        if differing(now, given(params, self.restores)):
            send("UpdateSchedule", given(params, (*self.restores, "GroupName", "Name")))


RIGHTS = (
    Right("student", "HandRolesToTheLessonsServices", passed_to=("scheduler.amazonaws.com",)),
    Right("student", "Look", ("scheduler:ListScheduleGroups", "scheduler:ListSchedules")),
    Right(
        "student",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("scheduler:*",),
        ("arn:aws:scheduler:*:*:*/lk-*",),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("scheduler:Get*", "scheduler:List*")),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("scheduler:DeleteSchedule", "scheduler:DeleteScheduleGroup"),
        ("arn:aws:scheduler:*:*:*/lk-*",),
    ),
)
