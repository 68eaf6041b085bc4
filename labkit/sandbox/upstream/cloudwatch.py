"""MiniStack's CloudWatch."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

cloudwatch = UpstreamModule(
    "ministack.services.cloudwatch",
    {
        "record_metric": "(namespace, metric_name, value, unit='None', dimensions=None)",
    },
)
