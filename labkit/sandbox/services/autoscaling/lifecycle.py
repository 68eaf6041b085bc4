"""The groups of an account, as of now, and the lifecycle actions that their instances wait at.

Source: EC2 Auto Scaling API Reference, CompleteLifecycleAction.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.upstream.moto import autoscaling_models


def settle(account: str, region: str) -> None:
    """Let what time has done to the instances of every group show."""
    for group in list(groups_of(account, region).values()):
        group.settle()


def groups_of(account: str, region: str) -> dict[str, Any]:
    """Return the groups of an account in a region, by name."""
    backend = autoscaling_models.autoscaling_backends[account][region]
    groups: dict[str, Any] = backend.autoscaling_groups
    return groups


def group_of(request: Request) -> Any:
    """Return the group that a request names.

    Raises
    ------
    labkit.sandbox.gateway.errors.ValidationError
        If there is none.
    """
    name = request.form.text("AutoScalingGroupName")
    group = groups_of(request.account, request.region).get(name)
    if group is None:
        raise ValidationError(
            f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"
        )
    return group


def complete(request: Request) -> None:
    """End the wait of an instance at a hook."""
    result = request.form.text("LifecycleActionResult")
    _at_hook(request, lambda transition, hook: transition.complete(hook, result))


def heartbeat(request: Request) -> None:
    """Let the time of a hook that an instance waits at begin anew."""
    _at_hook(request, lambda transition, hook: transition.heartbeat(hook))


def _at_hook(request: Request, act: Any) -> None:
    group, instance = group_of(request), request.form.text("InstanceId")
    transition = group.transitions.get(instance)
    if transition is None or not act(transition, request.form.text("LifecycleHookName")):
        raise ValidationError(f"No active Lifecycle Action found with instance ID {instance}")
    group.settle()
