"""State machines of a test's own."""

from __future__ import annotations

import json
from typing import Any

from tests.sandbox.conftest import Aws, wait_for

CHARGE = """
class PaymentDeclined(Exception):
    pass

calls = 0

def handler(event, context):
    global calls
    calls += 1
    if calls <= event.get("declined", 0):
        raise PaymentDeclined("no money")
    return {"calls": calls}
"""


class Machines:
    """State machines of one test's own."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.states = aws.client("stepfunctions")
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        self.role = aws.role(service="states.amazonaws.com", policy=everything)

    def create(self, states: dict[str, Any], *, start: str = "Start", **more: Any) -> str:
        text = json.dumps({"StartAt": start, "States": states})
        answer = self.states.create_state_machine(
            definition=text,
            **({"name": self.aws.name("machine"), "roleArn": self.role} | more),
        )
        return str(answer["stateMachineArn"])

    def run(self, machine: str, given: Any = None) -> dict[str, Any]:
        """Execute a machine and wait for its end; return the execution's description."""
        arn = self.states.start_execution(stateMachineArn=machine, input=json.dumps(given or {}))
        find = self.states.describe_execution
        wait_for(lambda: find(executionArn=arn["executionArn"])["status"] != "RUNNING", seconds=20)
        found: dict[str, Any] = find(executionArn=arn["executionArn"])
        return found

    def history(self, execution: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.states.get_execution_history(
            executionArn=execution["executionArn"], maxResults=1000
        )
        found: list[dict[str, Any]] = answer["events"]
        return found

    def charge(self, **more: Any) -> dict[str, Any]:
        """A state that calls a function which declines a number of times."""
        function = self.aws.function(CHARGE)
        return {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": function, "Payload.$": "$"},
            "ResultSelector": {"calls.$": "$.Payload.calls"},
            "End": True,
        } | more


def types(events: list[dict[str, Any]]) -> list[str]:
    """The events' types, in order."""
    return [event["type"] for event in events]
