"""An update's events: only of resources that it changes.

MiniStack leaves alone what an update does not change, as AWS does, but tells of it as of an update.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.upstream.cloudformation import cloudformation

UNCHANGED = "_labkit_unchanged"
"""Key in MiniStack's record of a stack: logical ids that the update under way leaves alone."""


def update_resource(
    upstream: Any, resource_type: str, physical_id: str, old_props: Any, new_props: Any,
    stack_name: str, logical_id: str | None = None, old_attrs: Any = None,
) -> Any:  # fmt: skip
    """Update a resource, and note one that the update leaves alone."""
    stack = cloudformation._stacks.get(stack_name)
    if stack is not None and old_props == new_props:
        stack.setdefault(UNCHANGED, []).append(logical_id)
    return upstream(
        resource_type, physical_id, old_props, new_props, stack_name, logical_id, old_attrs
    )


def add_event(
    upstream: Any, stack_id: str, stack_name: str, logical_id: str, *more: Any, **named: Any
) -> None:
    """Note an event, but none of a resource that the update leaves alone."""
    unchanged = (cloudformation._stacks.get(stack_name) or {}).get(UNCHANGED, [])
    if logical_id not in unchanged:
        upstream(stack_id, stack_name, logical_id, *more, **named)
        return
    unchanged.remove(logical_id)
    _forget_last(cloudformation._stack_events.get(stack_id) or [], logical_id)


def _forget_last(events: list[dict[str, Any]], logical_id: str) -> None:
    """Take back the event that said that the resource's update had begun."""
    for event in reversed(events):
        if event["LogicalResourceId"] == logical_id:
            events.remove(event)
            return
