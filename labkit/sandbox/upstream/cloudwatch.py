"""MiniStack's CloudWatch."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

cloudwatch = UpstreamModule(
    "ministack.services.cloudwatch",
    {
        "_calc_stats": "(points)",
        "_dims_key": "(dims)",
        "_metric_bucket": "(key)",
        "_metrics": "AccountRegionScopedDict",
        "record_metric": "(namespace, metric_name, value, unit='None', dimensions=None)",
    },
)
