"""A stack's events, told as CloudFormation tells them.

In an update, MiniStack tells of all that it looks at, calls what is new updated, and deletes what
is left over without a word. CloudFormation tells of what changes; twice of a resource that it
makes, when it begins and when the resource has its physical id; and it deletes what is left over in
a phase of its own, after the update is done.
Source: CloudFormation User Guide, "View stack information" and "Stack status codes"
(UPDATE_COMPLETE_CLEANUP_IN_PROGRESS); the order of the events as AWS answers them.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from labkit.sandbox.services.cloudformation import after_rollback, protection, stack_options
from labkit.sandbox.upstream.cloudformation import cloudformation, stacks

STACK = "AWS::CloudFormation::Stack"

UNCHANGED = "_labkit_unchanged"
"""Key in MiniStack's record of a stack: what the update under way leaves alone, by logical id, with
the state that it was in and since when."""

ADDED = "_labkit_added"
"""Likewise: logical ids that the update under way has added."""

UPDATING, CLEANING_UP = "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"

ASKED_FOR = tuple(f"{what}_IN_PROGRESS" for what in ("REVIEW", "CREATE", "UPDATE", "DELETE"))
"""States of a stack that a request brings it to."""

INITIATED = "Resource creation Initiated"

Properties = dict[str, Any]


def update_resource(
    upstream: Any, resource_type: str, physical_id: str, old_props: Any, new_props: Any,
    stack_name: str, logical_id: str | None = None, old_attrs: Any = None,
) -> Any:  # fmt: skip
    """Update a resource, and note one that the update leaves alone."""
    stack = cloudformation._stacks.get(stack_name)
    if stack is not None and old_props == new_props:
        before = (stack.get("_resources") or {}).get(logical_id) or {}
        kept = {name: before[name] for name in ("ResourceStatus", "Timestamp") if name in before}
        stack.setdefault(UNCHANGED, {})[logical_id] = kept
    elif stack is not None and logical_id:
        _describe_last(stack, logical_id, new_props, physical_id)
        protection.check_change(stack, logical_id, resource_type, old_props, new_props)
    return upstream(
        resource_type, physical_id, old_props, new_props, stack_name, logical_id, old_attrs
    )


def provision_resource(
    upstream: Any, resource_type: str, logical_id: str, props: Properties, stack_name: str
) -> tuple[str, Any]:
    """Make a resource, and tell when it has its physical id."""
    stack = cloudformation._stacks.get(stack_name)
    if stack is not None:
        _describe_last(stack, logical_id, props)
    made: tuple[str, Any] = upstream(resource_type, logical_id, props, stack_name)
    if stack is not None:
        status = "CREATE_IN_PROGRESS"
        named = stack["StackId"], stack_name, logical_id, resource_type
        stacks._add_event(*named, status, INITIATED, made[0])
        _describe_last(stack, logical_id, props)
    return made


def delete_resource(
    upstream: Any, resource_type: str, physical_id: str, props: Properties,
    stack_name: str | None = None, logical_id: str | None = None,
) -> None:  # fmt: skip
    """Delete a resource; what an update leaves over is deleted when the update is done."""
    stack = cloudformation._stacks.get(stack_name) if stack_name else None
    left_over = stack is not None and stack["StackStatus"] in (UPDATING, CLEANING_UP)
    if not left_over or stack is None:
        upstream(resource_type, physical_id, props, stack_name, logical_id)
        return
    _begin_to_clean_up(stack)
    named = stack["StackId"], stack_name, logical_id, resource_type
    stacks._add_event(*named, "DELETE_IN_PROGRESS", physical_id=physical_id)
    upstream(resource_type, physical_id, props, stack_name, logical_id)
    stacks._add_event(*named, "DELETE_COMPLETE", physical_id=physical_id)


def add_event(
    upstream: Any, stack_id: str, stack_name: str, logical_id: str, resource_type: str,
    status: str, *more: Any, **named: Any,
) -> None:  # fmt: skip
    """Note an event, but none of a resource that the update leaves alone."""
    stack = cloudformation._stacks.get(stack_name) or {}
    if logical_id == stack_name and status in ASKED_FOR and not (more or named.get("reason")):
        named["reason"] = "User Initiated"
    if logical_id in stack.get(UNCHANGED, {}):
        stack.get("_resources", {}).get(logical_id, {}).update(stack[UNCHANGED].pop(logical_id))
        _forget_last(cloudformation._stack_events.get(stack_id) or [], logical_id)
        return
    if logical_id == stack_name:
        _note_of_the_stack(stack, status)
    else:
        status = _status(stack, logical_id, status)
    upstream(stack_id, stack_name, logical_id, resource_type, status, *more, **named)
    event = cloudformation._stack_events[stack_id][-1]
    _put_after(event, cloudformation._stack_events[stack_id][-2:-1])
    if properties := _properties(stack, logical_id):
        event["_properties"] = properties
    if stack:
        after_rollback.note(stack, event)
        stack_options.tell(stack, event)


def _put_after(event: dict[str, Any], before: list[dict[str, Any]]) -> None:
    """Give an event a later time than the one before it, so that who sorts them has their order."""
    for other in before:
        if event["Timestamp"] <= other["Timestamp"]:
            time = datetime.fromisoformat(other["Timestamp"]) + timedelta(milliseconds=1)
            event["Timestamp"] = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _note_of_the_stack(stack: dict[str, Any], status: str) -> None:
    if status == UPDATING:
        stack[ADDED] = []
    elif status == "UPDATE_COMPLETE":
        _begin_to_clean_up(stack)


def _begin_to_clean_up(stack: dict[str, Any]) -> None:
    """Tell that an update is done but for what it leaves over, unless that was told before."""
    events = cloudformation._stack_events.get(stack["StackId"]) or []
    own = (event for event in reversed(events) if event["ResourceType"] == STACK)
    last = next((e for e in own if e["LogicalResourceId"] == stack["StackName"]), None)
    if last is None or last["ResourceStatus"] != UPDATING:
        return
    if stack["StackStatus"] == UPDATING:
        stack["StackStatus"] = CLEANING_UP
    named = stack["StackId"], stack["StackName"], stack["StackName"], STACK
    stacks._add_event(*named, CLEANING_UP, physical_id=stack["StackId"])


def _status(stack: dict[str, Any], logical_id: str, status: str) -> str:
    """Return what a resource's event says: one that an update adds is created."""
    resources = stack.get("_resources") or {}
    added = stack.setdefault(ADDED, [])
    if status == UPDATING and stack.get("StackStatus") == UPDATING and logical_id not in resources:
        added.append(logical_id)
    if logical_id not in added or not status.startswith("UPDATE_"):
        return status
    created = status.replace("UPDATE_", "CREATE_")
    if logical_id in resources:
        resources[logical_id]["ResourceStatus"] = created
    return created


def _properties(stack: dict[str, Any], logical_id: str) -> str:
    record = (stack.get("_resources") or {}).get(logical_id)
    return _as_text(record["Properties"]) if record and record.get("Properties") else ""


def _describe_last(
    stack: dict[str, Any], logical_id: str, props: Properties, physical_id: str = ""
) -> None:
    """Give a resource's newest event its properties, and its physical id where that is known."""
    for event in reversed(cloudformation._stack_events.get(stack["StackId"]) or []):
        if event["LogicalResourceId"] == logical_id:
            event["_properties"] = _as_text(props)
            event["PhysicalResourceId"] = event["PhysicalResourceId"] or physical_id
            return


def _as_text(properties: Properties) -> str:
    """Write a resource's properties as an event has them: without CloudFormation's own tags."""
    tags = properties.get("Tags")
    given = properties
    if isinstance(tags, list):
        own = [tag for tag in tags if not str(tag.get("Key", "")).startswith("aws:")]
        given = {name: value for name, value in properties.items() if name != "Tags"}
        given |= {"Tags": own} if own else {}
    return json.dumps(given, separators=(",", ":"), default=str)


def _forget_last(events: list[dict[str, Any]], logical_id: str) -> None:
    """Take back the event that said that the resource's update had begun."""
    for event in reversed(events):
        if event["LogicalResourceId"] == logical_id:
            events.remove(event)
            return
