"""What a pipeline asks of other services, with its role or an action's own."""

from __future__ import annotations

import asyncio
from typing import Any

from labkit.sandbox.gateway import role_sessions
from labkit.sandbox.services.codepipeline.declarations import PRINCIPAL
from labkit.sandbox.services.codepipeline.records import ActionRun, Execution


class FailedError(Exception):
    """An action fails.

    Parameters
    ----------
    code
        As GetPipelineState's ``errorDetails`` names it.
    message
        What it says there.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


async def ask(
    execution: Execution, run: ActionRun, service: str, operation: str, **parameters: Any
) -> Any:
    """Call another service for an action; a body that is streamed is read.

    Raises
    ------
    FailedError
        If the role cannot be assumed, or the call is refused.
    """
    role = run.declared.get("roleArn") or execution.pipeline["roleArn"]
    call = (service, operation, parameters)
    return await asyncio.to_thread(_ask, role, execution.id, execution.place[1], call)


def _ask(role: str, session: str, region: str, call: tuple[str, str, Any]) -> Any:
    from botocore.exceptions import ClientError

    try:
        answer = role_sessions.call(role, PRINCIPAL, session, region, call)
    except role_sessions.NotTrustedError as error:
        raise FailedError("PermissionError", str(error)) from None
    except ClientError as error:
        denied = "not authorized" in str(error) or "AccessDenied" in str(error)
        raise FailedError("PermissionError" if denied else "JobFailed", str(error)) from None
    if call[1] == "GetObject":
        answer["Body"] = answer["Body"].read()
    return answer
