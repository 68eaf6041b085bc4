"""MiniStack's EventBridge."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

eventbridge = UpstreamModule(
    "ministack.services.eventbridge",
    {
        "_event_bus_policies": "AccountRegionScopedDict",
        "_event_pattern_error": "(pattern_str)",
        "_put_events": "(data, allow_aws_source=False)",
    },
)
