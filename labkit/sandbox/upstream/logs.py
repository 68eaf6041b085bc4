"""MiniStack's CloudWatch Logs."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

cloudwatch_logs = UpstreamModule(
    "ministack.services.cloudwatch_logs",
    {
        "_append_log_events": "(stream, events)",
        "_build_log_record": "(*, ptr, timestamp_ms, message, log_group, log_stream)",
        "_collect_query_records": "(group_names, start_time_s, end_time_s)",
        "_compile_filter_pattern": "(raw)",
        "_create_log_group": "(data)",
        "_create_log_stream": "(data)",
        "_fanout_to_subscription_filters": "(group_name, stream_name, events)",
        "_log_group_policies": "AccountRegionScopedDict",
        "_log_groups": "AccountRegionScopedDict",
        "_log_records": "AccountRegionScopedDict",
        "_metric_filters": "AccountRegionScopedDict",
        "_public_log_record": "(record)",
        "_put_log_events": "(data)",
        "_put_metric_filter": "(data)",
        "_put_subscription_filter": "(data)",
        "_queries": "AccountRegionScopedDict",
        "_resolve_query_log_groups": "(data)",
        "_resource_policies": "AccountRegionScopedDict",
        "_subscription_pattern_matches": "(pattern, message)",
    },
)
