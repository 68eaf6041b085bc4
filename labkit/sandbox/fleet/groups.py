"""Auto Scaling groups with a boot clock and a warm pool.

An instance is `Pending` while it boots and waits at the group's launch hooks, then `InService`. A
warm pool holds instances that have done so before; a scale-out takes them first, and then they only
have to start. How long the two take says the group, in tags that AWS leaves alone:
`labkit:boot-seconds` and `labkit:start-seconds`, both 0 unless given.
Source: EC2 Auto Scaling User Guide, "Warm pools for Amazon EC2 Auto Scaling".
"""

from __future__ import annotations

import math
from typing import Any

from labkit.sandbox import seams
from labkit.sandbox.fleet.passages import LAUNCHING, TERMINATING, Passage, passage

BOOT_TAG = "labkit:boot-seconds"
START_TAG = "labkit:start-seconds"

_MODULE = "moto.autoscaling.models"


def prepare() -> None:
    """Take moto's class of groups."""
    upstream = seams.use(_MODULE, "FakeAutoScalingGroup", like="InstanceTrackerMeta")
    group = _with_warm_pool(upstream)
    seams.replace(_MODULE, "FakeAutoScalingGroup", group, like="InstanceTrackerMeta")


def _with_warm_pool(upstream: Any) -> Any:
    class AutoScalingGroup(upstream):  # type: ignore[misc]
        """moto's group; `instance_states` are its members, `warm` those of its pool."""

        instance_states: list[Any]
        warm_pool: Any

        def __init__(self, *args: Any, **more: Any) -> None:
            self.warm: list[Any] = []
            self.passages: dict[str, Passage] = {}
            self.warm_pool = None
            super().__init__(*args, **more)

        @property
        def warm_pool_size(self) -> int:
            return len(self.warm)

        def set_desired_capacity(self, new_capacity: int | None) -> None:
            self.desired_capacity = self.min_size if new_capacity is None else new_capacity
            missing = self._wanted() - len(self._staying())
            if missing > 0:
                missing -= self._take_from_pool(missing)
                self._launch(missing)
            elif missing < 0:
                self._scale_in(-missing)
            self._replenish()
            self.settle()

        def replace_autoscaling_group_instances(self, count: int, tags: dict[str, str]) -> None:
            """Launch `count` cold instances into the group."""
            known = len(self.instance_states)
            super().replace_autoscaling_group_instances(count, tags)
            for member in self.instance_states[known:]:
                self._send(member, "Pending", self._seconds(BOOT_TAG), LAUNCHING, "InService")

        def put_warm_pool(self, *args: Any, **more: Any) -> None:
            super().put_warm_pool(*args, **more)
            self._replenish()
            self.settle()

        def remove_warm_pool(self) -> None:
            """Terminate the pool's instances and forget the pool."""
            self.warm_pool = None
            self._terminate(self.warm)

        def drain(self) -> None:
            """Terminate everything at once, past every hook."""
            self.remove_warm_pool()
            self._terminate(self.instance_states)

        def settle(self) -> None:
            """Let every instance come to the state that it is in by now."""
            self.warm = [one for one in self.warm if one.instance.state != "terminated"]
            for member in [*self.instance_states, *self.warm]:
                self._settle(member)
            if self.name in self.autoscaling_backend.autoscaling_groups:
                self.autoscaling_backend.update_attached_elbs(self.name)
                self.autoscaling_backend.update_attached_target_groups(self.name)

        def _settle(self, member: Any) -> None:
            way = self.passages.get(member.instance_id)
            if way is None:
                return
            way.advance()
            member.lifecycle_state = way.state
            if way.abandoned:
                self._abandon(member)
            elif way.is_over:
                del self.passages[member.instance_id]
                self._arrive(member)

        def _arrive(self, member: Any) -> None:
            ec2, identity = self.ec2_backend, member.instance_id
            if member.lifecycle_state in ("Warmed:Stopped", "Warmed:Hibernated"):
                ec2.stop_instances([identity])
            elif member.lifecycle_state == "Terminated":
                self._terminate([member])

        def _abandon(self, member: Any) -> None:
            """Terminate an instance whose hook failed; another takes its place."""
            was_warm = member in self.warm
            self._terminate([member])
            if was_warm:
                self._replenish()
            else:
                self.set_desired_capacity(self.desired_capacity)

        def _wanted(self) -> int:
            """How many instances the desired capacity takes, by the first override's weight."""
            policy = self.mixed_instances_policy or {}
            overrides = policy.get("LaunchTemplate", {}).get("Overrides") or [{}]
            weight = max(int(overrides[0].get("WeightedCapacity") or 1), 1)
            return math.ceil((self.desired_capacity or 0) / weight)

        def _staying(self) -> list[Any]:
            return [
                member
                for member in self.instance_states
                if not member.lifecycle_state.startswith("Terminat")
                and member.lifecycle_state != "Standby"
            ]

        def _take_from_pool(self, count: int) -> int:
            """Move up to `count` ready instances into the group; return how many there were."""
            ready = [one for one in self.warm if one.instance_id not in self.passages][:count]
            for member in ready:
                self.warm.remove(member)
                seconds = 0.0
                if member.lifecycle_state != "Warmed:Running":
                    self.ec2_backend.start_instances([member.instance_id])
                    seconds = self._seconds(START_TAG)
                self.instance_states.append(member)
                self._send(member, "Pending", seconds, LAUNCHING, "InService")
            return len(ready)

        def _launch(self, count: int) -> None:
            if count > 0:
                self.replace_autoscaling_group_instances(count, self.get_propagated_tags())

        def _scale_in(self, count: int) -> None:
            policy = (self.warm_pool and self.warm_pool.instance_reuse_policy) or {}
            reuse = str(policy.get("ReuseOnScaleIn", "")).lower() == "true"
            open_to_it = [one for one in self._staying() if not one.protected_from_scale_in]
            for member in open_to_it[:count]:
                self.passages.pop(member.instance_id, None)
                if reuse:
                    self.instance_states.remove(member)
                    self._send_to_pool(member, 0.0)
                else:
                    self._send(member, "Terminating", 0.0, TERMINATING, "Terminated")

        def _replenish(self) -> None:
            """Launch or terminate until the pool has the size that it should have."""
            missing = self._pool_target() - len(self.warm)
            if missing > 0:
                known = len(self.instance_states)
                self._launch(missing)
                launched = self.instance_states[known:]
                del self.instance_states[known:]
                for member in launched:
                    self._send_to_pool(member, self._seconds(BOOT_TAG))
            elif missing < 0:
                self._terminate(self.warm[missing:])

        def _pool_target(self) -> int:
            """The pool's size: what is prepared beyond the desired capacity, at least MinSize."""
            if self.warm_pool is None:
                return 0
            prepared = self.warm_pool.max_group_prepared_capacity
            ceiling = self.max_size if prepared is None or prepared < 0 else prepared
            return int(max(self.warm_pool.min_size, ceiling - self._wanted(), 0))

        def _send_to_pool(self, member: Any, seconds: float) -> None:
            self.warm.append(member)
            final = f"Warmed:{self.warm_pool.pool_state}"
            self._send(member, "Warmed:Pending", seconds, LAUNCHING, final)

        def _send(
            self, member: Any, state: str, seconds: float, transition: str, final: str
        ) -> None:
            hooks = [
                hook
                for hook in self.autoscaling_backend.describe_lifecycle_hooks(self.name)
                if hook.lifecycle_transition == transition
            ]
            self.passages[member.instance_id] = passage(state, seconds, hooks, final)
            self._settle(member)

        def _terminate(self, members: list[Any]) -> None:
            gone = list(members)
            self.instance_states = [one for one in self.instance_states if one not in gone]
            self.warm = [one for one in self.warm if one not in gone]
            for member in gone:
                self.passages.pop(member.instance_id, None)
                self.ec2_backend.terminate_instances([member.instance_id])

        def _seconds(self, tag: str) -> float:
            return next((float(one["Value"]) for one in self.tags if one["Key"] == tag), 0.0)

    return AutoScalingGroup
