"""What a stack's state forbids: to change one that is at work or gone, to delete one in mid-update.

A stack whose creation was rolled back keeps its name, and can only be deleted. MiniStack lets its
name be taken again, and change sets be made for it; and it deletes a stack while it updates it.
Source: CloudFormation User Guide, "Stack status codes" (ROLLBACK_COMPLETE); the wording as AWS
answers it.
"""

from __future__ import annotations

from labkit.sandbox.gateway.errors import AwsError, ValidationError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.cloudformation import stack_names
from labkit.sandbox.upstream.cloudformation import handlers

ROLLED_BACK, IN_REVIEW = "ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"


NOT_TO_UPDATE = (
    *("DELETE_COMPLETE", "DELETE_FAILED", ROLLED_BACK, "ROLLBACK_FAILED"),
    "UPDATE_ROLLBACK_FAILED",
)
"""States beside those in progress in which a stack cannot be updated."""


def check(request: Request) -> None:
    """Check that a stack is in a state in which it can be created or changed.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it is not.
    """
    given = request.form.text("StackName")
    stack = stack_names.found(given)
    if stack is None:
        return
    status, kind = stack["StackStatus"], request.form.text("ChangeSetType") or "UPDATE"
    if request.operation == "CreateStack":
        if status == ROLLED_BACK:
            raise AwsError(f"Stack [{given}] already exists", "AlreadyExistsException")
    elif kind == "CREATE" and status != IN_REVIEW:
        raise ValidationError(
            f"Stack [{given}] already exists and cannot be created again with the changeSet "
            f"[{request.form.text('ChangeSetName')}]."
        )
    elif kind == "UPDATE" and not _is_settled(status):
        raise ValidationError(
            f"Stack:{stack['StackId']} is in {status} state and can not be updated."
        )


def _is_settled(status: str) -> bool:
    """Tell whether a stack in this state can be updated, as far as MiniStack does not say."""
    at_work = status.endswith("_IN_PROGRESS") and status != IN_REVIEW
    return status not in NOT_TO_UPDATE and not at_work


def check_deleted(request: Request) -> None:
    """Check that a stack that is to be deleted is not being updated.

    Raises
    ------
    labkit.sandbox.gateway.errors.ValidationError
        If it is.
    """
    stack = handlers._resolve_stack(request.form.text("StackName"))
    status = "" if stack is None else str(stack["StackStatus"])
    if stack is not None and status.startswith("UPDATE_") and status.endswith("_IN_PROGRESS"):
        raise ValidationError(
            f"Stack [{stack['StackId']}] cannot be deleted while in status {status}"
        )
