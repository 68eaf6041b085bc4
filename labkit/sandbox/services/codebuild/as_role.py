"""What a build asks of other services, with its own role."""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway import role_sessions
from labkit.sandbox.gateway.as_role import Worker
from labkit.sandbox.services.codebuild.projects import PRINCIPAL
from labkit.sandbox.services.codebuild.records import Build

REFUSED = "CLIENT_ERROR"


async def ask(build: Build, service: str, operation: str, **parameters: Any) -> Any:
    """Call another service with a build's role; a body that is streamed is read.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If the role cannot be assumed, or the call is refused.
    """
    worker = Worker(
        build.role,
        PRINCIPAL,
        _session(build),
        build.place[1],
        untrusted="ACCESS_DENIED",
        denied=REFUSED,
        refused=REFUSED,
    )
    return await worker.ask(service, operation, parameters)


def environment(build: Build) -> dict[str, str]:
    """Return the credentials of a build's role as the environment variables that SDKs read."""
    return role_sessions.environment(build.role, _session(build), build.place[1])


def _session(build: Build) -> str:
    return f"AWSCodeBuild-{build.info['id'].rpartition(':')[2]}"
