"""What happens to a resource of a stack, by its type, from its properties to its final state.

Its properties are looked at first, then what the stack's caller may do, then what its service says;
then it is made, changed or deleted, and seen through its states.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from labkit.sandbox.services.cloudformation import (
    api_gateway,
    attributes,
    buckets,
    budgets,
    deployments,
    functions,
    nested_stacks,
    properties,
    rest_apis,
    rights,
    roles,
    schedules,
    topics,
)
from labkit.sandbox.services.cloudformation.handling import (
    Check,
    Finish,
    Handlers,
    checked,
    finished,
)


@dataclass(frozen=True)
class ResourceType:
    """What a service of ours does for one type of resource.

    Attributes
    ----------
    check
        Looks at a resource before it is made and, if `checks_updates`, before it is changed.
    make
        Returns handlers that stand in for upstream's.
    finish
        Sees a resource through its states.
    """

    check: Check | None = None
    checks_updates: bool = True
    make: Callable[[Handlers], Handlers] | None = None
    finish: Finish | None = None


TYPES = {
    api_gateway.ACCOUNT: ResourceType(make=api_gateway.kept),
    api_gateway.METHOD: ResourceType(finish=api_gateway.finish_method),
    api_gateway.STAGE: ResourceType(finish=api_gateway.finish_stage),
    buckets.BUCKET: ResourceType(make=buckets.deleted_empty, finish=buckets.finish),
    budgets.RESOURCE: ResourceType(make=lambda _: budgets.HANDLERS),
    deployments.ALIAS: ResourceType(make=deployments.shifted),
    deployments.APPLICATION: ResourceType(make=deployments.application),
    deployments.CONFIGURATION: ResourceType(make=deployments.configuration),
    deployments.GROUP: ResourceType(make=deployments.group),
    functions.FUNCTION: ResourceType(
        check=functions.check_function,
        make=functions.updated_while_it_serves,
        finish=functions.finish_function,
    ),
    functions.MAPPING: ResourceType(
        check=functions.check_mapping,
        checks_updates=False,
        make=functions.with_states,
        finish=functions.finish_mapping,
    ),
    nested_stacks.STACK: ResourceType(make=nested_stacks.handlers),
    rest_apis.REST_API: ResourceType(make=rest_apis.updated_in_place),
    roles.ROLE: ResourceType(finish=roles.bound),
    schedules.RULE: ResourceType(check=schedules.check_rule),
    schedules.SCHEDULE: ResourceType(make=schedules.handlers),
    topics.TOPIC: ResourceType(check=topics.check, finish=topics.finish),
}


def complete(table: dict[str, Handlers]) -> dict[str, Handlers]:
    """Complete upstream's table of handlers, which all of it shares, and return it."""
    for name in {*TYPES, *rights.ASKS, *properties.REQUIRED, *attributes.TYPES & table.keys()}:
        table[name] = _handlers(name, table.get(name, {}))
    return table


def _handlers(name: str, handlers: Handlers) -> Handlers:
    ours = TYPES.get(name, ResourceType())
    if ours.make is not None:
        handlers = ours.make(handlers)
    if ours.finish is not None:
        handlers = finished(handlers, ours.finish)
    if name in attributes.TYPES:
        handlers = attributes.with_properties(handlers)
    if ours.check is not None:
        handlers = checked(handlers, ours.check, updates=ours.checks_updates)
    if name in rights.ASKS:
        handlers = rights.guarded(name, handlers)
    if name in properties.REQUIRED:
        handlers = checked(handlers, partial(properties.check, name))
    return handlers
