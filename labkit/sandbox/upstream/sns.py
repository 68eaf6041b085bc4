"""MiniStack's SNS."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

sns = UpstreamModule("ministack.services.sns", {"_topics": "AccountRegionScopedDict"})
