"""What a pipeline asks of other services, with its role or an action's own."""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.as_role import Worker
from labkit.sandbox.services.codepipeline.declarations import PRINCIPAL
from labkit.sandbox.services.codepipeline.records import ActionRun, Execution

DENIED = "PermissionError"


async def ask(
    execution: Execution, run: ActionRun, service: str, operation: str, **parameters: Any
) -> Any:
    """Call another service for an action; a body that is streamed is read.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If the role cannot be assumed, or the call is refused.
    """
    worker = Worker(
        run.declared.get("roleArn") or execution.pipeline["roleArn"],
        PRINCIPAL,
        execution.id,
        execution.place[1],
        untrusted=DENIED,
        denied=DENIED,
        refused="JobFailed",
    )
    return await worker.ask(service, operation, parameters)
