"""Walking a state machine: the same walk for the machine itself, a branch and an iteration.

How an execution is stored, described and listed is MiniStack's.
Source: Step Functions Developer Guide, "Discovering workflow state types".
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from labkit.sandbox.gateway.errors import AwsError
from labkit.sandbox.services.stepfunctions import (
    express,
    history,
    log,
    retention,
    revisions,
    tracing,
)
from labkit.sandbox.services.stepfunctions.history import (
    ABORTABLE,
    Execution,
    Line,
    StoppedError,
    told,
)
from labkit.sandbox.services.stepfunctions.language import errors, timestamps
from labkit.sandbox.services.stepfunctions.language.errors import StateError
from labkit.sandbox.services.stepfunctions.language.scope import JSONPATH, Scope, compact
from labkit.sandbox.services.stepfunctions.states import flow, map_runs, maps, side_by_side, tasks
from labkit.sandbox.services.stepfunctions.states.flow import Result, finish
from labkit.sandbox.services.stepfunctions.states.retries import caught, with_retries
from labkit.sandbox.services.stepfunctions.states.walker import State, Walker
from labkit.sandbox.upstream.stepfunctions import stepfunctions

LOG = logging.getLogger(__name__)

FLOW: dict[str, Callable[[Walker, State, Any], Result]] = {
    "Choice": flow.chosen,
    "Fail": flow.failed,
    "Pass": flow.passed,
    "Succeed": flow.succeeded,
    "Wait": flow.waited,
}

WORK: dict[str, Callable[[Walker, State, Any], Any]] = {
    "Map": lambda walker, state, given: _mapped(walker, state, given),
    "Parallel": side_by_side.parallel,
    "Task": tasks.attempt,
}
"""States that can be tried again and whose errors can be caught."""

_running: dict[str, Line] = {}


def run(exec_arn: str) -> None:
    """Walk an execution's machine to its end, and note how it ended."""
    execution = stepfunctions._executions.get(exec_arn)
    machine = execution and stepfunctions._state_machines.get(execution["stateMachineArn"])
    if not machine:
        return
    revisions.begun(execution)
    machine = revisions.machine_of(execution, machine)
    definition, given = json.loads(machine["definition"]), json.loads(execution["input"] or "{}")
    shown = express.arn_of(exec_arn) if machine["type"] == "EXPRESS" else exec_arn
    settings = machine.get("loggingConfiguration") or {}
    line = Line(execution, write=log.writer(settings, machine["name"], shown))
    execution["events"].clear()
    started = told("input", given) | {"input": execution["input"] or "{}"}  # as it was sent
    line.append("ExecutionStarted", {**started, "roleArn": machine["roleArn"]})
    _running[exec_arn] = line
    timer = _time_out(execution, definition)
    trace = tracing.begin(execution, machine)
    try:
        scope = Scope(_context(execution, machine, given, shown))
        scope.language = definition.get("QueryLanguage", JSONPATH)
        output = walk(Walker(line, scope, machine["roleArn"], walk), definition, given)
        _end(execution, "SUCCEEDED", told("output", output), line)
    except StoppedError:
        pass
    except StateError as error:
        _end(execution, "FAILED", _failure(error), line)
    except Exception as error:
        LOG.exception("execution %s", exec_arn)
        _end(execution, "FAILED", {"error": errors.RUNTIME, "cause": repr(error)}, line)
    finally:
        _running.pop(exec_arn, None)
        if timer is not None:
            timer.cancel()
        tracing.end(trace, execution)
        retention.ended(execution)


def running(given: dict[str, Any]) -> dict[str, Any] | None:
    """Return the answer for an execution that runs already, asked for with the same input."""
    base = stepfunctions._resolve_state_machine_arn(given["stateMachineArn"])
    machine = stepfunctions._state_machines.get(base or "")
    if machine is None or "name" not in given or machine["type"] == "EXPRESS":
        return None
    arn = f"{machine['stateMachineArn'].replace(':stateMachine:', ':execution:')}:{given['name']}"
    execution = stepfunctions._executions.get(arn)
    if execution is None or execution["status"] != "RUNNING":
        return None
    same = execution["input"] == given.get("input", "{}")
    return {name: execution[name] for name in ("executionArn", "startDate")} if same else None


def _context(execution: Execution, machine: State, given: Any, arn: str) -> dict[str, Any]:
    return {
        "Execution": {
            "Id": arn,
            "Input": given,
            "StartTime": execution["startDate"],
            "Name": execution["name"],
            "RoleArn": machine["roleArn"],
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine["name"]},
    }


def walk(walker: Walker, machine: State, given: Any) -> Any:
    """Go through a machine's states; return the last one's output.

    Raises
    ------
    StoppedError
        The execution was stopped, or this line of it.
    StateError
        A state failed, and nothing caught it.
    """
    name: str | None = machine["StartAt"]
    while name is not None:
        walker.go_on()
        state = machine["States"][name]
        before = walker.line.last
        entered = walker.line.add(
            f"{state['Type']}StateEntered", {"name": name, **told("input", given)}
        )
        walker.scope.state, walker.scope.entered = name, entered
        walker.scope.context.pop("Task", None)
        walker.scope.context["State"] = {"EnteredTime": timestamps.now(), "Name": name}
        if state["Type"] in WORK:
            walker.scope.context["State"]["RetryCount"] = 0
        try:
            result = _outcome(walker, state, given)
        except StateError as error:
            result = _after(walker, state, given, error, before)
        walker.scope.variables |= result.assigned
        walker.line.add(f"{state['Type']}StateExited", {"name": name, **_shown(name, result)})
        given, name = result.output, result.following
    return given


def _outcome(walker: Walker, state: State, given: Any) -> Result:
    kind = state["Type"]
    if kind in FLOW:
        return FLOW[kind](walker, state, given)
    result = with_retries(walker, state, lambda: WORK[kind](walker, state, given))
    return finish(walker, state, given, result)


def _mapped(walker: Walker, state: State, given: Any) -> Any:
    work = map_runs.distributed if maps.is_distributed(state) else maps.inline
    return work(walker, state, given)


def _after(walker: Walker, state: State, given: Any, error: StateError, before: int) -> Result:
    """Return what the state's Catch makes of its failure, which the history tells of.

    Raises
    ------
    StateError
        The same, if nothing catches it.
    """
    if error.error == errors.QUERY_EVALUATION:
        after = walker.line.last if error.in_fields else before
        walker.line.add("EvaluationFailed", _evaluation(walker, error), after=after)
    if state["Type"] in ("Map", "Parallel") and not _in_fields(walker, error):
        walker.line.add(f"{state['Type']}StateFailed")
    catch = caught(walker, state, given, error)
    return Result(catch.output, catch.assigned, catch.following)


def _in_fields(walker: Walker, error: StateError) -> bool:
    """Tell whether a state's own fields have failed, before any of its branches."""
    return error.in_fields or walker.line.last == walker.scope.entered


def _evaluation(walker: Walker, error: StateError) -> dict[str, Any]:
    details = {
        "error": error.error, "cause": error.cause, "location": error.location,
        "state": walker.scope.state,
    }  # fmt: skip
    return {name: text for name, text in details.items() if text is not None}


def _shown(name: str, result: Result) -> dict[str, Any]:
    """Return what the history tells of a state's end.

    Raises
    ------
    StateError
        `States.DataLimitExceeded` if its output is too large.
    """
    details = told("output", result.output)
    if len(details["output"].encode()) > tasks.MOST_BYTES:
        raise tasks.too_large(name)
    if result.assigned:
        details["assignedVariables"] = {k: compact(v) for k, v in result.assigned.items()}
        details["assignedVariablesDetails"] = {"truncated": False}
    return details


def _failure(error: StateError) -> dict[str, Any]:
    details = {"error": error.error, "cause": error.cause}
    return {name: text for name, text in details.items() if text is not None}


def _end(execution: Execution, status: str, details: dict[str, Any], line: Line) -> None:
    """Note how an execution ended, if nobody ended it before."""
    with history.locked():
        if execution["status"] != "RUNNING":
            return
        kind = {"TIMED_OUT": "TimedOut"}.get(status, status.capitalize())
        line.append(f"Execution{kind}", details)
        execution.update(
            status=status, stopDate=stepfunctions.now_iso(), output=details.get("output"),
            error=details.get("error"), cause=details.get("cause"),
        )  # fmt: skip
    stepfunctions._emit_execution_status_event(execution)


def _time_out(execution: Execution, definition: State) -> threading.Timer | None:
    """Have an execution end when its machine's TimeoutSeconds are over."""
    seconds = definition.get("TimeoutSeconds")
    if not seconds:
        return None
    line = _running[execution["executionArn"]]
    timer = threading.Timer(
        seconds, lambda: _end(execution, "TIMED_OUT", {"error": errors.TIMEOUT}, line)
    )
    timer.daemon = True
    timer.start()
    return timer


def stop(executionArn: str, error: str = "", cause: str = "") -> dict[str, Any]:  # noqa: N803
    """Abort what an execution is doing; return what StopExecution answers.

    Raises
    ------
    labkit.sandbox.gateway.errors.AwsError
        `ExecutionDoesNotExist`.
    """
    execution = stepfunctions._executions.get(executionArn)
    if execution is None:
        raise AwsError(f"Execution Does Not Exist: '{executionArn}'", "ExecutionDoesNotExist")
    given = {name: text for name, text in (("error", error), ("cause", cause)) if text}
    line = _running.get(executionArn, Line(execution, len(execution["events"])))
    with history.locked():
        if execution["status"] == "RUNNING" and line.doing in ABORTABLE:
            line.append(f"{line.doing}StateAborted")
        _end(execution, "ABORTED", given, line)
    moment = timestamps.parse(execution["stopDate"])
    return {"stopDate": moment.timestamp() if moment else time.time()}
