"""What CloudFormation does before it creates, updates or deletes a resource, and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners

from labkit.sandbox.upstream import seams

Properties = dict[str, Any]
Check = Callable[[str, Properties], None]
"""Takes the resource's name and properties and raises ValueError with the reason to fail it."""

Finish = Callable[[str, Properties, bool], None]
"""Takes the resource's physical id, its properties, and whether it is new; returns when the
resource is as CloudFormation wants it before it goes on to the next."""

_MODULE = provisioners.__name__
_TABLE = "_RESOURCE_HANDLERS"


def table_of(resource_type: str) -> dict[str, Any]:
    """Return the handlers of a type: ``create``, ``delete``, and mostly ``update``.

    Raises
    ------
    labkit.sandbox.upstream.seams.SeamError
        If MiniStack has no table of handlers any more.
    """
    handlers: dict[str, Any] = seams.use(_MODULE, _TABLE, like="dict").get(resource_type, {})
    return handlers


def wrap(resource_type: str, **handlers: Callable[..., Any]) -> None:
    """Put other handlers into the place of a type's own.

    Raises
    ------
    labkit.sandbox.upstream.seams.SeamError
        If MiniStack's table of handlers has no such type any more.
    """
    seams.replace_item(_MODULE, _TABLE, resource_type, table_of(resource_type) | handlers)


def check_before(resource_type: str, check: Check, *, updates: bool = True) -> None:
    """Let `check` look at every resource of a type before it is created, and updated."""
    handlers = table_of(resource_type)

    def create(logical_id: str, properties: Properties, stack_name: str, *more: Any) -> Any:
        check(logical_id, properties)
        return handlers["create"](logical_id, properties, stack_name, *more)

    def update(physical_id: str, old: Properties, new: Properties, *more: Any) -> Any:
        check(physical_id, new)
        return handlers["update"](physical_id, old, new, *more)

    wrap(resource_type, create=create)
    if updates and "update" in handlers:
        wrap(resource_type, update=update)


def finish(resource_type: str, finish_it: Finish) -> None:
    """Let `finish_it` go on where MiniStack has created or updated a resource of a type."""
    handlers = table_of(resource_type)

    def create(logical_id: str, properties: Properties, *more: Any) -> Any:
        created = handlers["create"](logical_id, properties, *more)
        finish_it(created[0], properties, True)
        return created

    def update(physical_id: str, old: Properties, new: Properties, *more: Any) -> Any:
        updated = handlers["update"](physical_id, old, new, *more)
        finish_it(updated[0], new, False)
        return updated

    wrap(resource_type, create=create, update=update)


def failed(message: str) -> ValueError:
    """Return what fails a resource with a service's `message`, worded as CloudFormation does."""
    return ValueError(
        f'Resource handler returned message: "{message}" (HandlerErrorCode: InvalidRequest)'
    )
