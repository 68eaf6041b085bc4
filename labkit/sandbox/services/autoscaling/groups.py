"""Auto Scaling groups with a boot clock and a warm pool.

An instance is `Pending` while it boots and waits at the group's launch hooks, then `InService`. A
warm pool holds instances that have done so before; a scale-out takes them first, and then they only
have to start.
Source: EC2 Auto Scaling User Guide, "Warm pools for Amazon EC2 Auto Scaling".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.services.autoscaling import capacity, members
from labkit.sandbox.services.autoscaling.passages import Passage
from labkit.sandbox.upstream import seams

_MODULE = "moto.autoscaling.models"


def prepare() -> None:
    """Take moto's class of groups."""
    upstream = seams.use(_MODULE, "FakeAutoScalingGroup", like="InstanceTrackerMeta")
    group = _with_warm_pool(upstream)
    seams.replace(_MODULE, "FakeAutoScalingGroup", group, like="InstanceTrackerMeta")


def _with_warm_pool(upstream: Any) -> Any:
    class AutoScalingGroup(upstream):  # type: ignore[misc]
        """moto's group; `instance_states` are its members, `warm` those of its pool."""

        def __init__(self, *args: Any, **more: Any) -> None:
            self.warm: list[Any] = []
            self.passages: dict[str, Passage] = {}
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
