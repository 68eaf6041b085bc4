"""What the actions do: fetch a source, build, bring a stack to a template, wait for an approval.

Source: CodePipeline User Guide, "Action structure reference" (S3, CodeBuild, CloudFormation) and
"Manage approval actions".
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from labkit.sandbox.gateway import permissions
from labkit.sandbox.gateway.as_role import FailedError
from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.codebuild import builds
from labkit.sandbox.services.codepipeline import artifacts
from labkit.sandbox.services.codepipeline.as_role import ask
from labkit.sandbox.services.codepipeline.records import ActionRun, Execution
from labkit.sandbox.upstream.app import responses

Act = Callable[[Execution, ActionRun], Awaitable[None]]

LOOK_EVERY_S = 0.2
"""How often a build or a stack is looked at; AWS does so every few seconds."""

APPROVAL_DAYS = 7
"""How long an approval is waited for (CodePipeline User Guide, "Quotas")."""

NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
"""What CloudFormation says of a change set, or an update, that changes nothing."""


async def fetch_source(execution: Execution, run: ActionRun) -> None:
    """Take an object of a versioned bucket as the source."""
    bucket, key = run.configuration["S3Bucket"], run.configuration["S3ObjectKey"]
    versioning = await ask(execution, run, "s3", "GetBucketVersioning", Bucket=bucket)
    if versioning.get("Status") != "Enabled":
        raise FailedError("ConfigurationError", f"Versioning is not enabled for bucket '{bucket}'")
    answer = await ask(execution, run, "s3", "GetObject", Bucket=bucket, Key=key)
    version = answer["VersionId"]
    run.revision = {"revisionId": version, "revisionSummary": f"Amazon S3 version id: {version}"}
    run.summary = run.revision["revisionSummary"]
    run.variables = {"BucketName": bucket, "ObjectKey": key, "VersionId": version}
    run.variables["ETag"] = answer["ETag"].strip('"')
    await artifacts.put(execution, run, answer["Body"])


async def build(execution: Execution, run: ActionRun) -> None:
    """Have CodeBuild build what the action takes."""
    package = await artifacts.get(execution, run)
    override = json.loads(run.configuration.get("EnvironmentVariables") or "[]")
    project = run.configuration["ProjectName"]
    begun = await _start(execution, run, project, override, package)
    run.external_id = begun.info["id"]
    while not begun.ended.is_set():
        await asyncio.sleep(LOOK_EVERY_S)
    if (status := begun.info["buildStatus"]) != "SUCCEEDED":
        failed = [one for one in begun.info["phases"] if one.get("contexts")]
        reason = failed[0]["contexts"][0]["message"] if failed else status
        text = f"Build terminated with state: {status}. {reason}"
        raise FailedError("JobFailed", text)
    exported = begun.info.get("exportedEnvironmentVariables") or []
    run.variables = {one["name"]: one["value"] for one in exported}
    if run.declared.get("outputArtifacts"):
        await artifacts.put(execution, run, begun.artifact)


async def _start(
    execution: Execution, run: ActionRun, project: str, override: Any, package: bytes
) -> Any:
    """Begin a build, if the pipeline's role may."""
    account, region = execution.place
    role = run.declared.get("roleArn") or execution.pipeline["roleArn"]
    arn = f"arn:aws:codebuild:{region}:{account}:project/{project}"
    for action in ("codebuild:StartBuild", "codebuild:BatchGetBuilds"):
        if not permissions.role_allows(role, action, arn):
            text = f"{role} is not authorized to perform: {action} on resource: {arn}"
            raise FailedError(
                "PermissionError", f"Error calling {action.partition(':')[2]}: {text}"
            )
    request = {"projectName": project, "environmentVariablesOverride": override}
    with responses.request_scope(account, region):
        try:
            pipeline = execution.pipeline["name"]
            return builds.start(request, f"codepipeline/{pipeline}", source=package)
        except AwsError as error:
            raise FailedError("ConfigurationError", error.message) from None


async def deploy(execution: Execution, run: ActionRun) -> None:
    """Have CloudFormation prepare a change set, execute it, or bring a stack to a template."""
    given = run.configuration
    if given["ActionMode"] == "CHANGE_SET_EXECUTE":
        await _execute(execution, run)
        return
    template = await artifacts.text(execution, run, given["TemplatePath"])
    if given["ActionMode"] == "CHANGE_SET_REPLACE":
        await _prepare(execution, run, template)
    else:
        await _create_or_update(execution, run, template)


async def approve(execution: Execution, run: ActionRun) -> None:
    """Wait until somebody has approved."""
    run.token = str(uuid.uuid4())
    try:
        async with asyncio.timeout(APPROVAL_DAYS * 86_400):
            await run.answered.wait()
    except TimeoutError:
        raise FailedError("TimeoutError", "The approval has timed out.") from None
    if run.status == "Failed":
        raise FailedError("", run.summary)


async def _prepare(execution: Execution, run: ActionRun, template: str) -> None:
    """Put a change set in the place of the last one of its name."""
    stack, name = run.configuration["StackName"], run.configuration["ChangeSetName"]
    exists = await _status(execution, run, stack)
    if exists:
        named = {"StackName": stack, "ChangeSetName": name}
        await ask(execution, run, "cloudformation", "DeleteChangeSet", **named)
    answer = await ask(
        execution, run, "cloudformation", "CreateChangeSet", ChangeSetName=name,
        ChangeSetType="UPDATE" if exists else "CREATE",
        **await _request(execution, run, template, exists=exists),
    )  # fmt: skip
    run.external_id = answer["Id"]
    while True:
        named = {"StackName": stack, "ChangeSetName": name}
        found = await ask(execution, run, "cloudformation", "DescribeChangeSet", **named)
        if found["Status"] in ("CREATE_COMPLETE", "FAILED"):
            break
        await asyncio.sleep(LOOK_EVERY_S)
    if found["Status"] == "FAILED" and not _says_no_changes(found.get("StatusReason", "")):
        raise FailedError("JobFailed", found.get("StatusReason", "The change set failed."))
    run.summary = f"Change set {name} was created."


async def _execute(execution: Execution, run: ActionRun) -> None:
    stack, name = run.configuration["StackName"], run.configuration["ChangeSetName"]
    named = {"StackName": stack, "ChangeSetName": name}
    found = await ask(execution, run, "cloudformation", "DescribeChangeSet", **named)
    if _says_no_changes(found.get("StatusReason", "")):
        run.summary = "There was nothing to change."
        return
    await ask(execution, run, "cloudformation", "ExecuteChangeSet", **named)
    await _settle(execution, run, stack)


async def _create_or_update(execution: Execution, run: ActionRun, template: str) -> None:
    stack = run.configuration["StackName"]
    exists = await _status(execution, run, stack)
    operation = "UpdateStack" if exists else "CreateStack"
    request = await _request(execution, run, template, exists=bool(exists))
    try:
        await ask(execution, run, "cloudformation", operation, **request)
    except FailedError as error:
        if not _says_no_changes(str(error)):
            raise
        run.summary = "There was nothing to change."
        return
    await _settle(execution, run, stack)


async def _request(
    execution: Execution, run: ActionRun, template: str, *, exists: Any
) -> dict[str, Any]:
    """Return what CloudFormation is asked for, by the action's configuration."""
    given = run.configuration
    overrides = json.loads(given.get("ParameterOverrides") or "{}")
    if file := given.get("TemplateConfiguration"):
        configured = json.loads(await artifacts.text(execution, run, file))
        overrides = configured.get("Parameters", {}) | overrides
    kept = await _parameters(execution, run) if exists else []
    parameters = [{"ParameterKey": key, "ParameterValue": str(v)} for key, v in overrides.items()]
    parameters += [
        {"ParameterKey": key, "UsePreviousValue": True}
        for key in kept
        if key not in overrides and f"{key}:" in template
    ]
    capabilities = [one for one in given.get("Capabilities", "").split(",") if one]
    request = {
        "StackName": given["StackName"],
        "TemplateBody": template,
        "Parameters": parameters,
        "Capabilities": capabilities,
        "RoleARN": given["RoleArn"],
    }
    tags = await _tags(execution, run) if exists else []
    return request | ({"Tags": tags} if tags else {})


async def _described(execution: Execution, run: ActionRun) -> dict[str, Any]:
    name = run.configuration["StackName"]
    answer = await ask(execution, run, "cloudformation", "DescribeStacks", StackName=name)
    found: dict[str, Any] = answer["Stacks"][0]
    return found


async def _parameters(execution: Execution, run: ActionRun) -> list[str]:
    described = await _described(execution, run)
    return [one["ParameterKey"] for one in described.get("Parameters") or []]


async def _tags(execution: Execution, run: ActionRun) -> list[dict[str, str]]:
    tags: list[dict[str, str]] = (await _described(execution, run)).get("Tags") or []
    return tags


async def _status(execution: Execution, run: ActionRun, stack: str) -> str:
    """Return a stack's status; empty if there is no stack of that name yet."""
    try:
        answer = await ask(execution, run, "cloudformation", "DescribeStacks", StackName=stack)
    except FailedError as error:
        if "does not exist" in str(error):
            return ""
        raise
    status = str(answer["Stacks"][0]["StackStatus"])
    return "" if status == "REVIEW_IN_PROGRESS" else status


async def _settle(execution: Execution, run: ActionRun, stack: str) -> None:
    """Wait until a stack has settled.

    Raises
    ------
    FailedError
        If it was rolled back, or failed.
    """
    while (status := await _status(execution, run, stack)).endswith("_IN_PROGRESS"):
        await asyncio.sleep(LOOK_EVERY_S)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        events = await ask(execution, run, "cloudformation", "DescribeStackEvents", StackName=stack)
        reasons = [
            event.get("ResourceStatusReason", "")
            for event in events["StackEvents"]
            if event["ResourceStatus"].endswith("_FAILED")
        ]
        reason = f" {reasons[0]}" if reasons else ""
        raise FailedError("JobFailed", f"Stack {stack} is in the state {status}.{reason}")
    run.summary = f"Stack {stack} is in the state {status}."


def _says_no_changes(reason: str) -> bool:
    return any(text in reason for text in NO_CHANGES)


ACTS: dict[str, Act] = {
    "S3": fetch_source,
    "CodeBuild": build,
    "CloudFormation": deploy,
    "Manual": approve,
}
"""What an action does, by its provider."""
