"""What CloudFormation does before it creates or updates a resource, and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ministack.services.cloudformation import provisioners

from labkit.sandbox import seams

Properties = dict[str, Any]
Check = Callable[[str, Properties], None]
"""Takes the resource's name and properties and raises ValueError with the reason to fail it."""

_MODULE = provisioners.__name__
_TABLE = "_RESOURCE_HANDLERS"


def check_before(resource_type: str, check: Check, *, updates: bool = True) -> None:
    """Let `check` look at every resource of a type before it is created, and updated.

    Raises
    ------
    labkit.sandbox.seams.SeamError
        If MiniStack's table of handlers has no such type any more.
    """
    handlers = seams.use(_MODULE, _TABLE, like="dict").get(resource_type, {})

    def create(logical_id: str, properties: Properties, stack_name: str, *more: Any) -> Any:
        check(logical_id, properties)
        return handlers["create"](logical_id, properties, stack_name, *more)

    def update(physical_id: str, old: Properties, new: Properties, *more: Any) -> Any:
        check(physical_id, new)
        return handlers["update"](physical_id, old, new, *more)

    checked = handlers | {"create": create}
    if updates and "update" in handlers:
        checked["update"] = update
    seams.replace_item(_MODULE, _TABLE, resource_type, checked)


def await_after_update(resource_type: str, await_it: Callable[[str], None]) -> None:
    """Let `await_it` finish every update of a type; it takes the resource's physical id."""
    handlers = seams.use(_MODULE, _TABLE, like="dict").get(resource_type, {})

    def update(physical_id: str, *more: Any) -> Any:
        updated = handlers["update"](physical_id, *more)
        await_it(updated[0])
        return updated

    seams.replace_item(_MODULE, _TABLE, resource_type, handlers | {"update": update})


def failed(message: str) -> ValueError:
    """Return what fails a resource with a service's `message`, worded as CloudFormation does."""
    return ValueError(
        f'Resource handler returned message: "{message}" (HandlerErrorCode: InvalidRequest)'
    )
