"""Where a build's log goes: a group of CloudWatch Logs, written with the build's role.

Source: CodeBuild User Guide, "View build details" and "Create a CodeBuild service role".
"""

from __future__ import annotations

import contextlib
import json
import uuid

from labkit.sandbox.gateway.as_role import FailedError
from labkit.sandbox.services.codebuild.as_role import ask
from labkit.sandbox.services.codebuild.records import Build, Info

MOST_EVENTS = 1_000
"""Lines that are written at a time; CloudWatch Logs takes 10,000 (PutLogEvents)."""


def place(project: Info, number: uuid.UUID) -> Info:
    """Return where the log of a build goes, as the API describes it."""
    settings = (project.get("logsConfig") or {}).get("cloudWatchLogs") or {"status": "ENABLED"}
    group = settings.get("groupName") or f"/aws/codebuild/{project['name']}"
    start = settings.get("streamName")
    stream = f"{start}/{number}" if start else str(number)
    return {"cloudWatchLogs": settings, "groupName": group, "streamName": stream}


async def begin(build: Build) -> None:
    """Make the stream that a build's log goes to.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If the role does not allow it.
    """
    if not _is_kept(build):
        return
    group, stream = (build.info["logs"][key] for key in ("groupName", "streamName"))
    try:
        with contextlib.suppress(_ExistsError):
            await _make(build, "CreateLogGroup", logGroupName=group)
        await _make(build, "CreateLogStream", logGroupName=group, logStreamName=stream)
    except FailedError as error:
        raise FailedError(
            "ACCESS_DENIED",
            f"Service role {build.role} does not allow AWS CodeBuild to create Amazon CloudWatch "
            f"Logs log streams for build {build.info['arn']}. Error message: {error}",
        ) from None
    build.info["_logs"] = True


async def deliver(build: Build) -> None:
    """Write what a build has said, as far as its role allows that."""
    if not build.info.get("_logs"):
        return
    group, stream = (build.info["logs"][key] for key in ("groupName", "streamName"))
    events = [{"timestamp": int(at * 1000), "message": text or " "} for at, text in build.log]
    for first in range(0, len(events), MOST_EVENTS):
        with contextlib.suppress(FailedError):
            await ask(
                build, "logs", "PutLogEvents", logGroupName=group, logStreamName=stream,
                logEvents=events[first : first + MOST_EVENTS],
            )  # fmt: skip


async def secret(build: Build, reference: str) -> str:
    """Return the secret that ``secret-id:json-key`` names.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If the role does not allow it, or there is none.
    """
    identifier, _, key = reference.partition(":")
    answer = await ask(build, "secretsmanager", "GetSecretValue", SecretId=identifier)
    text = str(answer["SecretString"])
    return str(json.loads(text)[key.partition(":")[0]]) if key else text


class _ExistsError(Exception):
    """What was to be made is there."""


async def _make(build: Build, operation: str, **names: str) -> None:
    try:
        await ask(build, "logs", operation, **names)
    except FailedError as error:
        if "AlreadyExists" in str(error):
            raise _ExistsError from None
        raise


def _is_kept(build: Build) -> bool:
    return bool(build.info["logs"]["cloudWatchLogs"].get("status") == "ENABLED")
