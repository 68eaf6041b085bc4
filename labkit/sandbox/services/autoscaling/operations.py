"""The operations on warm pools and lifecycle hooks that moto answers emptily or not at all.

The seam is the table of moto's one URL of Auto Scaling.
Source: EC2 Auto Scaling API Reference.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.upstream import seams

_URLS = "moto.autoscaling.urls"


def prepare() -> None:
    """Take moto's API of Auto Scaling."""
    from moto.autoscaling.exceptions import ValidationError
    from moto.autoscaling.responses import AutoScalingResponse
    from moto.core.responses import ActionResult, EmptyResult

    class Operations(AutoScalingResponse):
        """moto's operations, and ours in place of some."""

        def describe_warm_pool(self) -> Any:
            group = self._group()
            return ActionResult({"WarmPoolConfiguration": group.warm_pool, "Instances": group.warm})

        def delete_warm_pool(self) -> Any:
            self._group().remove_warm_pool()
            return EmptyResult()

        def put_lifecycle_hook(self) -> Any:
            answer = super().put_lifecycle_hook()
            (hook,) = self.autoscaling_backend.describe_lifecycle_hooks(
                self._get_param("AutoScalingGroupName"), [self._get_param("LifecycleHookName")]
            )
            hook.role_arn = self._get_param("RoleARN")
            hook.notification_target_arn = self._get_param("NotificationTargetARN")
            return answer

        def complete_lifecycle_action(self) -> Any:
            result = self._get_param("LifecycleActionResult")
            self._at_hook(lambda way, hook: way.complete(hook, result))
            return EmptyResult()

        def record_lifecycle_action_heartbeat(self) -> Any:
            self._at_hook(lambda way, hook: way.heartbeat(hook))
            return EmptyResult()

        def _at_hook(self, act: Any) -> None:
            group, instance = self._group(), self._get_param("InstanceId")
            way = group.passages.get(instance)
            if way is None or not act(way, self._get_param("LifecycleHookName")):
                raise ValidationError(
                    f"No active Lifecycle Action found with instance ID {instance}"
                )
            group.settle()

        def _group(self) -> Any:
            name = self._get_param("AutoScalingGroupName")
            group = self.autoscaling_backend.autoscaling_groups.get(name)
            if group is None:
                raise ValidationError(
                    f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found"
                )
            return group

    seams.replace_item(_URLS, "url_paths", "{0}/$", Operations.dispatch)
