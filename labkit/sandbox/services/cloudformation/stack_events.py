"""An update's events: only of resources that it changes.

MiniStack leaves alone what an update does not change, as AWS does, but tells of it as of an update.
The seams are its update of one resource and its note of one event.
"""

from __future__ import annotations

from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import stacks

from labkit.sandbox.upstream import seams

UNCHANGED = "_labkit_unchanged"
"""Key in MiniStack's record of a stack: logical ids that the update under way leaves alone."""

UPDATE = (
    "(resource_type, physical_id, old_props, new_props, stack_name, logical_id=None, "
    "old_attrs=None)"
)
EVENT = (
    "(stack_id, stack_name, logical_id, resource_type, status, reason='', physical_id='', "
    "detailed_status='')"
)


def install() -> None:
    """Take both seams."""
    _notice()
    _leave_out()


def _notice() -> None:
    def update(
        resource_type: str, physical_id: str, old_props: Any, new_props: Any, stack_name: str,
        logical_id: str | None = None, old_attrs: Any = None,
    ) -> Any:  # fmt: skip
        stack = cloudformation._stacks.get(stack_name)
        if stack is not None and old_props == new_props:
            stack.setdefault(UNCHANGED, []).append(logical_id)
        return upstream(
            resource_type, physical_id, old_props, new_props, stack_name, logical_id, old_attrs
        )

    upstream = seams.replace(stacks.__name__, "_update_resource", update, like=UPDATE)


def _leave_out() -> None:
    def add(stack_id: str, stack_name: str, logical_id: str, *more: Any, **named: Any) -> None:
        unchanged = (cloudformation._stacks.get(stack_name) or {}).get(UNCHANGED, [])
        if logical_id not in unchanged:
            upstream(stack_id, stack_name, logical_id, *more, **named)
            return
        unchanged.remove(logical_id)
        _forget_last(cloudformation._stack_events.get(stack_id) or [], logical_id)

    upstream = seams.replace(stacks.__name__, "_add_event", add, like=EVENT)


def _forget_last(events: list[dict[str, Any]], logical_id: str) -> None:
    """Take back the event that said that the resource's update had begun."""
    for event in reversed(events):
        if event["LogicalResourceId"] == logical_id:
            events.remove(event)
            return
