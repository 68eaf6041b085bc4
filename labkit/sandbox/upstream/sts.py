"""MiniStack's STS."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

sts = UpstreamModule("ministack.services.sts", {"register_session": "(access_key, session)"})
