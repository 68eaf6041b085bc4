"""New log events are passed on to what waits for them: subscription filters and metric filters.

The seam is MiniStack's passing on of a batch, which every way of writing events takes.
"""

from __future__ import annotations

import logging
from typing import Any

from labkit.sandbox.services.logs import log_subscriptions, metric_filters
from labkit.sandbox.upstream import seams

LOG = logging.getLogger(__name__)

Event = dict[str, Any]


def install() -> None:
    """Take the passing on."""
    seams.replace(
        "ministack.services.cloudwatch_logs",
        "_fanout_to_subscription_filters",
        pass_on,
        like="(group_name, stream_name, events)",
    )


def pass_on(group: str, stream: str, events: list[Event]) -> None:
    """Pass a batch of a stream on; what fails there does not keep events from being written."""
    for receive in (log_subscriptions.deliver, metric_filters.measure):
        try:
            receive(group, stream, events)
        except Exception:
            LOG.exception("events of %s were not passed on", group)
