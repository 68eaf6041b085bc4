"""Event source mappings of SQS queues: the rules of creating one, their states, the polling."""

from __future__ import annotations


def install() -> None:
    """Put every part of this package into MiniStack."""
    from labkit.sandbox.services.lambda_.event_sources import mappings, poller

    for part in (mappings, poller):
        part.install()
