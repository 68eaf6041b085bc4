"""Auto Scaling groups with a boot clock and a warm pool.

An instance is `Pending` while it boots and waits at the group's launch hooks, then `InService`. A
warm pool holds instances that have done so before; a scale-out takes them first, and then they only
have to start.
Source: EC2 Auto Scaling User Guide, "Warm pools for Amazon EC2 Auto Scaling".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.services.autoscaling import capacity, members
from labkit.sandbox.services.autoscaling.transitions import Transition


def with_warm_pool(upstream: Any) -> Any:
    """Return moto's class of groups, with a boot clock and a warm pool."""

    class AutoScalingGroup(upstream):  # type: ignore[misc]
        """moto's group; `instance_states` are its members, `warm` those of its pool."""

        def __init__(self, *args: Any, **more: Any) -> None:
            self.warm: list[Any] = []
            self.transitions: dict[str, Transition] = {}
            self.warm_pool: Any = None
            super().__init__(*args, **more)

        @property
        def warm_pool_size(self) -> int:
            """What moto's description of a group shows."""
            return len(self.warm)

        def set_desired_capacity(self, new_capacity: int | None) -> None:
            self.desired_capacity = self.min_size if new_capacity is None else new_capacity
            capacity.scale(self)
            capacity.replenish(self)
            self.settle()

        def replace_autoscaling_group_instances(self, count: int, tags: dict[str, str]) -> None:
            """Launch `count` cold instances into the group."""
            known = len(self.instance_states)
            super().replace_autoscaling_group_instances(count, tags)
            capacity.boot(self, self.instance_states[known:])

        def put_warm_pool(self, *args: Any, **more: Any) -> None:
            super().put_warm_pool(*args, **more)
            capacity.replenish(self)
            self.settle()

        def remove_warm_pool(self) -> None:
            """Terminate the pool's instances and forget the pool."""
            self.warm_pool = None
            members.terminate(self, self.warm)

        def drain(self) -> None:
            """Terminate everything at once, past every hook."""
            self.remove_warm_pool()
            members.terminate(self, self.instance_states)

        def settle(self) -> None:
            """Let every instance come to the state that it is in by now."""
            self.warm = [one for one in self.warm if one.instance.state != "terminated"]
            for member in [*self.instance_states, *self.warm]:
                members.settle(self, member)
            if self.name in self.autoscaling_backend.autoscaling_groups:
                self.autoscaling_backend.update_attached_elbs(self.name)
                self.autoscaling_backend.update_attached_target_groups(self.name)

    return AutoScalingGroup


def description(group: Any) -> dict[str, Any]:
    """Return what DescribeWarmPool answers for a group."""
    pool = group.warm_pool
    return {
        "WarmPoolConfiguration": pool and _settings(pool),
        "Instances": [_instance(member) for member in group.warm],
    }


def _settings(pool: Any) -> dict[str, Any]:
    policy = pool.instance_reuse_policy
    return {
        "MaxGroupPreparedCapacity": pool.max_group_prepared_capacity,
        "MinSize": pool.min_size,
        "PoolState": pool.pool_state,
        "InstanceReusePolicy": policy
        and {"ReuseOnScaleIn": str(policy.get("ReuseOnScaleIn", "")).lower() == "true"},
    }


def _instance(member: Any) -> dict[str, Any]:
    return {
        "InstanceId": member.instance_id,
        "InstanceType": member.instance_type,
        "AvailabilityZone": member.availability_zone,
        "LifecycleState": member.lifecycle_state,
        "HealthStatus": member.health_status,
        "LaunchTemplate": member.launch_template,
        "ProtectedFromScaleIn": bool(member.protected_from_scale_in),
    }
