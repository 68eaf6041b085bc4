"""Projects: what is built, by which role, and what becomes of it.

Source: CodeBuild API Reference, CreateProject.
"""

from __future__ import annotations

import re
import time
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.gateway.errors import Unsupported, refuse
from labkit.sandbox.services.codebuild import records
from labkit.sandbox.services.codebuild.records import Info

PRINCIPAL = "codebuild.amazonaws.com"

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9\-_]{1,149}")
SOURCES = ("CODEPIPELINE", "NO_SOURCE", "S3")
NOT_HERE = (
    "secondarySources",
    "secondaryArtifacts",
    "vpcConfig",
    "fileSystemLocations",
    "buildBatchConfig",
    "cache",
)
"""Settings that the sandbox has nothing for."""

SETTINGS = (
    "description",
    "source",
    "artifacts",
    "environment",
    "serviceRole",
    "timeoutInMinutes",
    "queuedTimeoutInMinutes",
    "logsConfig",
    "tags",
)
DEFAULTS = {"timeoutInMinutes": 60, "queuedTimeoutInMinutes": 480}


def create(given: dict[str, Any]) -> Info:
    """Make a project.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If a setting is none, or the name is taken.
    """
    name = given["name"]
    if not NAME.fullmatch(name):
        _refuse(f"Project name {name} is not valid")
    if name in records.projects():
        text = f"Project already exists: {records.arn(f'project/{name}')}"
        refuse("ResourceAlreadyExistsException", text)
    _check(given)
    role = given["serviceRole"]
    if not permissions.role_trusts(role, PRINCIPAL):
        _refuse(f"CodeBuild is not authorized to perform: sts:AssumeRole on service role {role}")
    now = time.time()
    info: Info = {"name": name, "arn": records.arn(f"project/{name}"), "created": now}
    info |= DEFAULTS | _settings(given) | {"lastModified": now}
    records.projects()[name] = info
    return {"project": info}


def update(given: dict[str, Any]) -> Info:
    """Change a project.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is none, or a setting is none.
    """
    found = records.project(given["name"])
    _check(given)
    found |= _settings(given) | {"lastModified": time.time()}
    return {"project": found}


def delete(name: str) -> None:
    """Delete a project; one that is not there is no error."""
    records.projects().pop(name.rpartition("/")[2], None)


def get(names: list[str]) -> Info:
    """Describe projects, and say which of them there are not."""
    known = records.projects()
    plain = {name: name.rpartition("/")[2] for name in names}
    return {
        "projects": [known[name] for name in plain.values() if name in known],
        "projectsNotFound": [given for given, name in plain.items() if name not in known],
    }


def _settings(given: dict[str, Any]) -> Info:
    return {key: given[key] for key in SETTINGS if given.get(key) is not None}


def _check(given: dict[str, Any]) -> None:
    for member in NOT_HERE:
        if given.get(member) and given[member] != {"type": "NO_CACHE"}:
            raise Unsupported(
                f"The embedded sandbox has no {member} of CodeBuild. Nothing was done."
            )
    source, artifacts = given.get("source") or {}, given.get("artifacts") or {}
    if source and source["type"] not in SOURCES:
        raise Unsupported(
            f"The embedded sandbox builds sources of {', '.join(SOURCES)}, and this one is of "
            f"{source['type']}. Nothing was done."
        )
    if source.get("type") == "NO_SOURCE" and not source.get("buildspec"):
        _refuse("Project source type NO_SOURCE requires an inline buildspec")
    in_pipeline = [part.get("type") == "CODEPIPELINE" for part in (source, artifacts) if part]
    if in_pipeline and any(in_pipeline) != all(in_pipeline):
        _refuse("Source and artifacts must both be of type CODEPIPELINE, or neither of them")


def _refuse(text: str) -> None:
    refuse("InvalidInputException", text)
