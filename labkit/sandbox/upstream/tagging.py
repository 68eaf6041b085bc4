"""MiniStack's tags of resources, wherever they are kept."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

tagging = UpstreamModule("ministack.services.tagging", {"resource_tags": "(arn)"})
