"""EventBridge Scheduler: schedules are checked, also those of stacks, and called when due."""

from __future__ import annotations

from labkit.sandbox.services.provider import Provider, around, instead
from labkit.sandbox.services.scheduler import schedules
from labkit.sandbox.upstream.scheduler import scheduler


class Scheduler(Provider):
    """EventBridge Scheduler."""

    hooks = (
        around(scheduler, "_create_schedule", schedules.checked),
        around(scheduler, "_update_schedule", schedules.checked),
        instead(scheduler, "start_scheduler", schedules.start),
    )


PROVIDER = Scheduler()
