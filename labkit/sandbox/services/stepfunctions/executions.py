"""Walking a state machine: the same walk for the machine itself, a branch and an iteration.

Every state is entered and left in the history, inside a Parallel or Map state too, and nothing
waits before the first state. MiniStack waits 0.15 s there. The seam is its walk of an execution.
Source: Step Functions Developer Guide, "Discovering workflow state types".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.services import stepfunctions

from labkit.sandbox.services.stepfunctions import history
from labkit.sandbox.services.stepfunctions.history import Chain, Execution, StoppedError
from labkit.sandbox.upstream import seams

MODULE = stepfunctions.__name__

State = dict[str, Any]
Context = dict[str, Any]

current: ContextVar[Execution | None] = ContextVar("execution", default=None)
"""The execution that this context works for."""


def install() -> None:
    """Take the walk of an execution."""
    seams.replace(MODULE, "_run_execution", run, like="(exec_arn)")


def run(exec_arn: str) -> None:
    """Walk an execution's machine to its end, and note how it ended."""
    execution = stepfunctions._executions.get(exec_arn)
    machine = execution and stepfunctions._state_machines.get(execution["stateMachineArn"])
    if not machine:
        return
    current.set(execution)
    history.chain.set(Chain())
    definition, given = json.loads(machine["definition"]), json.loads(execution["input"] or "{}")
    context = _context(execution, machine, definition, given)
    try:
        output = walk(definition["States"], definition["StartAt"], given, execution, context)
    except StoppedError:
        return
    except Exception as error:
        if execution["status"] == "RUNNING":
            stepfunctions._fail_execution(execution, *_reason(error))
    else:
        if execution["status"] == "RUNNING":
            _succeed(execution, output)


def _reason(error: Exception) -> tuple[str, str]:
    if isinstance(error, stepfunctions._ExecutionError):
        return error.error, error.cause
    return "States.Runtime", str(error)


def _context(execution: Execution, machine: State, definition: State, given: Any) -> Context:
    return {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution["executionArn"],
            "Input": given,
            "Name": execution["name"],
            "StartTime": execution["startDate"],
            "RoleArn": machine["roleArn"],
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine["name"]},
        "variables": {},
    }


def _succeed(execution: Execution, output: Any) -> None:
    text = json.dumps(output)
    execution.update(status="SUCCEEDED", output=text, stopDate=stepfunctions.now_iso())
    details = {"executionSucceededEventDetails": {"output": text}}
    history.add(execution, "ExecutionSucceeded", details)
    stepfunctions._emit_execution_status_event(execution)


def walk(states: State, name: str | None, given: Any, execution: Execution, ctx: Context) -> Any:
    """Go through states from `name` on to the end of the line; return the last one's output.

    Raises
    ------
    StoppedError
        The execution was stopped, or this line of it.
    ministack.services.stepfunctions._ExecutionError
        A state failed, and nothing caught it.
    """
    while name:
        if execution["status"] != "RUNNING":
            raise StoppedError
        state = states[name]
        kind = state["Type"]
        ctx["State"] = {"Name": name, "EnteredTime": stepfunctions.now_iso(), "RetryCount": 0}
        entered = {"name": name, "input": json.dumps(given)}
        history.add(execution, f"{kind}StateEntered", {"stateEnteredEventDetails": entered})
        given, following = _pass(kind, state, given, execution, ctx)
        left = {"name": name, "output": json.dumps(given)}
        history.add(execution, f"{kind}StateExited", {"stateExitedEventDetails": left})
        name = following
    return given


def _pass(
    kind: str, state: State, given: Any, execution: Execution, ctx: Context
) -> tuple[Any, str | None]:
    """Do what a state does; return its output and the name of the next."""
    if kind == "Fail":
        raise stepfunctions._ExecutionError(*stepfunctions._fail_state_error(state, given, ctx))
    if kind == "Succeed":
        taken = stepfunctions._apply_input_path(state, given, ctx)
        return stepfunctions._apply_output_path(state, taken, ctx), None
    act: Callable[..., tuple[Any, str | None]] = getattr(stepfunctions, f"_execute_{kind.lower()}")
    if kind in ("Task", "Parallel", "Map"):
        return act(state, given, execution, ctx)
    return act(state, given, ctx)
