"""What CloudFormation does before it creates, updates or deletes a resource, and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Properties = dict[str, Any]
Handlers = dict[str, Any]
"""What makes and removes resources of a type: ``create``, ``delete``, and mostly ``update``."""

Check = Callable[[str, Properties], None]
"""Takes the resource's name and properties and raises ValueError with the reason to fail it."""

Finish = Callable[[str, Properties, bool], None]
"""Takes the resource's physical id, its properties, and whether it is new; returns when the
resource is as CloudFormation wants it before it goes on to the next."""


def checked(handlers: Handlers, check: Check, *, updates: bool = True) -> Handlers:
    """Return handlers that let `check` look at a resource before it is created, and updated."""

    def create(logical_id: str, properties: Properties, stack_name: str, *more: Any) -> Any:
        check(logical_id, properties)
        return handlers["create"](logical_id, properties, stack_name, *more)

    def update(physical_id: str, old: Properties, new: Properties, *more: Any) -> Any:
        check(physical_id, new)
        return handlers["update"](physical_id, old, new, *more)

    more = {"update": update} if updates and "update" in handlers else {}
    return handlers | {"create": create} | more


def finished(handlers: Handlers, finish: Finish) -> Handlers:
    """Return handlers that let `finish` go on where a resource has been created or updated."""

    def create(logical_id: str, properties: Properties, *more: Any) -> Any:
        created = handlers["create"](logical_id, properties, *more)
        finish(created[0], properties, True)
        return created

    def update(physical_id: str, old: Properties, new: Properties, *more: Any) -> Any:
        updated = handlers["update"](physical_id, old, new, *more)
        finish(updated[0], new, False)
        return updated

    return handlers | {"create": create, "update": update}


def failed(message: str) -> ValueError:
    """Return what fails a resource with a service's `message`, worded as CloudFormation does."""
    return ValueError(
        f'Resource handler returned message: "{message}" (HandlerErrorCode: InvalidRequest)'
    )
