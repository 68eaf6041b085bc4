"""EventBridge Scheduler: schedules are checked, also those of stacks, and called when due."""

from __future__ import annotations

from labkit.sandbox.gateway import constraints
from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.provider import Output, Provider, around
from labkit.sandbox.services.scheduler import schedules
from labkit.sandbox.upstream.scheduler import scheduler

RULED = (
    "FlexibleTimeWindow", "ScheduleExpression", "ScheduleExpressionTimezone", "Target",
)  # fmt: skip
"""What `rules.py` has AWS's own words for."""


class Scheduler(Provider):
    """EventBridge Scheduler."""

    hooks = (
        around(scheduler, "_create_schedule", schedules.checked),
        around(scheduler, "_update_schedule", schedules.checked),
    )

    async def answer(self, request: Request) -> Output:
        """Answer a request whose parameters the service takes.

        Raises
        ------
        ValidationError
            If a name, a state or a text is none of those that botocore's model allows.
        """
        if broken := constraints.problems(request, without=RULED):
            raise ValidationError(constraints.sentence(broken))
        return await super().answer(request)

    def begin(self) -> None:
        """Look from now on at what is due."""
        schedules.start()


PROVIDER = Scheduler()
