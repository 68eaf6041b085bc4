"""MiniStack's Kinesis Data Streams."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

kinesis = UpstreamModule(
    "ministack.services.kinesis",
    {"_consumers": "AccountRegionScopedDict", "_resolve_stream": "(data)"},
)
