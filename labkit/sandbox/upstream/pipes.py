"""MiniStack's EventBridge Pipes."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

pipes = UpstreamModule(
    "ministack.services.pipes",
    {
        "_deliver_batch": "(pipe, batch)",
        "_poll_pipe": "(_ddb, pipe, pipe_account_id)",
    },
)
