"""DynamoDB: expressions, updates, table states, expiry, capacity and metrics are ours."""

from __future__ import annotations

from labkit.sandbox.upstream.dynamodb import MODULE
from labkit.sandbox.upstream.when_loaded import when_loaded


def install() -> None:
    """Take DynamoDB's seams as soon as it is loaded."""
    when_loaded(MODULE, _install)


def _install() -> None:
    from labkit.sandbox.services.dynamodb import operations, time_to_live

    operations.install()
    time_to_live.install()
