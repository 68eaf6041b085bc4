"""Artifacts: packages that one action gives out and another takes, kept in the pipeline's bucket.

Source: CodePipeline User Guide, "Input and output artifacts".
"""

from __future__ import annotations

import io
import secrets
import zipfile

from labkit.sandbox.gateway.as_role import FailedError
from labkit.sandbox.services.codepipeline.as_role import ask
from labkit.sandbox.services.codepipeline.records import ActionRun, Execution

SHORT = 20
"""Characters of the pipeline's and the artifact's name that are left in a key."""


async def put(execution: Execution, run: ActionRun, package: bytes) -> None:
    """Keep what an action gives out.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If it cannot be written.
    """
    bucket = execution.pipeline["artifactStore"]["location"]
    for artifact in run.declared.get("outputArtifacts") or []:
        name = artifact["name"]
        folder = f"{execution.pipeline['name'][:SHORT]}/{name[:SHORT]}"
        key = f"{folder}/{secrets.token_urlsafe(5)}.zip"
        await ask(execution, run, "s3", "PutObject", Bucket=bucket, Key=key, Body=package)
        execution.artifacts[name] = bucket, key


async def get(execution: Execution, run: ActionRun, name: str = "") -> bytes:
    """Return the package of an artifact; by default the first that the action takes.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If there is none, or it cannot be read.
    """
    taken = [artifact["name"] for artifact in run.declared.get("inputArtifacts") or []]
    name = name or (taken[0] if taken else "")
    if name not in taken or name not in execution.artifacts:
        raise FailedError("ConfigurationError", f"The action takes no artifact {name}.")
    bucket, key = execution.artifacts[name]
    answer = await ask(execution, run, "s3", "GetObject", Bucket=bucket, Key=key)
    body: bytes = answer["Body"]
    return body


async def text(execution: Execution, run: ActionRun, path: str) -> str:
    """Return a file of an artifact, which is named as ``Artifact::file``.

    Raises
    ------
    labkit.sandbox.gateway.as_role.FailedError
        If there is no such file.
    """
    name, separator, file = path.partition("::")
    if not separator:
        raise FailedError("ConfigurationError", f"{path} is not written as Artifact::file.")
    package = await get(execution, run, name)
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            return archive.read(file).decode()
    except (KeyError, zipfile.BadZipFile):
        message = f"File [{file}] does not exist in artifact [{name}]"
        raise FailedError("ConfigurationError", message) from None
