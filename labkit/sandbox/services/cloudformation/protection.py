"""Updates that a stack's policy forbids: they fail, and are rolled back.

Source: CloudFormation User Guide, "Prevent updates to stack resources".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.services.cloudformation import stack_policies
from labkit.sandbox.upstream.cloudformation import stacks

Members = dict[str, Any]


def check_change(
    stack: Members, logical_id: str, resource_type: str, old: Members, new: Members
) -> None:
    """Check that an update may change a resource; what undoes one may.

    Raises
    ------
    ValueError
        With what AWS says, if the stack's policy forbids it.
    """
    if stack["StackStatus"] != "UPDATE_IN_PROGRESS":
        return
    replaced = stacks._replacing_change(resource_type, old, new)
    action = stack_policies.REPLACE if replaced else stack_policies.MODIFY
    if reason := stack_policies.denial(stack, action, logical_id, resource_type):
        raise ValueError(reason)


async def refuse_removal(
    stack: Members, template: Members, params: Members, tags: Any, previous: Members,
    disable_rollback: bool,
) -> bool:  # fmt: skip
    """Fail an update that would remove what the stack's policy protects; tell whether it did."""
    kept = template.get("Resources") or {}
    conditions = stack["_conditions"]
    for logical_id, record in (previous.get("_resources") or {}).items():
        if logical_id in kept and conditions.get(kept[logical_id].get("Condition"), True):
            continue
        kind = record["ResourceType"]
        reason = stack_policies.denial(stack, stack_policies.DELETE, logical_id, kind)
        if not reason:
            continue
        named = stack["StackId"], stack["StackName"]
        physical_id = record["PhysicalResourceId"]
        stacks._add_event(*named, logical_id, kind, "UPDATE_FAILED", reason, physical_id)
        failed = logical_id, kind, physical_id, None, None, None
        operation = stacks._failed_operation(
            True, previous, [], failed, logical_id, [], False, template, params, False, tags,
            previous.get("Tags") or [],
        )  # fmt: skip
        if disable_rollback:
            stack |= {"StackStatus": "UPDATE_FAILED", "StackStatusReason": reason}
            stack["_failed_operation"] = operation
            kind, status = "AWS::CloudFormation::Stack", "UPDATE_FAILED"
            stacks._add_event(*named, stack["StackName"], kind, status, reason, stack["StackId"])
        else:
            await stacks._roll_back_operation(
                stack["StackName"], stack["StackId"], stack, operation
            )
        return True
    return False
