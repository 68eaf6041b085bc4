"""How many instances a group and its warm pool should hold, and the scaling that gets them there.

`group` is always an Auto Scaling group of `groups`. How long its instances
boot or start say its tags `BOOT_TAG` and `START_TAG`, in seconds; both are 0 unless given.
Source: EC2 Auto Scaling User Guide, "Warm pools for Amazon EC2 Auto Scaling".
"""

from __future__ import annotations

import math
from typing import Any

from labkit.sandbox.services.autoscaling.members import send, terminate
from labkit.sandbox.services.autoscaling.transitions import LAUNCHING, TERMINATING

BOOT_TAG = "labkit:boot-seconds"
START_TAG = "labkit:start-seconds"


def scale(group: Any) -> None:
    """Bring the group to its desired capacity: out of its warm pool first, then cold."""
    missing = _wanted(group) - len(_staying(group))
    if missing > 0:
        missing -= _take_from_pool(group, missing)
        _launch(group, missing)
    elif missing < 0:
        _scale_in(group, -missing)


def boot(group: Any, members: list[Any]) -> None:
    """Send instances that moto has launched into service, by way of booting."""
    for member in members:
        send(group, member, "Pending", _seconds(group, BOOT_TAG), LAUNCHING, "InService")


def replenish(group: Any) -> None:
    """Launch or terminate until the pool has the size that it should have."""
    missing = _pool_target(group) - len(group.warm)
    if missing > 0:
        known = len(group.instance_states)
        _launch(group, missing)
        launched = group.instance_states[known:]
        del group.instance_states[known:]
        for member in launched:
            _send_to_pool(group, member, _seconds(group, BOOT_TAG))
    elif missing < 0:
        terminate(group, group.warm[missing:])


def _wanted(group: Any) -> int:
    """How many instances the desired capacity takes, by the first override's weight."""
    policy = group.mixed_instances_policy or {}
    overrides = policy.get("LaunchTemplate", {}).get("Overrides") or [{}]
    weight = max(int(overrides[0].get("WeightedCapacity") or 1), 1)
    return math.ceil((group.desired_capacity or 0) / weight)


def _staying(group: Any) -> list[Any]:
    """Return the instances that count towards the desired capacity."""
    return [
        member
        for member in group.instance_states
        if not member.lifecycle_state.startswith("Terminat") and member.lifecycle_state != "Standby"
    ]


def _pool_target(group: Any) -> int:
    """The pool's size: what is prepared beyond the desired capacity, at least MinSize."""
    if group.warm_pool is None:
        return 0
    prepared = group.warm_pool.max_group_prepared_capacity
    ceiling = group.max_size if prepared is None or prepared < 0 else prepared
    return int(max(group.warm_pool.min_size, ceiling - _wanted(group), 0))


def _launch(group: Any, count: int) -> None:
    if count > 0:
        group.replace_autoscaling_group_instances(count, group.get_propagated_tags())


def _take_from_pool(group: Any, count: int) -> int:
    """Move up to `count` ready instances into the group; return how many there were."""
    ready = [one for one in group.warm if one.instance_id not in group.transitions][:count]
    for member in ready:
        group.warm.remove(member)
        seconds = 0.0
        if member.lifecycle_state != "Warmed:Running":
            group.ec2_backend.start_instances([member.instance_id])
            seconds = _seconds(group, START_TAG)
        group.instance_states.append(member)
        send(group, member, "Pending", seconds, LAUNCHING, "InService")
    return len(ready)


def _scale_in(group: Any, count: int) -> None:
    """Terminate `count` instances that are not protected, or return them to a pool that reuses."""
    policy = (group.warm_pool and group.warm_pool.instance_reuse_policy) or {}
    reuse = str(policy.get("ReuseOnScaleIn", "")).lower() == "true"
    open_to_it = [one for one in _staying(group) if not one.protected_from_scale_in]
    for member in open_to_it[:count]:
        group.transitions.pop(member.instance_id, None)
        if reuse:
            group.instance_states.remove(member)
            _send_to_pool(group, member, 0.0)
        else:
            send(group, member, "Terminating", 0.0, TERMINATING, "Terminated")


def _send_to_pool(group: Any, member: Any, seconds: float) -> None:
    group.warm.append(member)
    final = f"Warmed:{group.warm_pool.pool_state}"
    send(group, member, "Warmed:Pending", seconds, LAUNCHING, final)


def _seconds(group: Any, tag: str) -> float:
    return next((float(one["Value"]) for one in group.tags if one["Key"] == tag), 0.0)
