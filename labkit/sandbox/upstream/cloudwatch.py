"""MiniStack's CloudWatch."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

cloudwatch = UpstreamModule(
    "ministack.services.cloudwatch",
    {
        "_alarms": "AccountRegionScopedDict",
        "_composite_alarms": "AccountRegionScopedDict",
        "_calc_stats": "(points)",
        "_dims_from_list": "(dimensions)",
        "_dims_key": "(dims)",
        "_dispatch_alarm_actions": "(alarm, old_state, new_state, reason)",
        "_evaluate_alarm": "(alarm)",
        "_evaluate_parent_alarms": "(child, seen=frozenset())",
        "_history_entries": "()",
        "_metric_bucket": "(key)",
        "_metrics": "AccountRegionScopedDict",
        "_parse_ts": "(value)",
        "_record_history": "(alarm_name, old_state, new_state, reason, alarm_type='MetricAlarm', "
        "reason_data=None)",
        "_stat_value": "(stats, stat_name, points=None)",
        "_ts_iso": "(epoch)",
        "record_metric": "(namespace, metric_name, value, unit='None', dimensions=None)",
    },
)
