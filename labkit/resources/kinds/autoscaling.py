"""EC2 Auto Scaling: groups."""

from __future__ import annotations

from collections.abc import Iterable

from labkit.resources.billing import Billing
from labkit.resources.kind import Create, Found, GetClient, Kind, each, no_such, pages, tag_map
from labkit.resources.rights import Right

BY = "AutoScalingGroupName"
INSTANCE = "i-"
"""How the ids of instances begin, which a group launches by itself."""


class AutoScalingGroup(Kind):
    """A group with its instances, warm pool, lifecycle hooks and policies."""

    name = "Auto Scaling group"
    service = "autoscaling"
    creates = (Create("CreateAutoScalingGroup", BY, id=None, tags="Tags", longest=255),)
    parts = each(
        BY,
        "AttachInstances",
        "AttachLoadBalancerTargetGroups",
        "AttachTrafficSources",
        "BatchPutScheduledUpdateGroupAction",
        "LaunchInstances",
        "PutLifecycleHook",
        "PutNotificationConfiguration",
        "PutScalingPolicy",
        "PutScheduledUpdateGroupAction",
        "PutWarmPool",
        "StartInstanceRefresh",
    )
    harmless = each(
        "the group's instances go with the group",
        "CompleteLifecycleAction",
        "EnterStandby",
        "ExecutePolicy",
        "ExitStandby",
        "RecordLifecycleActionHeartbeat",
        "ResumeProcesses",
        "SuspendProcesses",
    )
    deletes = each(BY, "DeleteAutoScalingGroup")
    addresses = each(BY, "DeletePolicy")
    missing = frozenset(["labkit.NotFound"])
    busy = frozenset(["ResourceInUse", "ResourceInUseFault", "ScalingActivityInProgress"])
    pace_s = 5.0
    deletion_timeout_s = 600.0
    """A forced deletion ends the instances first, which takes minutes."""
    billing = Billing(hourly_unpriced=True)

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client = get_client("autoscaling")
        groups = client.describe_auto_scaling_groups(AutoScalingGroupNames=[resource_id])
        for group in groups["AutoScalingGroups"]:
            return Found(resource_id, resource_id, tag_map(group.get("Tags", [])))
        raise no_such(resource_id)

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        names = pages(
            get_client("autoscaling"),
            "describe_auto_scaling_groups",
            f"AutoScalingGroups[].{BY}",
        )
        return (name for name in names if marker in name)

    def wholes(self, get_client: GetClient, part: str) -> Iterable[str]:
        if part.startswith(INSTANCE):
            found = get_client("autoscaling").describe_auto_scaling_instances(InstanceIds=[part])
            yield from (one[BY] for one in found["AutoScalingInstances"])

    def quiesce(self, get_client: GetClient, resource_id: str) -> None:
        get_client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=resource_id, MinSize=0, DesiredCapacity=0
        )

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        get_client("autoscaling").delete_auto_scaling_group(
            AutoScalingGroupName=resource_id, ForceDelete=True
        )


RIGHTS = (
    Right("student-network", "Look", ("autoscaling:Describe*",)),
    Right(
        "student-network",
        "WorkOnWhatIsNamedAsLabkitNames",
        ("autoscaling:*",),
        ("arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/lk-*",),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("autoscaling:Describe*",)),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("autoscaling:DeleteAutoScalingGroup",),
        ("arn:aws:autoscaling:*:*:autoScalingGroup:*:autoScalingGroupName/lk-*",),
    ),
)
