"""New log events are passed on to what waits for them: subscription filters and metric filters.

Every way of writing events takes MiniStack's passing on of a batch, in whose place this stands.
"""

from __future__ import annotations

import logging
from typing import Any

from labkit.sandbox.services.logs import log_subscriptions, metric_filters

LOG = logging.getLogger(__name__)

Event = dict[str, Any]


def pass_on(group: str, stream: str, events: list[Event]) -> None:
    """Pass a batch of a stream on; what fails there does not keep events from being written."""
    for receive in (log_subscriptions.deliver, metric_filters.measure):
        try:
            receive(group, stream, events)
        except Exception:
            LOG.exception("events of %s were not passed on", group)
