"""What an Auto Scaling group's instances cost in time."""

from __future__ import annotations

from labkit.labs.fleet.boot import empty, ready_s, scale_in, scale_out, wait_for_warm_pool
from labkit.labs.fleet.launch_template import launch_template

__all__ = ["empty", "launch_template", "ready_s", "scale_in", "scale_out", "wait_for_warm_pool"]
