"""MiniStack's API Gateway: REST APIs (v1), and HTTP and WebSocket APIs (v2)."""

from __future__ import annotations

from labkit.sandbox.upstream.module import UpstreamModule

apigateway = UpstreamModule(
    "ministack.services.apigateway",
    {
        "_apis": "AccountRegionScopedDict",
    },
)

apigateway_v1 = UpstreamModule(
    "ministack.services.apigateway_v1",
    {
        "_api_keys": "AccountRegionScopedDict",
        "_rest_apis": "AccountRegionScopedDict",
        "_usage_plans": "AccountRegionScopedDict",
    },
)
