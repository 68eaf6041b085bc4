"""Revisions and versions of a machine: what an update makes, and what an execution runs.

A machine has no revision until it is changed; a version is published once per revision; what runs
by a version's or an alias's ARN is that version's definition. MiniStack gives each machine a
revision at once, publishes anew each time, and runs the newest definition.
Source: Step Functions Developer Guide, "State machine versions in Step Functions workflows"; Step
Functions API Reference, UpdateStateMachine, PublishStateMachineVersion and DescribeStateMachine.
"""

from __future__ import annotations

import json
import random
from contextvars import ContextVar
from typing import Any

from labkit.sandbox.gateway.errors import AwsError, ValidationError
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.stepfunctions import refusals, variables
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.stepfunctions import stepfunctions

INITIAL = "INITIAL"
"""What a request calls the revision of a machine that was never changed."""

CONTENT = ("definition", "roleArn", "loggingConfiguration", "tracingConfiguration")
"""What a revision consists of."""

NOTHING_GIVEN = (
    "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration "
    "must be specified"
)
ONLY_PUBLISHED = "Version description can only be set when publish is true"
CHANGED = "The revision of the state machine is not the one that is to be published."

asked: ContextVar[str] = ContextVar("asked", default="")
"""The ARN by which an execution is being started."""

Machine = dict[str, Any]
Data = dict[str, Any]


def check_given(request: Request) -> None:
    """Check what a machine is made or changed with.

    Raises
    ------
    AwsError
        If a version is described and none published, or nothing is changed.
    """
    given = request.parameters
    if given.get("versionDescription") and not given.get("publish"):
        raise ValidationError(ONLY_PUBLISHED)
    changes = (*CONTENT, "encryptionConfiguration", "publish")
    if request.operation == "UpdateStateMachine" and not set(changes) & given.keys():
        raise AwsError(NOTHING_GIVEN, "MissingRequiredParameter")


def created(data: Data, existed: bool) -> None:
    """Let a new machine, and its first version, have no revision."""
    machine = stepfunctions._state_machines.get(_arn_of(data.get("name", ""))) or {}
    if machine and not existed:
        machine["revisionId"] = ""
        if first := stepfunctions._state_machine_versions.get(machine.get("createVersionArn", "")):
            first["stateMachineRevisionId"] = ""


def exists(data: Data) -> bool:
    """Tell whether there is a machine of a name."""
    return _arn_of(data.get("name", "")) in stepfunctions._state_machines


def _arn_of(name: str) -> str:
    region, account = responses.get_region(), responses.get_account_id()
    return f"arn:aws:states:{region}:{account}:stateMachine:{name}"


def content(arn: str) -> Data:
    """Return what a machine's revision consists of, and its revision."""
    machine = stepfunctions._state_machines.get(arn) or {}
    return {name: machine.get(name) for name in (*CONTENT, "revisionId")}


def updated(request: Request, response: Response, before: Data) -> Response:
    """Return what UpdateStateMachine answers: a machine that is as before has its revision."""
    if response.status != 200:
        return response
    given = request.parameters
    arn = given["stateMachineArn"]
    machine = stepfunctions._state_machines[arn]
    if all(machine.get(name) == before[name] for name in CONTENT):
        machine["revisionId"] = before["revisionId"]
    answer = {"updateDate": json.loads(response.body)["updateDate"]}
    answer |= {"revisionId": machine["revisionId"]} if machine["revisionId"] else {}
    if given.get("publish"):
        version = published(arn, given.get("versionDescription"))
        answer["stateMachineVersionArn"] = version["stateMachineVersionArn"]
    return response._replace(body=json.dumps(answer).encode())


def publish(given: Data) -> Data:
    """Serve PublishStateMachineVersion.

    Raises
    ------
    AwsError
        If there is no such machine, or it has another revision.
    """
    arn, wanted = given["stateMachineArn"], given.get("revisionId")
    machine = stepfunctions._state_machines.get(arn)
    if machine is None:
        raise refusals.no_machine(arn)
    if wanted and wanted != (machine.get("revisionId") or INITIAL):
        raise AwsError(CHANGED, "ConflictException")
    version = published(arn, given.get("description"))
    return {name: version[name] for name in ("stateMachineVersionArn", "creationDate")}


def published(arn: str, description: str | None) -> Machine:
    """Return the version of a machine's revision, which is published once."""
    revision = stepfunctions._state_machines[arn].get("revisionId", "")
    for version in versions_of(arn):
        if version["stateMachineRevisionId"] == revision:
            return version
    more = {"description": description} if description else {}
    _, _, body = stepfunctions._publish_state_machine_version({"stateMachineArn": arn} | more)
    made: str = json.loads(body)["stateMachineVersionArn"]
    version = stepfunctions._state_machine_versions[made]
    return dict(version)


def versions_of(arn: str) -> list[Machine]:
    """Return a machine's versions, the newest first."""
    found = [
        one for one in stepfunctions._state_machine_versions.values()
        if one["stateMachineArn"] == arn
    ]  # fmt: skip
    return sorted(found, key=lambda one: _number(one["stateMachineVersionArn"]), reverse=True)


def _number(version_arn: str) -> int:
    return int(version_arn.rpartition(":")[2])


def run_by(arn: str) -> Data:
    """Return the version, and the alias, that an ARN stands for; nothing for a machine's own.

    An alias leads each execution to one of its versions, by their weights.
    """
    alias = stepfunctions._state_machine_aliases.get(arn)
    if alias is not None:
        routes = alias["routingConfiguration"]
        [route] = random.choices(routes, [int(one["weight"]) for one in routes])
        return {
            "stateMachineAliasArn": arn,
            "stateMachineVersionArn": route["stateMachineVersionArn"],
        }
    is_version = arn in stepfunctions._state_machine_versions
    return {"stateMachineVersionArn": arn} if is_version else {}


def begun(execution: Data) -> None:
    """Note by which version an execution was started, and under which alias."""
    execution.update(run_by(asked.get()))
    asked.set("")  # what it starts itself has ARNs of its own


def machine_of(execution: Data, machine: Machine) -> Machine:
    """Return the machine as the version has it that an execution runs."""
    arn = execution.get("stateMachineVersionArn", "")
    version = stepfunctions._state_machine_versions.get(arn)
    if version is None:
        return machine
    kept = {name: version[name] for name in ("definition", "roleArn") if version.get(name)}
    return machine | kept | {"revisionId": version["stateMachineRevisionId"]}


def shown_by(execution: Data) -> Data:
    """Return what descriptions and lists of executions tell of the version and the alias."""
    names = ("stateMachineVersionArn", "stateMachineAliasArn")
    return {name: execution[name] for name in names if name in execution}


def described(answer: Data) -> Data:
    """Return a description of a machine or version with its variables, and nothing it has not."""
    names = ("description", "revisionId", "variableReferences")
    answer = answer | {"variableReferences": variables.references(answer["definition"])}
    return {k: v for k, v in answer.items() if v or k not in names}
