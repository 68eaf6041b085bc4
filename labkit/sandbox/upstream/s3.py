"""MiniStack's S3."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

s3 = UpstreamModule(
    "ministack.services.s3",
    {
        "_buckets": "AccountScopedDict",
        "_verify_presigned_sigv4": "(method, path, headers, query_params)",
    },
)
