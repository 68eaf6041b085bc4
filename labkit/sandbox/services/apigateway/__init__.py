"""API Gateway REST APIs: deployments, integrations, their permissions and timeouts, the Test."""

from __future__ import annotations


def install() -> None:
    """Put every part of this package into MiniStack."""
    from labkit.sandbox.services.apigateway import (
        access_logs,
        api_keys,
        authorizers,
        call,
        deployments,
        integrations,
        scope,
        test_invoke_method,
    )

    parts = (scope, deployments, call, integrations, test_invoke_method)
    for part in (*parts, access_logs, api_keys, authorizers):
        part.install()
