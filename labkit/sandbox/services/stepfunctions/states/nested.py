"""A machine that starts another and waits for its end: `startExecution.sync` and `.sync:2`.

Source: Step Functions Developer Guide, "Start workflow executions from a task state".
"""

from __future__ import annotations

import json
from typing import Any

from labkit.sandbox.services.stepfunctions.language import errors
from labkit.sandbox.services.stepfunctions.language.errors import StateError
from labkit.sandbox.services.stepfunctions.language.scope import compact
from labkit.sandbox.services.stepfunctions.states.walker import LOOK_SECONDS, Walker
from labkit.sandbox.upstream.stepfunctions import stepfunctions


def start(parameters: Any) -> dict[str, Any]:
    """Start an execution of a Standard machine.

    Raises
    ------
    StateError
        If it cannot be started.
    """
    given = parameters.get("Input")
    given = {**parameters, "Input": given if isinstance(given, str) else compact(given or {})}
    try:
        started: dict[str, Any] = stepfunctions._invoke_nested_start_execution("", given)
    except stepfunctions._ExecutionError as error:
        raise StateError(f"StepFunctions.{error.error}Exception", error.cause) from error
    return started


def wait(walker: Walker, resource: str, execution_arn: str) -> Any:
    """Return what DescribeExecution says at an execution's end.

    With `.sync:2` its input and output are decoded; without they are texts.

    Raises
    ------
    StateError
        If it does not succeed.
    """
    execution = stepfunctions._executions[execution_arn]
    while execution["status"] == "RUNNING":
        walker.pause(LOOK_SECONDS)
    described = _described(execution, decoded=resource.endswith(":2"))
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
