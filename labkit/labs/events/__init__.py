"""Events: announcements, queues that take them, and routes of messages compared."""

from __future__ import annotations

from labkit.labs.events.announcements import announcement, open_queue, queue_policy
from labkit.labs.events.event_flow import event_flow
from labkit.labs.events.routing_comparison import compare_routes, message_routes

__all__ = [
    "announcement",
    "compare_routes",
    "event_flow",
    "message_routes",
    "open_queue",
    "queue_policy",
]
