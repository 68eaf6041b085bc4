"""Auto Scaling: warm pools and lifecycle hooks, which moto answers emptily or not at all.

moto launches an instance into service at once and keeps a warm pool's settings only.
Source: EC2 Auto Scaling API Reference.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.autoscaling import groups, lifecycle, limits
from labkit.sandbox.services.moto_provider import MotoProvider
from labkit.sandbox.services.provider import Hook, operation
from labkit.sandbox.upstream import moto


class AutoScaling(MotoProvider):
    """Auto Scaling."""

    hooks = (Hook(moto.autoscaling_models, "FakeAutoScalingGroup", groups.with_warm_pool),)

    def settle(self, request: Request) -> None:
        """Let what time has done to instances show."""
        lifecycle.settle(request.account, request.region)

    def check(self, request: Request) -> None:
        """Refuse a group that is too large for the sandbox."""
        limits.check(request)

    @operation("CompleteLifecycleAction")
    def complete_lifecycle_action(self, request: Request) -> None:
        """End the wait of an instance at a hook."""
        lifecycle.complete(request)

    @operation("RecordLifecycleActionHeartbeat")
    def record_lifecycle_action_heartbeat(self, request: Request) -> None:
        """Prolong the wait of an instance at a hook."""
        lifecycle.heartbeat(request)

    @operation("PutLifecycleHook")
    def put_lifecycle_hook(self, request: Request) -> Response:
        """Make a hook; moto forgets whom it tells."""
        response = moto.ask(request)
        if response.status == 200:
            name, hook_name = (
                request.form.text(key) for key in ("AutoScalingGroupName", "LifecycleHookName")
            )
            backend = lifecycle.group_of(request).autoscaling_backend
            (hook,) = backend.describe_lifecycle_hooks(name, [hook_name])
            hook.role_arn = request.form.get("RoleARN")
            hook.notification_target_arn = request.form.get("NotificationTargetARN")
        return response

    @operation("DeleteAutoScalingGroup")
    def delete_auto_scaling_group(self, request: Request) -> Response:
        """Delete a group without instances, or all of it if forced."""
        known = lifecycle.groups_of(request.account, request.region)
        group = known.get(request.form.text("AutoScalingGroupName"))
        if group is not None and request.form.is_true("ForceDelete"):
            group.drain()
        elif group is not None and (group.instance_states or group.warm):
            refuse(
                "ResourceInUse",
                "You cannot delete an AutoScalingGroup while there are instances or pending Spot "
                "instance request(s) still in the group.",
            )
        return moto.ask(request)

    @operation("DescribeAccountLimits")
    def describe_account_limits(self, request: Request) -> dict[str, Any]:
        """Say how many groups there may be."""
        return limits.describe(request)

    @operation("DescribeWarmPool")
    def describe_warm_pool(self, request: Request) -> dict[str, Any]:
        """Describe a warm pool, and the instances in it."""
        return groups.description(lifecycle.group_of(request))

    @operation("DeleteWarmPool")
    def delete_warm_pool(self, request: Request) -> None:
        """Delete a warm pool with its instances."""
        lifecycle.group_of(request).remove_warm_pool()


PROVIDER = AutoScaling()
