"""MiniStack's Kinesis Data Streams."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

kinesis = UpstreamModule(
    "ministack.services.kinesis",
    {
        "_build_shards": "(shard_count, start_index=0)",
        "_consumers": "AccountRegionScopedDict",
        "_resolve_stream": "(data)",
        "_streams": "AccountRegionScopedDict",
    },
)
