"""An Auto Scaling group of a test's own."""

from __future__ import annotations

from typing import Any

from tests.sandbox.conftest import Aws


class Fleet:
    """One group of a test's own, of at most four instances."""

    def __init__(self, aws: Aws) -> None:
        self.autoscaling, self.ec2 = aws.client("autoscaling"), aws.client("ec2")
        self.name = aws.name("fleet")
        self.autoscaling.create_launch_configuration(
            LaunchConfigurationName=self.name, ImageId="ami-12c6146b", InstanceType="t3.micro"
        )
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName=self.name,
            LaunchConfigurationName=self.name,
            MinSize=0,
            MaxSize=4,
            DesiredCapacity=1,
            AvailabilityZones=[f"{aws.region}a"],
        )

    def clock(self, kind: str, seconds: str) -> None:
        """Set how long instances boot or start from now on."""
        tag = {
            "ResourceId": self.name,
            "ResourceType": "auto-scaling-group",
            "Key": f"labkit:{kind}-seconds",
            "Value": seconds,
            "PropagateAtLaunch": False,
        }
        self.autoscaling.create_or_update_tags(Tags=[tag])

    def scale(self, desired: int) -> None:
        self.autoscaling.set_desired_capacity(
            AutoScalingGroupName=self.name, DesiredCapacity=desired
        )

    def pool(self, **settings: Any) -> None:
        self.autoscaling.put_warm_pool(AutoScalingGroupName=self.name, **settings)

    def hook(self, transition: str = "LAUNCHING", **more: Any) -> None:
        self.autoscaling.put_lifecycle_hook(
            AutoScalingGroupName=self.name,
            LifecycleHookName="hook",
            LifecycleTransition=f"autoscaling:EC2_INSTANCE_{transition}",
            **more,
        )

    def complete(self, instance: str, result: str = "CONTINUE") -> None:
        self.autoscaling.complete_lifecycle_action(
            AutoScalingGroupName=self.name,
            LifecycleHookName="hook",
            InstanceId=instance,
            LifecycleActionResult=result,
        )

    def group(self) -> dict[str, Any]:
        answer = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[self.name])
        found: dict[str, Any] = answer["AutoScalingGroups"][0]
        return found

    def members(self) -> dict[str, str]:
        """The group's instances and their lifecycle states."""
        return {one["InstanceId"]: one["LifecycleState"] for one in self.group()["Instances"]}

    def warm(self) -> dict[str, str]:
        """The pool's instances and their lifecycle states."""
        answer = self.autoscaling.describe_warm_pool(AutoScalingGroupName=self.name)
        return {one["InstanceId"]: one["LifecycleState"] for one in answer["Instances"]}

    def machine(self, instance: str) -> str:
        """An instance's state, as EC2 sees it."""
        answer = self.ec2.describe_instances(InstanceIds=[instance])
        return str(answer["Reservations"][0]["Instances"][0]["State"]["Name"])
