"""EventBridge Scheduler: schedules are checked, also those of stacks, and called when due."""

from __future__ import annotations

from labkit.sandbox.services.provider import Provider, around
from labkit.sandbox.services.scheduler import schedules
from labkit.sandbox.upstream.scheduler import scheduler


class Scheduler(Provider):
    """EventBridge Scheduler."""

    hooks = (
        around(scheduler, "_create_schedule", schedules.checked),
        around(scheduler, "_update_schedule", schedules.checked),
    )

    def begin(self) -> None:
        """Look from now on at what is due."""
        schedules.start()


PROVIDER = Scheduler()
