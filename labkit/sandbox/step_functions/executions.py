"""Walking a state machine: the same walk for the machine itself, a branch and an iteration.

Every state is entered and left in the history, inside a Parallel or Map state too, and nothing
waits before the first state. MiniStack waits 0.15 s there, and notes what happens inside a Parallel
or Map only in part. The seams are its two walks and the attempts at the two states.
Source: Step Functions Developer Guide, "Discovering workflow state types".
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.services import stepfunctions

from labkit.sandbox import seams
from labkit.sandbox.step_functions import history
from labkit.sandbox.step_functions.history import Chain, Execution

MODULE = stepfunctions.__name__

State = dict[str, Any]
Context = dict[str, Any]

current: ContextVar[Execution | None] = ContextVar("execution", default=None)
"""The execution that this context works for."""

_map_name: ContextVar[str | None] = ContextVar("map_name", default=None)
"""The Map state whose iterations begin in this context."""

_fork: ContextVar[int] = ContextVar("fork", default=1)
"""The id of the event that the branches and iterations of this context follow."""


class StoppedError(Exception):
    """The execution was stopped from outside."""


def install() -> None:
    """Take the walks and the attempts at a Parallel and a Map state."""
    seams.replace(MODULE, "_run_execution", run, like="(exec_arn)")
    like = "(states, start_at, input_data, execution, ctx)"
    seams.replace(MODULE, "_run_sub_machine", run_inside, like=like)
    _note_attempts("_run_parallel_branches", "Parallel")
    _note_attempts("_run_map_items", "Map")


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
        output = _walk(definition["States"], definition["StartAt"], given, execution, context)
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


def run_inside(
    states: State, start_at: str, input_data: Any, execution: Execution, ctx: Context
) -> Any:
    """Walk one branch of a Parallel state, or one iteration of a Map state."""
    outer, inner = history.chain.get() or Chain(), Chain(_fork.get())
    history.chain.set(inner)
    name, index = _map_name.get(), ctx.get("Map", {}).get("Item", {}).get("Index")
    _map_name.set(None)
    details = {"name": name, "index": index}
    try:
        if name is not None:
            _note_iteration(execution, "Started", details)
        output = _walk(states, start_at, copy.deepcopy(input_data), execution, ctx)
        if name is not None:
            _note_iteration(execution, "Succeeded", details)
    except stepfunctions._ExecutionError:
        if name is not None:
            _note_iteration(execution, "Failed", details)
        raise
    finally:
        outer.last = max(outer.last, inner.last)
    return output


def _note_iteration(execution: Execution, how: str, details: State) -> None:
    key = f"mapIteration{how}EventDetails"
    history.add(execution, f"MapIteration{how}", {key: details})


def _walk(states: State, name: str | None, given: Any, execution: Execution, ctx: Context) -> Any:
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


def _note_attempts(seam: str, kind: str) -> None:
    """Note in the history that a Parallel or Map state starts, and how that ended."""

    def attempt(state_def: State, raw_input: Any, execution: Execution, ctx: Context) -> Any:
        name = ctx["State"]["Name"]
        details = {"mapStateStartedEventDetails": {"length": _length(state_def, raw_input, ctx)}}
        started = history.add(execution, f"{kind}StateStarted", details if kind == "Map" else None)
        _fork.set(started["id"])
        _map_name.set(name if kind == "Map" else None)
        try:
            result = upstream(state_def, raw_input, execution, ctx)
        except stepfunctions._ExecutionError:
            history.add(execution, f"{kind}StateFailed")
            raise
        finally:
            _map_name.set(None)
        history.add(execution, f"{kind}StateSucceeded")
        return result

    like = "(state_def, raw_input, execution, ctx)"
    upstream = seams.replace(MODULE, seam, attempt, like=like)


def _length(state: State, given: Any, ctx: Context) -> int:
    """Return how many iterations a Map state will have, 0 where JSONata chooses the items."""
    if "Items" in state:
        return 0
    taken = stepfunctions._apply_input_path(state, given, ctx)
    items = stepfunctions._resolve_path_or_ctx(state.get("ItemsPath", "$"), taken, ctx)
    return len(items) if isinstance(items, list) else 1
