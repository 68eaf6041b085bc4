"""Builds: begun, stopped, and led through their phases.

Source: CodeBuild User Guide, "View build details" (build phase transitions); API Reference,
StartBuild and BuildPhase.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from labkit.sandbox.gateway.as_role import FailedError
from labkit.sandbox.gateway.errors import refuse
from labkit.sandbox.process import loop
from labkit.sandbox.services.codebuild import (
    as_role,
    buildspec,
    commands,
    logs,
    packages,
    records,
    reports,
)
from labkit.sandbox.services.codebuild.buildspec import Buildspec, BuildspecError
from labkit.sandbox.services.codebuild.records import Build, Info
from labkit.sandbox.services.place import here

BUILDSPEC = "buildspec.yml"
"""The file that is read where the project names none."""

OVERRIDES = {
    "sourceTypeOverride": "type",
    "sourceLocationOverride": "location",
    "buildspecOverride": "buildspec",
}
"""Parameters of StartBuild that replace what the project says of its source."""


def start(given: dict[str, Any], initiator: str, source: bytes | None = None) -> Build:
    """Begin a build.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is no such project, or its source is a pipeline's and this is none.
    """
    project = records.project(given["projectName"])
    changed = {key: given[name] for name, key in OVERRIDES.items() if given.get(name) is not None}
    described = project["source"] | changed
    if described["type"] == "CODEPIPELINE" and source is None:
        text = "Source type CODEPIPELINE can only be used for builds that a pipeline starts."
        refuse("InvalidInputException", text)
    build = _new(project, described, given, initiator)
    build.source = source
    records.builds()[build.info["id"]] = build
    loop.start(_go(build))
    return build


def stop(identifier: str) -> Info:
    """Stop a build; of one that is over nothing is changed.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        If there is none.
    """
    build = records.builds().get(identifier)
    if build is None:
        refuse("ResourceNotFoundException", f"Build {identifier} cannot be found")
    build.stopped.set()
    return {"build": public(build)}


def public(build: Build) -> Info:
    """Describe a build."""
    return {key: value for key, value in build.info.items() if not key.startswith("_")}


def get(identifiers: list[str]) -> Info:
    """Describe builds, and say which of them there are not."""
    known = records.builds()
    return {
        "builds": [public(known[one]) for one in identifiers if one in known],
        "buildsNotFound": [one for one in identifiers if one not in known],
    }


def listed(project: str | None = None) -> Info:
    """List the ids of builds, the newest first."""
    found = [
        one
        for one, build in reversed(records.builds().items())
        if project is None or build.info["projectName"] == project
    ]
    return {"ids": found}


def _new(project: Info, source: Info, given: Info, initiator: str) -> Build:
    number = uuid.uuid4()
    name = project["name"]
    overridden = {one["name"]: one for one in given.get("environmentVariablesOverride") or []}
    environment = dict(project["environment"])
    listed = {one["name"]: one for one in environment.get("environmentVariables") or []}
    environment["environmentVariables"] = list((listed | overridden).values())
    before = [one for one in records.builds().values() if one.info["projectName"] == name]
    info = {
        "id": f"{name}:{number}",
        "arn": records.arn(f"build/{name}:{number}"),
        "buildNumber": len(before) + 1,
        "startTime": time.time(),
        "currentPhase": "SUBMITTED",
        "buildStatus": "IN_PROGRESS",
        "projectName": name,
        "phases": [],
        "source": source,
        "environment": environment,
        "serviceRole": given.get("serviceRoleOverride") or project["serviceRole"],
        "timeoutInMinutes": given.get("timeoutInMinutesOverride") or project["timeoutInMinutes"],
        "queuedTimeoutInMinutes": project["queuedTimeoutInMinutes"],
        "buildComplete": False,
        "initiator": initiator,
        "logs": logs.place(project, number),
        "_artifacts": given.get("artifactsOverride") or project["artifacts"],
    }
    folder = Path(os.environ["LABKIT_SANDBOX_DIRECTORY"]) / "builds" / str(number)
    return Build(here(), info, folder)


async def _go(build: Build) -> None:
    """Lead a build through its phases to its end."""
    work = asyncio.create_task(_work(build))
    stop = asyncio.create_task(build.stopped.wait())
    status = "FAULT"
    try:
        async with asyncio.timeout(60 * build.info["timeoutInMinutes"]):
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        status = "STOPPED" if not work.done() else await work
    except TimeoutError:
        status = "TIMED_OUT"
    finally:
        for task in (work, stop):
            task.cancel()
        await asyncio.gather(work, stop, return_exceptions=True)
        await _end(build, status)


async def _end(build: Build, status: str) -> None:
    info = build.info
    if info["phases"] and "phaseStatus" not in info["phases"][-1]:
        _close(info["phases"][-1], status)
    await logs.deliver(build)
    info["phases"].append({"phaseType": "COMPLETED", "startTime": time.time()})
    info |= {"buildStatus": status, "buildComplete": True, "endTime": time.time()}
    info["currentPhase"] = "COMPLETED"
    shutil.rmtree(build.folder, ignore_errors=True)
    build.ended.set()


async def _work(build: Build) -> str:
    """Do what a build does, phase by phase; return its status."""
    for phase in ("SUBMITTED", "QUEUED"):
        await _phase(build, phase, _nothing)
    if not await _phase(build, "PROVISIONING", lambda: logs.begin(build)):
        return "FAILED"
    specs: list[Buildspec] = []
    if not await _phase(build, "DOWNLOAD_SOURCE", lambda: _prepare(build, specs)):
        return "FAILED"
    [spec] = specs
    succeeded = await _run_phases(build, spec)
    exported = commands.exported(build, spec.exported).items()
    build.info["exportedEnvironmentVariables"] = [{"name": k, "value": v} for k, v in exported]
    return "SUCCEEDED" if succeeded else "FAILED"


async def _run_phases(build: Build, spec: Buildspec) -> bool:
    """Run the phases that have commands; tell whether all went well.

    POST_BUILD, reports and the keeping of artifacts follow BUILD also when that failed.
    """
    variables = await _variables(build, spec)
    succeeded = True
    for name in buildspec.PHASES:
        variables["CODEBUILD_BUILD_SUCCEEDING"] = str(int(succeeded))
        phase = spec.phases[name]
        done = await _phase(build, name.upper(), lambda: commands.run(build, phase, variables))  # noqa: B023
        succeeded = succeeded and (done or phase.goes_on)
        if not done and not phase.goes_on and name != "build":
            return False
    kept = await _phase(build, "UPLOAD_ARTIFACTS", lambda: _keep(build, spec, variables))
    finished = await _phase(build, "FINALIZING", _nothing)
    return succeeded and kept and finished


async def _nothing() -> None:
    """Do nothing, which is all that some phases do here."""


async def _keep(build: Build, spec: Buildspec, variables: dict[str, str]) -> None:
    """Make reports of test results, then keep the files that are named.

    Raises
    ------
    FailedError
        If one of both could not be done.
    """
    try:
        reports.make(build, spec, variables)
    finally:
        await packages.keep(build, spec)


async def _prepare(build: Build, specs: list[Buildspec]) -> None:
    """Fetch a build's source, and read its specification.

    Raises
    ------
    FailedError
        If there is none that can be read.
    """
    commands.begin(build)
    await packages.fetch(build)
    given = build.info["source"].get("buildspec") or BUILDSPEC
    try:
        specs.append(buildspec.parse(given if "\n" in given else _read(build, given)))
    except (BuildspecError, UnicodeDecodeError) as error:
        raise FailedError("YAML_FILE_ERROR", f"Error reading the buildspec: {error}") from None


def _read(build: Build, name: str) -> str:
    """Return the text of a buildspec in a build's source."""
    if name.startswith("arn:"):
        text = "the embedded sandbox reads a buildspec from the source, and not from a bucket"
        raise FailedError("YAML_FILE_ERROR", text)
    file = packages.within(build, name)
    if not file.is_file():
        raise FailedError("YAML_FILE_ERROR", f"YAML file does not exist: {name}")
    return file.read_text(encoding="utf-8")


async def _variables(build: Build, spec: Buildspec) -> dict[str, str]:
    """Return the environment variables of a build's commands."""
    found = commands.environment() | as_role.environment(build)
    _, region = build.place
    found |= {
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "CODEBUILD_BUILD_ARN": build.info["arn"],
        "CODEBUILD_BUILD_ID": build.info["id"],
        "CODEBUILD_BUILD_NUMBER": str(build.info["buildNumber"]),
        "CODEBUILD_INITIATOR": build.info["initiator"],
        "CODEBUILD_RESOLVED_SOURCE_VERSION": build.info.get("resolvedSourceVersion", ""),
        "CODEBUILD_SRC_DIR": str(build.folder / "source"),
        "CI": "true",
    }
    found |= spec.variables
    kinds = {"PARAMETER_STORE": dict(spec.parameters), "SECRETS_MANAGER": dict(spec.secrets)}
    for one in build.info["environment"]["environmentVariables"]:
        if (kind := one.get("type", "PLAINTEXT")) == "PLAINTEXT":
            found[one["name"]] = one["value"]
        else:
            kinds[kind][one["name"]] = one["value"]
    for name, parameter in kinds["PARAMETER_STORE"].items():
        answer = await as_role.ask(
            build, "ssm", "GetParameter", Name=parameter, WithDecryption=True
        )
        found[name] = answer["Parameter"]["Value"]
    for name, secret in kinds["SECRETS_MANAGER"].items():
        found[name] = await logs.secret(build, secret)
    return found


async def _phase(build: Build, name: str, work: Callable[[], Awaitable[None]]) -> bool:
    """Do the work of a phase and note it; tell whether it succeeded."""
    phase: Info = {"phaseType": name, "startTime": time.time()}
    build.info["phases"].append(phase)
    build.info["currentPhase"] = name
    build.say(f"[Container] Entering phase {name}")
    try:
        await work()
    except FailedError as error:
        build.say(f"[Container] Phase context status code: {error.code} Message: {error}")
        phase["contexts"] = [{"statusCode": error.code, "message": str(error)}]
        _close(phase, "FAILED")
    else:
        _close(phase, "SUCCEEDED")
    build.say(f"[Container] Phase complete: {name} State: {phase['phaseStatus']}")
    return bool(phase["phaseStatus"] == "SUCCEEDED")


def _close(phase: Info, status: str) -> None:
    now = time.time()
    took = round(now - phase["startTime"])
    phase |= {"phaseStatus": status, "endTime": now, "durationInSeconds": took}
