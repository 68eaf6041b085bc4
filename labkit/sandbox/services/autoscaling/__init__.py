"""Auto Scaling groups whose instances take time to boot, and warm pools that hold some ready.

moto launches an instance into service at once and keeps a warm pool's settings only. The seams are
its class of groups and the operations of its API.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.upstream.moto_services import (
    Call,
    RefusedError,
    Response,
    query_refusal,
    refuse,
)


def answer(call: Call) -> Response:
    """Answer a call of Auto Scaling: by a refusal, by moto otherwise."""
    settle(call.account, call.region)
    try:
        if call.action == "DeleteAutoScalingGroup":
            _check_deletion(call)
    except RefusedError as error:
        return query_refusal(error)
    return call.ask()


def settle(account: str, region: str) -> None:
    """Let what time has done to the instances of every group show."""
    for group in list(_groups(account, region).values()):
        group.settle()


def _groups(account: str, region: str) -> dict[str, Any]:
    from moto.autoscaling.models import autoscaling_backends

    groups: dict[str, Any] = autoscaling_backends[account][region].autoscaling_groups
    return groups


def _check_deletion(call: Call) -> None:
    """Refuse to delete a group that has instances, unless forced."""
    group = _groups(call.account, call.region).get(call.get("AutoScalingGroupName"))
    if group is None:
        return
    if call.is_true("ForceDelete"):
        group.drain()
    elif group.instance_states or group.warm:
        refuse(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot "
            "instance request(s) still in the group.",
        )
