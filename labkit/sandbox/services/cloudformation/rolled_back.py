"""What a stack's state forbids: to change one that was rolled back, to delete one in mid-update.

A stack whose creation was rolled back keeps its name, and can only be deleted. MiniStack lets its
name be taken again, and change sets be made for it; and it deletes a stack while it updates it.
Source: CloudFormation User Guide, "Stack status codes" (ROLLBACK_COMPLETE); the wording as AWS
answers it.
"""

from __future__ import annotations

from labkit.sandbox.gateway.errors import AwsError, ValidationError
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.upstream.cloudformation import handlers

ROLLED_BACK = "ROLLBACK_COMPLETE"


def check(request: Request) -> None:
    """Check that a stack that is created or changed was not rolled back.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If it was.
    """
    stack = handlers._resolve_stack(request.form.text("StackName"))
    if stack is None or stack["StackStatus"] != ROLLED_BACK:
        return
    name = stack["StackName"]
    if request.operation == "CreateStack":
        raise AwsError(f"Stack [{name}] already exists", "AlreadyExistsException")
    if request.form.text("ChangeSetType") == "CREATE":
        raise ValidationError(
            f"Stack [{name}] already exists and cannot be created again with the changeSet "
            f"[{request.form.text('ChangeSetName')}]."
        )
    raise ValidationError(
        f"Stack:{stack['StackId']} is in {ROLLED_BACK} state and can not be updated."
    )


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
