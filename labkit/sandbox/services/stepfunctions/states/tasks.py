"""Task states: what is called, with what, for how long, and what the history says of it.

Source: Amazon States Language, "Task State"; Step Functions Developer Guide, "Integrating services
with Step Functions" and "Service integration patterns".
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from labkit.sandbox.services.stepfunctions import tracing
from labkit.sandbox.services.stepfunctions.history import told
from labkit.sandbox.services.stepfunctions.language import errors, jsonata, paths, payloads
from labkit.sandbox.services.stepfunctions.language.errors import StateError
from labkit.sandbox.services.stepfunctions.language.scope import compact
from labkit.sandbox.services.stepfunctions.states import integrations
from labkit.sandbox.services.stepfunctions.states.flow import Result, finish
from labkit.sandbox.services.stepfunctions.states.walker import LOOK_SECONDS, State, Walker
from labkit.sandbox.upstream.app import responses
from labkit.sandbox.upstream.stepfunctions import stepfunctions

CALLBACK = ".waitForTaskToken"

MOST_BYTES = 262_144
"""Of a task's result (Step Functions quotas)."""

LONGEST_SECONDS = 99_999_999
"""What a task without TimeoutSeconds may take."""


@dataclass(frozen=True)
class Task:
    """A task that is about to run.

    Attributes
    ----------
    resource
        The ARN of what it calls.
    parameters
        What is handed over.
    timeout, heartbeat
        In seconds; None where the state has none.
    token
        The token of a callback; empty where none is waited for.
    """

    resource: str
    parameters: Any
    timeout: int | None
    heartbeat: int | None
    token: str

    @property
    def kind(self) -> str:
        """How its events begin: `LambdaFunction`, `Activity` or `Task`."""
        if self.resource.startswith("arn:aws:lambda:"):
            return "LambdaFunction"
        return "Activity" if ":activity:" in self.resource else "Task"

    @property
    def names(self) -> dict[str, str]:
        """How its events name what is called; nothing for a function's or activity's own ones."""
        if self.kind != "Task":
            return {}
        parts = self.resource.split(":", 5)[5].lstrip(":").split(":")
        own = 2 if parts[0] == "aws-sdk" else 1
        return {"resourceType": ":".join(parts[:own]), "resource": ":".join(parts[own:])}


def attempt(walker: Walker, state: State, given: Any) -> Any:
    """Run a Task state once, from its input to the result after ResultSelector.

    Raises
    ------
    StateError
        If its fields cannot be used, or the task fails.
    """
    task = _prepared(walker, state, given)
    _schedule(walker, task)
    try:
        result = _answer(walker, task)
    except StateError as error:
        _note_failure(walker, task, error)
        raise
    _note_end(walker, task, "Succeeded", told("output", result))
    if walker.in_jsonata(state) or "ResultSelector" not in state:
        return result
    return payloads.fill(state["ResultSelector"], result, walker.scope)


def done(walker: Walker, state: State, given: Any, result: Any) -> Result:
    """Return what a Task state comes to with its result."""
    return finish(walker, state, given, result)


def _prepared(walker: Walker, state: State, given: Any) -> Task:
    resource = state["Resource"]
    token = str(uuid.uuid4()) if resource.endswith(CALLBACK) else ""
    if token or ".sync" in resource:
        walker.scope.context["Task"] = {"Token": token or str(uuid.uuid4())}
    if walker.in_jsonata(state):
        states = walker.states(given)
        parameters = (
            jsonata.fill("Arguments", state.get("Arguments", given), states, walker.scope)
            if ("Arguments" in state)
            else given
        )
    else:
        taken = payloads.taken_input(state, given, walker.scope)
        parameters = (
            payloads.fill(state["Parameters"], taken, walker.scope)
            if "Parameters" in state
            else taken
        )
    timeout = _seconds(walker, state, given, "TimeoutSeconds")
    heartbeat = _seconds(walker, state, given, "HeartbeatSeconds")
    return Task(resource, parameters, timeout, heartbeat, token)


def _seconds(walker: Walker, state: State, given: Any, field: str) -> int | None:
    if f"{field}Path" in state:
        path = state[f"{field}Path"]
        found = paths.select(path, payloads.taken_input(state, given, walker.scope), walker.scope)
        if isinstance(found, bool) or not isinstance(found, int) or found < 1:
            raise walker.scope.runtime_error(
                f"The {field}Path parameter must reference a positive integer: {path} == "
                f"{compact(found)}"
            )
        return found
    if field not in state:
        return None
    number = jsonata.expect(field, state[field], "number", walker.states(given), walker.scope)
    jsonata.check_range(field, number, walker.scope, least=1, most=LONGEST_SECONDS)
    return int(number)


def _schedule(walker: Walker, task: Task) -> None:
    details: dict[str, Any] = dict(task.names)
    if task.kind == "Task":
        details |= {"region": responses.get_region(), "parameters": compact(task.parameters)}
    else:
        details |= {"resource": task.resource, **told("input", task.parameters)}
    limits = {"timeoutInSeconds": task.timeout, "heartbeatInSeconds": task.heartbeat}
    details |= {name: seconds for name, seconds in limits.items() if seconds is not None}
    walker.line.add(f"{task.kind}Scheduled", details)
    if task.kind != "Activity":
        walker.line.add(f"{task.kind}Started", task.names or None)


def _answer(walker: Walker, task: Task) -> Any:
    """Call, wait as long as the task may take, and return what it answers.

    Raises
    ------
    StateError
        Its error, `States.Timeout` or `States.HeartbeatTimeout`.
    """
    if task.kind == "Activity":
        return _of_an_activity(walker, task)
    if ".sync" in task.resource:
        return _of_a_job(walker, task)
    if not task.token:
        return _within_limits(_waited(walker, task, _called(walker, task)), task)
    callback = _Callback(task.token)
    try:
        submitted = _waited(walker, task, _called(walker, task))
        walker.line.add("TaskSubmitted", {**told("output", submitted), **task.names})
        return _within_limits(callback.wait(walker, task), task)
    finally:
        callback.forget()


def _of_a_job(walker: Walker, task: Task) -> Any:
    """Start another execution, say so, and wait for its end."""
    begin = on_a_thread(lambda: integrations.begin(walker, task.resource, task.parameters))
    begun = _waited(walker, task, begin)
    walker.line.add("TaskSubmitted", {**told("output", begun), **task.names})
    return _waited(
        walker, task, on_a_thread(lambda: integrations.end(walker, task.resource, begun))
    )


def _called(walker: Walker, task: Task) -> Future[Any]:
    resource = task.resource.removesuffix(CALLBACK)
    with tracing.calling(walker.line.execution, walker.line.last):
        return on_a_thread(lambda: integrations.call(walker, resource, task.parameters))


def _waited(walker: Walker, task: Task, call: Future[Any]) -> Any:
    """Wait for a call; what it still does when its time is over, nobody hears of."""
    until = time.monotonic() + (task.timeout or LONGEST_SECONDS)
    while not call.done():
        walker.go_on()
        if time.monotonic() >= until:
            raise StateError(errors.TIMEOUT)
        wait_for(call, min(LOOK_SECONDS, max(0.0, until - time.monotonic())))
    return call.result()


def wait_for(call: Future[Any], seconds: float) -> None:
    """Wait for the end of a call, but no longer than `seconds`."""
    ended = threading.Event()
    call.add_done_callback(lambda _: ended.set())
    ended.wait(seconds)


def on_a_thread(work: Callable[[], Any]) -> Future[Any]:
    """Begin some work, in this context, on a thread that nobody has to wait for."""
    result: Future[Any] = Future()
    context = copy_context()

    def do() -> None:
        try:
            result.set_result(context.run(work))
        except BaseException as error:
            result.set_exception(error)

    threading.Thread(target=do, daemon=True).start()
    return result


def _within_limits(result: Any, task: Task) -> Any:
    if len(compact(result).encode()) > MOST_BYTES:
        raise too_large(task.names.get("resourceType") or task.resource)
    return result


def too_large(what: str) -> StateError:
    """Return the error of a state or task that gives more than may be handed on."""
    return StateError(
        errors.DATA_LIMIT_EXCEEDED,
        f"The state/task '{what}' returned a result with a size exceeding the maximum number of "
        "bytes service limit.",
    )


def _note_failure(walker: Walker, task: Task, error: StateError) -> None:
    if error.error in (errors.TIMEOUT, errors.HEARTBEAT_TIMEOUT) and error.cause is None:
        _note_end(walker, task, "TimedOut", {"error": error.error})
        return
    details = {"error": error.error, "cause": error.cause}
    _note_end(walker, task, "Failed", {k: v for k, v in details.items() if v is not None})


def _note_end(walker: Walker, task: Task, how: str, details: dict[str, Any]) -> None:
    walker.line.add(f"{task.kind}{how}", {**details, **task.names})


def _of_an_activity(walker: Walker, task: Task) -> Any:
    if task.resource not in stepfunctions._activities:
        raise walker.scope.runtime_error(f"The activity {task.resource} does not exist.")
    callback = _Callback(str(uuid.uuid4()))
    waiting = stepfunctions._activity_tasks[task.resource]
    entry = {"taskToken": callback.token, "input": compact(task.parameters)}
    waiting.append(entry)
    try:
        return callback.wait(walker, task, until=lambda: entry not in waiting)
    finally:
        callback.forget()
        if entry in waiting:
            waiting.remove(entry)


class _Callback:
    """A token that SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat know."""

    def __init__(self, token: str) -> None:
        self.token = token
        self._record: dict[str, Any] = {
            "event": threading.Event(), "result": None, "error": None, "heartbeat": None,
        }  # fmt: skip
        stepfunctions._task_tokens[token] = self._record

    def forget(self) -> None:
        """Let nobody answer any more."""
        stepfunctions._task_tokens.pop(self.token, None)

    def wait(self, walker: Walker, task: Task, until: Callable[[], bool] | None = None) -> Any:
        """Wait for the answer, or for the task's time to be over.

        Parameters
        ----------
        until
            Tells whether somebody has begun with the task, for an activity.
        """
        began = beat = time.monotonic()
        last = self._record["heartbeat"]
        while not self._record["event"].wait(LOOK_SECONDS):
            walker.go_on()
            if until is not None and until():
                walker.line.add("ActivityStarted", self._worker())
                until = None
                beat = time.monotonic()
            if self._record["heartbeat"] != last:
                last, beat = self._record["heartbeat"], time.monotonic()
            if task.timeout and time.monotonic() - began >= task.timeout:
                raise StateError(errors.TIMEOUT)
            if task.heartbeat and time.monotonic() - beat >= task.heartbeat:
                raise StateError(errors.TIMEOUT)
        if until is not None:
            walker.line.add("ActivityStarted", self._worker())
        if failure := self._record["error"]:
            raise StateError(failure.get("Error"), failure.get("Cause"))
        return json.loads(self._record["result"])

    def _worker(self) -> dict[str, str]:
        name = self._record.get("worker")
        return {"workerName": name} if name else {}
