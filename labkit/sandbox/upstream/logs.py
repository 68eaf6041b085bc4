"""MiniStack's CloudWatch Logs."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

cloudwatch_logs = UpstreamModule(
    "ministack.services.cloudwatch_logs",
    {
        "_log_group_policies": "AccountRegionScopedDict",
        "_resource_policies": "AccountRegionScopedDict",
    },
)
