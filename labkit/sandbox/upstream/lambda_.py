"""MiniStack's Lambda."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

lambda_svc = UpstreamModule(
    "ministack.services.lambda_svc",
    {
        "_esms": "AccountRegionScopedDict",
    },
)
