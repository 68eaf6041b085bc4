"""Stacks by their names and ids: a deleted stack's name is free, and its id remains its own.

MiniStack knows stacks by their names, so that a new one takes the place of a deleted one.
Source: CloudFormation API Reference, DescribeStacks ("Running stacks: you can specify either the
stack's name or its unique stack ID. Deleted stacks: you must specify the unique stack ID"); the
wording as AWS answers it.
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.upstream.cloudformation import cloudformation, handlers

Stack = dict[str, Any]

DELETED = "DELETE_COMPLETE"

MOST_DELETED = 100
"""Deleted stacks of names in use again that are kept; AWS keeps them for 90 days."""


def found(name: str) -> Stack | None:
    """Return the stack of a name or id; None if there is none, or its name is free again."""
    stack: Stack | None = handlers._resolve_stack(name)
    if stack is not None and stack["StackStatus"] == DELETED and name != stack["StackId"]:
        return None
    return stack


def free(name: str) -> None:
    """Keep the deleted stack of this name, if there is one, by its id alone."""
    stacks = cloudformation._stacks
    stack = stacks.get(name)
    if stack is None or stack["StackStatus"] != DELETED or name == stack["StackId"]:
        return
    stacks[stack["StackId"]] = stacks.pop(name)
    kept = [key for key, one in stacks.items() if key == one["StackId"]]
    for identifier in kept[:-MOST_DELETED]:
        del stacks[identifier]
        cloudformation._stack_events.pop(identifier, None)


def of_a_change_set(request: Request) -> Request:
    """Return a request about a change set with its stack's name, where that may be its id.

    Raises
    ------
    labkit.sandbox.gateway.errors.ValidationError
        With what AWS answers, if the stack is not told or there is none.
    """
    name = request.form.text("StackName")
    if name:
        return by_name(request, "Stack [{}] does not exist")
    if not request.form.text("ChangeSetName").startswith("arn:"):
        raise ValidationError(
            "StackName must be specified if ChangeSetName is not specified as an ARN."
        )
    return request


def by_name(request: Request, missing: str) -> Request:
    """Return a request about a stack with the stack's name, where that may be its id.

    Parameters
    ----------
    request
        What is asked.
    missing
        What to answer if there is no such stack, with ``{}`` where its name stands.

    Raises
    ------
    labkit.sandbox.gateway.errors.ValidationError
        With that.
    """
    name = request.form.text("StackName")
    stack = found(name)
    if stack is None:
        raise ValidationError(missing.format(name))
    if name in (stack["StackName"], ""):
        return request
    return request.with_parameters(request.parameters | {"StackName": stack["StackName"]})
