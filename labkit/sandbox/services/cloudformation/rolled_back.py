"""A stack whose creation was rolled back keeps its name, and can only be deleted.

MiniStack lets its name be taken again, and change sets be made for it. The seams are the operations
that create and update.
Source: CloudFormation User Guide, "Stack status codes" (ROLLBACK_COMPLETE); the wording as AWS
answers it.
"""

from __future__ import annotations

from typing import Any

from ministack.services.cloudformation import handlers

from labkit.sandbox.upstream import seams

ROLLED_BACK = "ROLLBACK_COMPLETE"

Parameters = dict[str, Any]


def install() -> None:
    """Take CreateStack, UpdateStack and CreateChangeSet."""
    for operation in ("CreateStack", "UpdateStack", "CreateChangeSet"):
        _refuse(operation)


def _refuse(operation: str) -> None:
    def handle(params: Parameters) -> Any:
        stack = handlers._resolve_stack(handlers._p(params, "StackName"))
        if stack is None or stack["StackStatus"] != ROLLED_BACK:
            return upstream(params)
        return handlers._error(*_refusal(operation, params, stack))

    upstream = seams.replace_item(handlers.__name__, "_ACTION_HANDLERS", operation, handle)


def _refusal(operation: str, params: Parameters, stack: dict[str, Any]) -> tuple[str, str]:
    """Return the error's code and message."""
    name = stack["StackName"]
    if operation == "CreateStack":
        return "AlreadyExistsException", f"Stack [{name}] already exists"
    if handlers._p(params, "ChangeSetType") == "CREATE":
        change_set = handlers._p(params, "ChangeSetName")
        return "ValidationError", (
            f"Stack [{name}] already exists and cannot be created again with the changeSet "
            f"[{change_set}]."
        )
    return (
        "ValidationError",
        f"Stack:{stack['StackId']} is in {ROLLED_BACK} state and can not be updated.",
    )
