"""EventBridge: what it refuses, whom an event reaches, and the clock of scheduled rules.

| where | what |
|---|---|
| `buses.py`, `rules.py`, `targets.py`, `transformers.py` | what is refused; who may be reached |
| `patterns.py` | which events match a rule |
| `entries.py` | events that are put |
| `delivery.py` | an event to a target, or to the dead letters |
| `schedules.py` | rules that run on a schedule |
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import constraints
from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.events import (
    buses,
    delivery,
    entries,
    patterns,
    rules,
    schedules,
    targets,
)
from labkit.sandbox.services.provider import Output, Provider, around, instead, operation
from labkit.sandbox.upstream.events import eventbridge

Data = dict[str, Any]


RULED = ("ConnectionArn", "Entries", "Event", "ScheduleExpression", "Targets")
"""What the modules of this folder have AWS's own words for; and a connection's ARN, since
MiniStack's ends with the name, where AWS puts a UUID after it."""


class Events(Provider):
    """EventBridge; archives, replays, connections and API destinations are MiniStack's."""

    hooks = (
        around(eventbridge, "_put_events", entries.put),
        instead(eventbridge, "_event_pattern_error", patterns.problem),
        instead(eventbridge, "_events_log_list", list),  # MiniStack keeps every event for ever
        instead(eventbridge, "_invoke_target", delivery.deliver),
        instead(eventbridge, "_matches_pattern_view", patterns.matches),
        instead(eventbridge, "_now_ts", entries.now),
    )

    def begin(self) -> None:
        """Look from now on at which rule is due."""
        schedules.start()

    async def answer(self, request: Request) -> Output:
        """Answer a request whose parameters the service takes; every account has a default bus.

        Raises
        ------
        ValidationError
            If a value is none of those that botocore's model allows.
        """
        if broken := constraints.problems(request, without=RULED):
            raise ValidationError(constraints.sentence(broken))
        eventbridge._ensure_default_bus()
        return await super().answer(request)

    async def fallback(self, request: Request) -> Response:
        """Have MiniStack answer, and refuse in AWS's words."""
        return buses.worded(request.parameters, await request.forward())

    @operation("CreateEventBus")
    async def create_event_bus(self, request: Request) -> Data:
        """Make a bus."""
        buses.check_name(request.parameters["Name"])
        return buses.created(request.parameters, await self.fallback(request))

    @operation("DescribeEventBus")
    async def describe_event_bus(self, request: Request) -> Data:
        """Show a bus."""
        return buses.described(await self.fallback(request))

    @operation("ListEventBuses")
    async def list_event_buses(self, request: Request) -> Data:
        """List buses, page by page."""
        return buses.listed(request.parameters, await self.fallback(request))

    @operation("PutPermission")
    def put_permission(self, request: Request) -> None:
        """Let somebody put events on a bus."""
        buses.put_permission(request.parameters)

    @operation("RemovePermission")
    def remove_permission(self, request: Request) -> None:
        """Take such a permission back."""
        buses.remove_permission(request.parameters)

    @operation("PutRule")
    async def put_rule(self, request: Request) -> Response:
        """Make or change a rule."""
        rules.check_new(request.parameters)
        return await self.fallback(request)

    @operation("DeleteRule")
    async def delete_rule(self, request: Request) -> Response:
        """Delete a rule that has no targets."""
        rules.check_deletion(request.parameters)
        return await self.fallback(request)

    @operation("PutTargets")
    async def put_targets(self, request: Request) -> Response:
        """Give a rule targets."""
        targets.check_put(request.parameters)
        return await self.fallback(request)

    @operation("ListTargetsByRule")
    def list_targets_by_rule(self, request: Request) -> Data:
        """List a rule's targets, page by page."""
        return targets.listed(request.parameters)

    @operation("TestEventPattern")
    def test_event_pattern(self, request: Request) -> Data:
        """Try a pattern with an event."""
        return {"Result": patterns.tried(request.parameters)}

    @operation("PutEvents")
    async def put_events(self, request: Request) -> Response:
        """Put events on buses, which `entries.put` does."""
        return await request.forward()


PROVIDER = Events()
