"""What an Auto Scaling group's instances cost in time."""

from __future__ import annotations

from labkit.labs.fleet.boot import boot_to_ready_s, in_service, wait_for_warm_pool

__all__ = ["boot_to_ready_s", "in_service", "wait_for_warm_pool"]
