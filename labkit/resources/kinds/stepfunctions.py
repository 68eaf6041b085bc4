"""Step Functions: state machines with their executions and versions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labkit.resources.billing import Billing
from labkit.resources.kind import Create, Exists, Found, GetClient, Kind, Send, each, pages, tag_map
from labkit.resources.rights import Right
from labkit.resources.settings import differing, given

BY = "stateMachineArn"
EXPRESS = "EXPRESS"
"""Executions of this type end within five minutes, and no operation lists or stops them."""


class StateMachine(Kind):
    """A state machine; AWS goes on showing it until its running executions have ended."""

    name = "state machine"
    service = "stepfunctions"
    in_arns = "states"
    creates = (Create("CreateStateMachine", "name", BY, "tags", longest=80),)
    parts = each(BY, "PublishStateMachineVersion", "StartExecution", "StartSyncExecution")
    harmless = each(
        "an answer to a running execution",
        "RedriveExecution",
        "SendTaskFailure",
        "SendTaskHeartbeat",
        "SendTaskSuccess",
    )
    deletes = each(BY, "DeleteStateMachine")
    restores = ("definition", "roleArn")
    missing = frozenset(["StateMachineDoesNotExist"])
    busy = frozenset(["ConflictException"])
    deletion_timeout_s = 300.0
    """An express execution that runs when the deletion comes lasts up to five minutes."""
    exists = each(Exists("ExecutionAlreadyExists"), "StartExecution")
    billing = Billing(unmetered="transitions, or time and memory")

    def read(self, get_client: GetClient, resource_id: str) -> Found:
        client = get_client("stepfunctions")
        machine = client.describe_state_machine(stateMachineArn=resource_id)
        tags = client.list_tags_for_resource(resourceArn=resource_id)["tags"]
        return Found(resource_id, machine["name"], tag_map(tags))

    def candidates(self, get_client: GetClient, marker: str) -> Iterable[str]:
        arns = pages(
            get_client("stepfunctions"),
            "list_state_machines",
            "stateMachines[].stateMachineArn",
        )
        return (arn for arn in arns if marker in arn)

    def quiesce(self, get_client: GetClient, resource_id: str) -> None:
        client = get_client("stepfunctions")
        if client.describe_state_machine(stateMachineArn=resource_id)["type"] == EXPRESS:
            return
        running = {BY: resource_id, "statusFilter": "RUNNING"}
        for arn in list(pages(client, "list_executions", "executions[].executionArn", **running)):
            client.stop_execution(executionArn=arn)

    def delete(self, get_client: GetClient, resource_id: str) -> None:
        client = get_client("stepfunctions")
        if client.describe_state_machine(stateMachineArn=resource_id)["status"] != "DELETING":
            self.quiesce(get_client, resource_id)
            client.delete_state_machine(stateMachineArn=resource_id)

    def restore(self, send: Send, params: Mapping[str, Any], answer: Any) -> None:
        which = {BY: answer[BY]}
        now = send("DescribeStateMachine", dict(which))
        if changes := differing(now, given(params, ("definition", "roleArn"))):
            send("UpdateStateMachine", which | changes)


RIGHTS = (
    Right("student", "HandRolesToTheLessonsServices", passed_to=("states.amazonaws.com",)),
    Right("student", "Look", ("states:List*", "states:ValidateStateMachineDefinition")),
    Right(
        "student", "WorkOnWhatIsNamedAsLabkitNames", ("states:*",), ("arn:aws:states:*:*:*:lk-*",)
    ),
    Right("student", "WriteNothingWithoutTheRunsTag", ("states:CreateStateMachine",)),
    Right(
        "student-boundary",
        "WorkWithTheLessonsOwn",
        ("states:StartExecution", "states:StartSyncExecution"),
        ("arn:aws:states:*:*:stateMachine:lk-*",),
    ),
    Right("sweep", "FindWhatLearnersLeft", ("states:Describe*", "states:List*")),
    Right(
        "sweep",
        "DeleteWhatBearsANameOfLabkits",
        ("states:DeleteStateMachine", "states:StopExecution"),
        ("arn:aws:states:*:*:*:lk-*",),
    ),
)
