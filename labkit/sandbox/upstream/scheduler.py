"""MiniStack's EventBridge Scheduler."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

scheduler = UpstreamModule(
    "ministack.services.scheduler",
    {
        "_create_schedule": "(name, body)",
        "_schedule_arn": "(group, name)",
        "_schedules": "AccountRegionScopedDict",
        "_update_schedule": "(name, body)",
    },
)
