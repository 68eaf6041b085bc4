"""Lambda execution environments: real processes that live, are measured and end as on AWS."""

from __future__ import annotations

from labkit.sandbox.services.lambda_ import (
    aliases,
    api,
    asynchronous,
    metrics,
    provisioned,
    retention,
    settings,
    urls,
)
from labkit.sandbox.services.lambda_.environments import cpu_share
from labkit.sandbox.services.lambda_.invocation import the_invoker


def install() -> None:
    """Run every function in environments of our own, and put Lambda's own rules before the API."""
    invoker = the_invoker()
    pool = invoker.pool
    invoker.install()
    aliases.install()
    asynchronous.install(invoker.run)
    settings.install(pool)
    provisioned.install(pool)
    metrics.install()
    retention.install()
    urls.install()
    api.install()
    cpu_share.say_if_missing()
