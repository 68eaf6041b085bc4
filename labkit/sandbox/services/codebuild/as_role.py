"""What a build asks of other services, with its own role."""

from __future__ import annotations

import asyncio
from typing import Any

from labkit.sandbox.gateway import role_sessions
from labkit.sandbox.services.codebuild.projects import PRINCIPAL
from labkit.sandbox.services.codebuild.records import Build


class FailedError(Exception):
    """A phase of a build fails.

    Parameters
    ----------
    code
        As the phase's context names it.
    message
        What it says there.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


async def ask(build: Build, service: str, operation: str, **parameters: Any) -> Any:
    """Call another service with a build's role; a body that is streamed is read.

    Raises
    ------
    FailedError
        If the role cannot be assumed, or the call is refused.
    """
    return await asyncio.to_thread(_ask, build, service, operation, parameters)


def _ask(build: Build, service: str, operation: str, parameters: dict[str, Any]) -> Any:
    from botocore.exceptions import ClientError

    _, region = build.place
    session = f"AWSCodeBuild-{build.info['id'].rpartition(':')[2]}"
    call = (service, operation, parameters)
    try:
        answer = role_sessions.call(build.role, PRINCIPAL, session, region, call)
    except role_sessions.NotTrustedError as error:
        raise FailedError("ACCESS_DENIED", str(error)) from None
    except ClientError as error:
        raise FailedError("CLIENT_ERROR", str(error)) from None
    if operation == "GetObject":
        answer["Body"] = answer["Body"].read()
    return answer


def environment(build: Build) -> dict[str, str]:
    """Return the credentials of a build's role as the environment variables that SDKs read."""
    session = f"AWSCodeBuild-{build.info['id'].rpartition(':')[2]}"
    return role_sessions.environment(build.role, session, build.place[1])
