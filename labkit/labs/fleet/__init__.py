"""What an Auto Scaling group's instances cost in time."""

from __future__ import annotations

from labkit.labs.fleet.boot import empty, ready_s, scale_out, wait_for_warm_pool

__all__ = ["empty", "ready_s", "scale_out", "wait_for_warm_pool"]
