"""Change sets: what they list, their names, their role, and the stack that one creates.

MiniStack lists resources that the template's conditions leave out, keeps the name of a change set
that was executed, and makes another stack for each change set of a stack under review.
Source: CloudFormation API Reference, CreateChangeSet, DescribeChangeSet and ExecuteChangeSet
("CloudFormation deletes all change sets associated with the stack"); User Guide, "Conditions".
"""

from __future__ import annotations

from typing import Any

from labkit.sandbox.gateway.errors import ValidationError, refuse
from labkit.sandbox.gateway.internal import read
from labkit.sandbox.gateway.request import Request, Response
from labkit.sandbox.services.cloudformation import (
    change_set_values,
    service_roles,
    stack_names,
    stack_options,
)
from labkit.sandbox.services.cloudformation.descriptions import resolved, without_empty
from labkit.sandbox.upstream.cloudformation import cloudformation, engine, handlers

Members = dict[str, Any]

VALUES = "_labkit_values"
"""Key in MiniStack's record of a change set: the properties before and after, by logical id."""


def only_made(
    upstream: Any, template: Members, params: Members, stack_name: str, stack_id: str
) -> Members:
    """Return a template's resources with their values, as far as its conditions let them be."""
    resolved: Members = upstream(template, params, stack_name, stack_id)
    conditions = engine._evaluate_conditions(template, params) if template else {}
    resources = resolved.get("Resources") or {}
    made = {
        name: one for name, one in resources.items() if conditions.get(one.get("Condition"), True)
    }
    return resolved | {"Resources": made}


async def create(request: Request, role: str) -> Members:
    """Make a change set, under a name that an executed one may have had."""
    name = request.form.text("StackName")
    stack = stack_names.found(name) or {}
    _free_name(request.form.text("ChangeSetName"), stack)
    if stack:
        request = stack_names.by_name(request, "Stack [{}] does not exist")
    else:
        stack_names.free(name)
    answer = read(request, await request.forward())
    change_set = cloudformation._change_sets[answer["Id"]]
    change_set[stack_options.TOPICS] = request.parameters.get(stack_options.TOPICS)
    if stack.get("StackStatus") == "REVIEW_IN_PROGRESS":
        _keep_stack(change_set, stack)
    if change_set["ChangeSetType"] == "CREATE" and not change_set["Changes"]:
        # a new stack may be empty: conditions can leave all of its resources out
        change_set |= {"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE"}
        change_set["StatusReason"] = ""
    if role:
        change_set[service_roles.ROLE] = role
    current = handlers._resolve_stack(change_set["StackId"]) or {}
    if not stack:
        current["Tags"] = []  # a stack that is not made yet has none
    try:
        change_set[VALUES] = change_set_values.contexts(change_set, current)
    except ValueError as error:
        _take_back(answer["Id"], current, new=not stack)
        raise ValidationError(str(error)) from error
    return {"Id": answer["Id"], "StackId": change_set["StackId"]}


async def execute(request: Request) -> Members:
    """Execute a change set with its role, and let its stack remember it."""
    request = stack_names.of_a_change_set(request)
    named = request.form.text("ChangeSetName"), request.form.text("StackName")
    role = service_roles.of_the_change_set(request)
    identifier, change_set = service_roles.change_set(*named)
    if change_set is not None and change_set["ExecutionStatus"] != "AVAILABLE":
        created = change_set["Status"] == "CREATE_COMPLETE"
        status = change_set["ExecutionStatus" if created else "Status"]
        kind = "execution status" if created else "status"
        message = f"ChangeSet [{identifier}] cannot be executed in its current {kind} of [{status}]"
        refuse("InvalidChangeSetStatus", message)
    if change_set is not None:
        stack_options.remember(change_set["StackId"], change_set.get(stack_options.TOPICS))
    with service_roles.acting_as(role):
        answer = read(request, await request.forward())
    if change_set is not None:
        service_roles.remember(change_set["StackId"], role)
        stack = handlers._resolve_stack(change_set["StackId"])
        stack["ChangeSetId"] = identifier
    return answer


async def describe(request: Request) -> Members:
    """Describe a change set; with the values of properties where they are asked for."""
    request = stack_names.of_a_change_set(request)
    answer: Members = without_empty(read(request, await request.forward()))
    answer = {name: one for name, one in answer.items() if one != []}
    record = cloudformation._change_sets[answer["ChangeSetId"]]
    if parameters := answer.get("Parameters"):
        answer["Parameters"] = resolved(parameters, record["_resolved_params"])
    if request.form.is_true("IncludePropertyValues"):
        changes = answer.get("Changes") or []
        answer["Changes"] = [one for one in changes if _with_values(one["ResourceChange"], record)]
    defaults: Members = {
        "IncludeNestedStacks": False,
        stack_options.TOPICS: record.get(stack_options.TOPICS) or [],
        "RollbackConfiguration": {},
    }
    return {"Capabilities": [], "Changes": []} | answer | defaults


async def delete(request: Request) -> Response:
    """Delete a change set."""
    return await stack_names.of_a_change_set(request).forward()


def _with_values(change: Members, record: Members) -> bool:
    """Put the values into a change; tell whether they show one.

    A property that refers to an attribute that changes is told as a change, whose value is only
    known when it is made: with values, AWS leaves out what has the same value until then.
    """
    found = record.get(VALUES, {}).get(change["LogicalResourceId"])
    if found is None:
        return True
    change_set_values.describe(change, *found)
    of_properties = all(
        one["Target"].get("Attribute") == "Properties" for one in change.get("Details") or []
    )
    return change["Action"] != "Modify" or found[0] != found[1] or not of_properties


def _take_back(identifier: str, stack: Members, *, new: bool) -> None:
    """Forget a change set whose template has a fault, and the stack that it was to make."""
    del cloudformation._change_sets[identifier]
    if new:
        cloudformation._stacks.pop(stack["StackName"], None)
        cloudformation._stack_events.pop(stack["StackId"], None)


def _free_name(name: str, stack: Members) -> None:
    """Forget an executed change set of this name."""
    for identifier, one in list(cloudformation._change_sets.items()):
        executed = str(one["ExecutionStatus"]).startswith("EXECUTE_")
        if executed and one["ChangeSetName"] == name and one["StackId"] == stack.get("StackId"):
            del cloudformation._change_sets[identifier]


def _keep_stack(change_set: Members, stack: Members) -> None:
    """Let a further change set of a stack under review be about the same stack."""
    replaced = change_set["StackId"]
    change_set["StackId"] = stack["StackId"]
    cloudformation._stacks[stack["StackName"]] = stack
    cloudformation._stack_events.pop(replaced, None)
