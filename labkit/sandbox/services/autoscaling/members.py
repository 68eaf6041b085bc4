"""Instances of a group on their way from one lifecycle state to the next, and what each ends in.

`group` is always an Auto Scaling group of `groups`, a `member` one of its
instances as moto keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labkit.sandbox.services.autoscaling.transitions import transition_of


def send(group: Any, member: Any, state: str, seconds: float, transition: str, final: str) -> None:
    """Send an instance through `state`, and the group's hooks of this transition, to `final`.

    Parameters
    ----------
    seconds
        How long it steps in `state` before the hooks.
    transition
        Of the hooks to wait at: `LAUNCHING` or `TERMINATING` of `transitions`.
    """
    hooks = [
        hook
        for hook in group.autoscaling_backend.describe_lifecycle_hooks(group.name)
        if hook.lifecycle_transition == transition
    ]
    group.transitions[member.instance_id] = transition_of(state, seconds, hooks, final)
    settle(group, member)


def settle(group: Any, member: Any) -> None:
    """Let an instance come to the state that it is in by now."""
    under_way = group.transitions.get(member.instance_id)
    if under_way is None:
        return
    under_way.advance()
    member.lifecycle_state = under_way.state
    if under_way.abandoned:
        terminate(group, [member])
        group.set_desired_capacity(group.desired_capacity)  # another takes its place
    elif under_way.is_over:
        del group.transitions[member.instance_id]
        _arrive(group, member)


def _arrive(group: Any, member: Any) -> None:
    """Do to the machine what the end of its way means."""
    if member.lifecycle_state in ("Warmed:Stopped", "Warmed:Hibernated"):
        group.ec2_backend.stop_instances([member.instance_id])
    elif member.lifecycle_state == "Terminated":
        terminate(group, [member])


def terminate(group: Any, members: Iterable[Any]) -> None:
    """End instances at once, past every hook, wherever in the group they are."""
    gone = list(members)
    group.instance_states = [one for one in group.instance_states if one not in gone]
    group.warm = [one for one in group.warm if one not in gone]
    for member in gone:
        group.transitions.pop(member.instance_id, None)
        group.ec2_backend.terminate_instances([member.instance_id])
