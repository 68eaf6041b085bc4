"""The role of a stack: with one, CloudFormation makes resources with its rights and no others.

MiniStack takes the parameter and does nothing with it.
Source: CloudFormation User Guide, "CloudFormation service role"; API Reference, `RoleARN` of
CreateStack ("CloudFormation always uses this role for all future operations on the stack").
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.gateway.errors import AccessDenied, ValidationError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.upstream.cloudformation import cloudformation, handlers

ROLE = "RoleARN"
"""The parameter, and the key under which records of stacks and change sets keep it."""

DELETED = "DELETE_COMPLETE"

operating: ContextVar[str] = ContextVar("role", default="")
"""The role of the stack's operation that this context runs; empty if it has none."""


def given(request: Request) -> str:
    """Return the role that a request hands over, which its caller must be allowed to.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If the caller may not hand it over, or CloudFormation cannot assume it.
    """
    role: str = request.form.text(ROLE)
    if not role:
        return ""
    service = permissions.CLOUDFORMATION
    passed = {"iam:PassedToService": service}
    if reason := permissions.caller_denied("iam:PassRole", role, passed):
        raise AccessDenied(reason)
    if not permissions.role_trusts(role, service):
        raise ValidationError(f"Role {role} is invalid or cannot be assumed")
    return role


def of_the_stack(request: Request) -> str:
    """Return the role that the stack of a request was last given; empty without one.

    A stack that is deleted hands nothing on to one that gets its name.
    """
    stack = handlers._resolve_stack(request.form.text("StackName")) or {}
    return "" if stack.get("StackStatus") == DELETED else str(stack.get(ROLE, ""))


def of_the_change_set(request: Request) -> str:
    """Return the role that a change set was made with; the stack's own without one."""
    named = request.form.text("ChangeSetName"), request.form.text("StackName")
    _, found = change_set(*named)
    return str((found or {}).get(ROLE) or of_the_stack(request))


def change_set(name: str, stack_name: str) -> tuple[str | None, Any]:
    """Return a change set's id and record by its name or id; None and None if there is none."""
    stack = handlers._resolve_stack(stack_name) if stack_name else None
    for identifier, one in cloudformation._change_sets.items():
        its = stack is None or one["StackId"] == stack["StackId"]
        if identifier == name or (one["ChangeSetName"] == name and its):
            return identifier, one
    return None, None


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    """Let the operation that begins inside have the rights of `role`."""
    token = operating.set(role)
    try:
        yield
    finally:
        operating.reset(token)


def remember(stack_name: str, role: str) -> None:
    """Keep a stack's role for its next operations, and for who asks for the stack."""
    stack = handlers._resolve_stack(stack_name)
    if stack is not None and role:
        stack[ROLE] = role
