"""A machine that starts another and waits for its end: `startExecution.sync` and `.sync:2`.

Source: Step Functions Developer Guide, "Start workflow executions from a task state".
"""

from __future__ import annotations

import json
from typing import Any

from ministack.services import stepfunctions

from labkit.sandbox.services.stepfunctions.language import errors
from labkit.sandbox.services.stepfunctions.language.errors import StateError
from labkit.sandbox.services.stepfunctions.language.scope import compact
from labkit.sandbox.services.stepfunctions.states.run import LOOK_SECONDS, Run


def run_and_wait(run: Run, resource: str, parameters: Any) -> Any:
    """Start an execution of a Standard machine and return what DescribeExecution says at its end.

    With `.sync:2` its input and output are decoded; without they are texts.

    Raises
    ------
    StateError
        If it cannot be started, or does not succeed.
    """
    try:
        started = stepfunctions._invoke_nested_start_execution(resource, parameters)
    except stepfunctions._ExecutionError as error:
        raise StateError(f"StepFunctions.{error.error}Exception", error.cause) from error
    arn = started["ExecutionArn"]
    while stepfunctions._executions[arn]["status"] == "RUNNING":
        run.pause(LOOK_SECONDS)
    described = _described(stepfunctions._executions[arn], decoded=resource.endswith(":2"))
    if described["Status"] != "SUCCEEDED":
        raise StateError(errors.TASK_FAILED, compact(described))
    return described


def _described(execution: dict[str, Any], decoded: bool) -> dict[str, Any]:
    def shown(text: str | None) -> Any:
        return json.loads(text) if decoded and text is not None else text

    described = {
        "ExecutionArn": execution["executionArn"],
        "Input": shown(execution["input"]),
        "InputDetails": {"Included": True},
        "Name": execution["name"],
        "Output": shown(execution.get("output")),
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "StartDate": execution["startDate"],
        "StateMachineArn": execution["stateMachineArn"],
        "Status": execution["status"],
        "StopDate": execution["stopDate"],
    }
    if execution["status"] != "SUCCEEDED":
        del described["Output"], described["OutputDetails"]
        described |= {
            name: execution[name.lower()]
            for name in ("Cause", "Error")
            if execution.get(name.lower())
        }
    return described
