"""What a stack that is gone, or was rolled back, still lists: its resources, `DELETE_COMPLETE`.

MiniStack forgets a resource once it is deleted. CloudFormation lists the resources of a stack whose
creation was rolled back until the stack is deleted, and those of a deleted stack for 90 days.
Source: CloudFormation API Reference, ListStackResources and DescribeStackResources ("for deleted
stacks, … up to 90 days after the stack has been deleted").
"""

from __future__ import annotations

from typing import Any

GONE = "_labkit_gone"
"""Key in MiniStack's record of a stack: records of resources that were deleted, by logical id."""

ENDS = ("CREATE_FAILED", "DELETE_COMPLETE", "ROLLBACK_COMPLETE")
"""States in which a stack lists resources that are gone, or were never there."""


def note(stack: dict[str, Any], event: dict[str, Any]) -> None:
    """Keep a resource of a failed creation, or of a stack that goes, when its event says so."""
    if event["LogicalResourceId"] == event["StackName"]:
        _note_of_the_stack(stack, event["ResourceStatus"])
    elif event["ResourceStatus"] in ("CREATE_FAILED", "DELETE_COMPLETE"):
        stack.setdefault(GONE, {})[event["LogicalResourceId"]] = {
            "LogicalResourceId": event["LogicalResourceId"],
            "PhysicalResourceId": event["PhysicalResourceId"],
            "ResourceType": event["ResourceType"],
            "ResourceStatus": event["ResourceStatus"],
            "Timestamp": event["Timestamp"],
        }


def listed(stack: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a stack lists beside the resources that it has; nothing if it lives."""
    gone: dict[str, Any] = stack.get(GONE, {}) if stack.get("StackStatus") in ENDS else {}
    return [one for name, one in gone.items() if name not in stack["_resources"]]


def _note_of_the_stack(stack: dict[str, Any], status: str) -> None:
    if status in ("UPDATE_IN_PROGRESS", "CREATE_COMPLETE"):
        stack[GONE] = {}
    elif status in ("ROLLBACK_COMPLETE", "DELETE_COMPLETE"):
        for record in stack.get(GONE, {}).values():
            record["ResourceStatus"] = "DELETE_COMPLETE"
