"""MiniStack's CloudWatch Logs."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

cloudwatch_logs = UpstreamModule(
    "ministack.services.cloudwatch_logs",
    {
        "_append_log_events": "(stream, events)",
        "_create_log_group": "(data)",
        "_create_log_stream": "(data)",
        "_log_group_policies": "AccountRegionScopedDict",
        "_log_groups": "AccountRegionScopedDict",
        "_log_records": "AccountRegionScopedDict",
        "_put_log_events": "(data)",
        "_resource_policies": "AccountRegionScopedDict",
    },
)
