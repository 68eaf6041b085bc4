"""What CloudFormation says of stacks, their resources, events and change sets: AWS's members only.

MiniStack answers with empty members where AWS leaves them out, and leaves out what AWS always says.
Source: CloudFormation API Reference, Stack, StackEvent, StackResource, DescribeChangeSet; which
members come empty and which not at all, as AWS answers.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from labkit.sandbox.gateway.errors import ValidationError
from labkit.sandbox.gateway.internal import read
from labkit.sandbox.gateway.request import Request
from labkit.sandbox.services.cloudformation import (
    after_rollback,
    service_roles,
    stack_names,
    stack_options,
)
from labkit.sandbox.upstream.cloudformation import cloudformation, handlers

Members = dict[str, Any]

MAY_BE_EMPTY = {"OutputValue", "ParameterValue", "Value"}
"""Members whose empty text is a value."""

NEVER_UPDATED = ("CREATE", "ROLLBACK", "REVIEW")
"""How the states begin of a stack that no update has reached."""


async def stacks(request: Request) -> Members:
    """Answer DescribeStacks."""
    answer: Members = without_empty(read(request, await request.forward()))
    answer["Stacks"] = [_stack(one) for one in answer.get("Stacks") or []]
    return answer


async def events(request: Request) -> Members:
    """Answer DescribeStackEvents."""
    name = request.form.text("StackName")
    stack = stack_names.found(name)
    if stack is None:
        raise ValidationError(f"Stack [{name}] does not exist")
    answer = read(request, await request.forward())
    kept = cloudformation._stack_events.get(stack.get("StackId")) or []
    properties = {one["EventId"]: one.get("_properties", "") for one in kept}
    for event in answer["StackEvents"]:
        event["ResourceProperties"] = properties.get(event["EventId"], "")
    answer["StackEvents"] = [
        {"PhysicalResourceId": ""} | without_empty(event) for event in answer["StackEvents"]
    ]
    return answer


async def resources(request: Request) -> Members:
    """Answer DescribeStackResources and ListStackResources, resources that are gone included."""
    answer: Members = without_empty(read(request, await request.forward()))
    stack = handlers._resolve_stack(request.form.text("StackName")) or {}
    of_a_list = request.operation == "ListStackResources"
    key, time = (
        ("StackResourceSummaries", "LastUpdatedTimestamp")
        if of_a_list
        else ("StackResources", "Timestamp")
    )
    named = {} if of_a_list else {"StackName": stack["StackName"], "StackId": stack["StackId"]}
    wanted = request.form.text("LogicalResourceId")
    gone = [
        without_empty({**one, time: one["Timestamp"], **named}, drop={"Timestamp"} - {time})
        for one in after_rollback.listed(stack)
        if wanted in ("", one["LogicalResourceId"])
    ]
    answer[key] = [_with_drift(one) for one in [*(answer.get(key) or []), *gone]]
    return answer


async def resource(request: Request) -> Members:
    """Answer DescribeStackResource."""
    name, wanted = request.form.text("StackName"), request.form.text("LogicalResourceId")
    stack = stack_names.found(name)
    if stack is None:
        raise ValidationError(f"Stack '{name}' does not exist")
    record = stack["_resources"].get(wanted)
    if record is None or record["ResourceStatus"] == "CREATE_FAILED":
        raise ValidationError(f"Resource {wanted} does not exist for stack {name}")
    answer: Members = without_empty(read(request, await request.forward()))
    detail = answer["StackResourceDetail"]
    answer["StackResourceDetail"] = {"Metadata": "{}"} | _with_drift(detail)
    return answer


async def change_sets(request: Request) -> Members:
    """Answer ListChangeSets: those that are still to be executed."""
    named = stack_names.by_name(request, "Stack [{}] does not exist")
    answer: Members = without_empty(read(request, await named.forward()))
    summaries = answer.get("Summaries") or []
    answer["Summaries"] = [
        {"IncludeNestedStacks": False} | one
        for one in summaries
        if not one["ExecutionStatus"].startswith("EXECUTE_")
    ]
    return answer


def without_empty(value: Any, drop: Collection[str] = ()) -> Any:
    """Return an answer without its members that are an empty text, and without those of `drop`."""
    if isinstance(value, list):
        return [without_empty(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {
        name: one
        for name, one in value.items()
        if (one != "" or name in MAY_BE_EMPTY) and name not in drop
    }
    return {name: without_empty(one) for name, one in kept.items()}


def _stack(answered: Members) -> Members:
    """Return a stack as AWS describes it."""
    record = handlers._resolve_stack(answered["StackId"]) or {}
    stack = {name: one for name, one in answered.items() if one != [] or name == "Tags"}
    status = stack["StackStatus"]
    by_change_set = record.get("ChangeSetId")
    if status.startswith(NEVER_UPDATED) and not by_change_set:
        stack.pop("LastUpdatedTime", None)
    if status == "DELETE_COMPLETE":
        stack.pop("EnableTerminationProtection", None)
        stack["DeletionTime"] = _time_of(record, "DELETE_COMPLETE") or stack.get("CreationTime")
    elif by_change_set:
        stack["ChangeSetId"] = by_change_set
    if nested_in := record.get("ParentId"):
        stack |= {"ParentId": nested_in, "RootId": record["RootId"]}
    if role := record.get(service_roles.ROLE):
        stack[service_roles.ROLE] = role
    if parameters := stack.get("Parameters"):
        stack["Parameters"] = resolved(parameters, record.get("_resolved_params") or {})
    defaults = {"DriftInformation": {"StackDriftStatus": "NOT_CHECKED"}, "Tags": []}
    topics = list(record.get(stack_options.TOPICS) or [])
    return defaults | stack | {stack_options.TOPICS: topics, "RollbackConfiguration": {}}


def resolved(parameters: list[Members], values: Members) -> list[Members]:
    """Return parameters as AWS tells them: a secret one's value is not told, a stored one's is.

    Parameters
    ----------
    parameters
        As MiniStack answers them.
    values
        What MiniStack keeps of them, by name.
    """
    told = []
    for parameter in parameters:
        known = values.get(parameter["ParameterKey"]) or {}
        if known.get("NoEcho"):
            parameter = parameter | {"ParameterValue": "****"}
        elif "SsmName" in known:
            value = {"ParameterValue": known["SsmName"], "ResolvedValue": known["Value"]}
            parameter = parameter | value
        told.append(parameter)
    return told


def _time_of(stack: Members, status: str) -> str:
    """Return when a stack came to a state; empty if it never did."""
    for event in reversed(cloudformation._stack_events.get(stack.get("StackId")) or []):
        if event["ResourceStatus"] == status and event["LogicalResourceId"] == stack["StackName"]:
            return str(event["Timestamp"])
    return ""


def _with_drift(resource: Members) -> Members:
    return {"DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"}} | resource
